#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "runner/setting.hpp"

namespace re2 {
class RE2;
}

namespace postflight {

// A regular expression of a checklist (RE2: linear time, no blow-up). Copies share it.
class Pattern {
 public:
  // A wrong expression finds nothing; see error().
  explicit Pattern(const std::string& text);

  bool found_in(std::string_view text) const;  // anywhere in it, unless anchored by ^ and $
  const std::string& text() const;
  std::string error() const;  // what is wrong with it; empty when nothing is

 private:
  std::shared_ptr<const re2::RE2> expression_;
};

// Reads a setting of type text_map whose values are patterns; a wrong one is a mistake.
std::vector<std::pair<std::string, Pattern>> read_patterns(const Settings& settings,
                                                           std::string_view name);

}  // namespace postflight
