#pragma once

#include <functional>
#include <string>
#include <vector>

#include "clients/recording.hpp"

namespace postflight {

template <typename Value>
struct AnswerChange {
  std::string what;
  int rank = 0;
  std::function<void(Value&)> apply;
};

// Of records: none, no such name, each one gone or another, one more.
std::vector<AnswerChange<NameAnswer>> name_changes(const NameAnswer& answer);
// Of the addresses of a host: one more, each one gone where there are several.
std::vector<AnswerChange<HostAddresses>> address_changes(const HostAddresses& addresses);
// Of how a connection ended.
std::vector<AnswerChange<TcpAnswer>> connection_changes(const TcpAnswer& answer);
// Of a chain: its dates, names, issuer, order and trust.
std::vector<AnswerChange<TlsAnswer>> chain_changes(const TlsAnswer& answer);

}  // namespace postflight
