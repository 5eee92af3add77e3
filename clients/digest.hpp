#pragma once

#include <string>
#include <string_view>

namespace postflight {

// SHA-256 in hexadecimal.
std::string sha256_of(std::string_view bytes);

}  // namespace postflight
