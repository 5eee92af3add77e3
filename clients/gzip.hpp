#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace postflight {

// The same bytes for the same bytes, whenever it is done.
std::string gzipped(std::string_view bytes);

// Throws ClientError: unreadable for what is no whole gzip, too-large for more than `most` bytes.
std::string gunzipped(std::string_view bytes, std::size_t most);

bool is_gzip(std::string_view bytes);

}  // namespace postflight
