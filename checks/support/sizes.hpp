#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace postflight {

// Bytes, as Kubernetes writes quantities: 64Mi, 1.5Gi, 500M, 1024. Nothing for anything else, or
// for an exbibyte or more.
std::optional<std::uint64_t> parse_size(std::string_view text);

// At most one decimal, in the largest binary unit: 64Mi, 1.5Gi, 512.
std::string format_size(std::uint64_t bytes);

}  // namespace postflight
