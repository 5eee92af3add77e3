#include "checks/support/pattern.hpp"

#include <re2/re2.h>

namespace postflight {

Pattern::Pattern(const std::string& text)
    : expression_(std::make_shared<re2::RE2>(text, re2::RE2::Quiet)) {}

bool Pattern::found_in(std::string_view text) const {
  return re2::RE2::PartialMatch(re2::StringPiece(text.data(), text.size()), *expression_);
}

const std::string& Pattern::text() const { return expression_->pattern(); }

std::string Pattern::error() const { return expression_->ok() ? "" : expression_->error(); }

}  // namespace postflight
