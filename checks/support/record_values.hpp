#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace postflight {

// A value of DNS records as it is compared and shown: addresses in their usual form, names in lower
// case without a dot at their end; text as it is. Nothing for what no such record can hold.
std::optional<std::string> record_value(std::string_view type, std::string_view text);

// An IP network, ip/bits.
bool is_network(std::string_view text);
bool is_in_network(const std::string& address, std::string_view network);

}  // namespace postflight
