#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <vector>

namespace postflight::world {

struct Certificate {
  std::string certificate_pem, key_pem;
};

// A certificate authority that exists only in memory, and what it signs. Keys are P-256; all is
// valid from an hour ago, and for as long from now as is asked for.
class CertificateAuthority {
 public:
  using Time = std::chrono::seconds;
  static constexpr Time today = std::chrono::hours(23);
  explicit CertificateAuthority(const std::string& name, Time left = today);
  ~CertificateAuthority();
  const std::string& certificate_pem() const { return pem_; }

  // For a server: `names` are DNS names or IPv4 addresses; the first is the common name.
  Certificate server(const std::vector<std::string>& names, Time left = today) const;
  // For a client: Kubernetes reads the user from the name and the groups from the organisations.
  Certificate client(const std::string& name, const std::vector<std::string>& groups) const;

 private:
  struct Pair;
  std::unique_ptr<Pair> pair_;
  std::string pem_;
};

}  // namespace postflight::world
