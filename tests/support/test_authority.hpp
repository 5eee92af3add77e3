#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <vector>

namespace postflight::test {

struct Identity {
  std::string certificate_pem;  // others of its chain may follow
  std::string key_pem;
};

struct IdentityWish {
  std::string common_name;
  std::vector<std::string> names = {};  // subject alternative names: "DNS:web.test", "IP:127.0.0.1"
  std::chrono::seconds begins = -std::chrono::hours(1);  // from now
  std::chrono::seconds ends = std::chrono::hours(24);    // from now
};

// A certificate authority made on the spot, in memory.
class TestAuthority {
 public:
  explicit TestAuthority(const std::string& common_name = "postflight test authority");
  // One that another authority answers for.
  TestAuthority(const std::string& common_name, const TestAuthority& issuer,
                std::chrono::seconds ends = std::chrono::hours(24));
  ~TestAuthority();
  TestAuthority(const TestAuthority&) = delete;
  TestAuthority& operator=(const TestAuthority&) = delete;

  const std::string& certificate_pem() const;
  Identity issue(const IdentityWish& wish) const;

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

}  // namespace postflight::test
