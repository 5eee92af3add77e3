#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace postflight {

std::string base64_encoded(std::string_view bytes);

// Blanks and line ends between the characters are skipped. Nothing when it is not base64.
std::optional<std::string> base64_decoded(std::string_view text);

}  // namespace postflight
