#pragma once

#include <string>
#include <vector>

#include "clients/limits.hpp"

namespace postflight {

struct NameRequest {
  std::string name;         // absolute, without a dot at its end: no search domains are tried
  std::string type = "A";   // one of record_types
  std::string server = {};  // ip:port or [ip]:port; empty: the system's, one after the other
};

// One record of the answer. Data as a zone file has it: "10 mail.example.com" of an MX.
struct NameRecord {
  std::string name, type, data;
  bool operator==(const NameRecord&) const = default;
};

struct NameAnswer {
  bool exists = true;               // false: the server says that there is no such name (NXDOMAIN)
  std::vector<NameRecord> records;  // aliases on the way too, in the server's order
  std::string server;               // that answered: ip:port
  bool operator==(const NameAnswer&) const = default;
};

// IP addresses of a host, in the order in which they would be tried.
struct HostAddresses {
  std::vector<std::string> list;
  bool operator==(const HostAddresses&) const = default;
};

// The DNS. Safe to use from many threads. Throws ClientError when nobody knows: no answer (timeout,
// refused), one that says so (SERVFAIL is server-error, REFUSED forbidden), or none that can be
// read.
class Names {
 public:
  virtual ~Names();
  // That a name does not exist, or has no such record, is an answer.
  virtual NameAnswer ask(const NameRequest& request, const Limits& limits) = 0;
  // What programs on this machine would connect to: the hosts file, then the DNS with its search
  // domains. Not empty: that a name has none is the error dns.
  virtual HostAddresses addresses(const std::string& host, const Limits& limits) = 0;
};

}  // namespace postflight
