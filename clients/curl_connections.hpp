#pragma once

#include <memory>

#include "clients/connections.hpp"

namespace postflight {

class CurlSharedTransfers;

// TLS handshakes through libcurl, on the transfer thread that HTTP uses too; TCP connections
// through plain sockets. Every call must have returned before this is destroyed.
class CurlConnections : public Connections {
 public:
  explicit CurlConnections(std::shared_ptr<CurlSharedTransfers> transfers);
  ~CurlConnections() override;
  CurlConnections(const CurlConnections&) = delete;
  CurlConnections& operator=(const CurlConnections&) = delete;

  TcpAnswer connect(const TcpRequest& request, const Limits& limits) override;
  TlsAnswer handshake(const TlsRequest& request, const Limits& limits) override;

 private:
  std::shared_ptr<CurlSharedTransfers> transfers_;
};

}  // namespace postflight
