#pragma once

#include <chrono>
#include <string>
#include <vector>

namespace postflight {

// What a certificate says. Subject and issuer as "O = Example, CN = app.example.com".
struct Certificate {
  std::string subject, issuer;
  std::vector<std::string> names;  // DNS names and IP addresses that it is for (subjectAltName)
  std::chrono::system_clock::time_point not_before{}, not_after{};
  bool signed_by_next = false;  // of a chain: by the key of the one behind it

  bool operator==(const Certificate&) const = default;
};

// The certificates of a PEM text, in its order; other parts of it are passed over. Throws
// ClientError unreadable when there is none or one that cannot be read, saying which.
std::vector<Certificate> read_certificates(const std::string& pem);

// The certificates of a PEM text in its order, changed: for a self-test. Who signed them does not
// answer for that, so they are no chain any more. Throws as read_certificates.
std::string with_ends_moved(const std::string& pem, std::chrono::hours by);
std::string with_other_name(const std::string& pem, const std::string& name);

// Why servers with this chain, its leaf first, are not trusted; empty when they are. Trust is that
// of the authorities in the file, or of the system's when it is empty. The dates of the chain
// itself do not count. Throws ClientError configuration when the authorities cannot be read.
std::string why_not_trusted(const std::string& chain_pem, const std::string& ca_file);

}  // namespace postflight
