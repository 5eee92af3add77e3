#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "clients/names.hpp"

namespace postflight {

// A server's message, taken apart (RFC 1035): the answer section alone.
struct DnsReply {
  int code = 0;  // RCODE: 0 NOERROR, 2 SERVFAIL, 3 NXDOMAIN, 5 REFUSED
  bool is_truncated = false;
  std::vector<NameRecord> records;
};

// Nothing for bytes that are no whole reply. Does no I/O.
std::optional<DnsReply> read_dns_reply(std::string_view bytes);

// The types that can be asked for, by name, and their numbers.
struct RecordType {
  std::string_view name;
  int number;
};
std::span<const RecordType> record_types();

// "SERVFAIL"; "RCODE 12" for one without a name.
std::string response_code_name(int code);

}  // namespace postflight
