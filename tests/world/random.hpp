#pragma once

#include <cstddef>
#include <string>

namespace postflight::world {

std::string random_bytes(std::size_t count);
std::string random_base32(std::size_t characters);  // of A-Z and 2-7

}  // namespace postflight::world
