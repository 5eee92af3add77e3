#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace postflight {

// The actions of a Go template, in order, each without its {{ }}, comments and needless blanks. Of
// the texts in them only names of templates stay (behind include, template, define and block),
// words in a (dict ...): keys of a map, and "Values". What never ends is cut off at the end.
std::vector<std::string> template_actions(std::string_view text);

// A template of nothing but these actions, which it gives back. Empty when there is none.
std::string template_of(const std::vector<std::string>& actions);

}  // namespace postflight
