#include "checks/support/pattern.hpp"

#include <fmt/format.h>
#include <re2/re2.h>

namespace postflight {

Pattern::Pattern(const std::string& text)
    : expression_(std::make_shared<re2::RE2>(text, re2::RE2::Quiet)) {}

bool Pattern::found_in(std::string_view text) const {
  return re2::RE2::PartialMatch(re2::StringPiece(text.data(), text.size()), *expression_);
}

const std::string& Pattern::text() const { return expression_->pattern(); }

std::string Pattern::error() const { return expression_->ok() ? "" : expression_->error(); }

std::vector<std::pair<std::string, Pattern>> read_patterns(const Settings& settings,
                                                           std::string_view name) {
  std::vector<std::pair<std::string, Pattern>> patterns;
  for (const auto& [key, text] : settings.text_map(name)) {
    patterns.emplace_back(key, Pattern(text));
    if (text.empty())
      settings.mistake(name,
                       fmt::format("'{}' of '{}' is empty: it is found in everything", key, name));
    if (const auto error = patterns.back().second.error(); !error.empty())
      settings.mistake(name, fmt::format("'{}' of '{}' must be a regular expression (RE2): {}", key,
                                         name, error));
  }
  return patterns;
}

}  // namespace postflight
