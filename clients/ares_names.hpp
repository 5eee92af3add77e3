#pragma once

#include "clients/names.hpp"

namespace postflight {

// The DNS through c-ares. A question is repeated when it gets lost, and asked over TCP when the
// answer does not fit; what does not answer this very question is passed over.
class AresNames : public Names {
 public:
  // `servers` takes the place of the system's: ip:port, separated by commas. Empty: the system's.
  explicit AresNames(std::string servers = "");

  NameAnswer ask(const NameRequest& request, const Limits& limits) override;
  HostAddresses addresses(const std::string& host, const Limits& limits) override;

 private:
  const std::string servers_;
};

}  // namespace postflight
