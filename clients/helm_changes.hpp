#pragma once

#include <string>
#include <vector>

#include "clients/text_changes.hpp"

namespace postflight {

// As json_changes, of a text with Secrets of Helm in it: inside of their releases too, and with a
// value set that no chart knows. As json_changes where there is none.
std::vector<TextChange> object_changes(const std::string& text, const std::vector<Plant>& plants);

}  // namespace postflight
