#pragma once

#include <string>
#include <string_view>

namespace postflight::world {

// The gzip format; `level` as zlib's, from 1 (fast) to 9 (small).
std::string gzip(std::string_view bytes, int level);
// Throws std::runtime_error when it is none.
std::string gunzip(std::string_view bytes);

}  // namespace postflight::world
