#pragma once

#include <memory>

#include "clients/http.hpp"

namespace postflight {

class CurlDirectTransfers;
class CurlRequest;
class CurlSharedTransfers;
struct TransferEnd;

// HTTP and WebSocket through libcurl. One thread of its own moves the bytes of a run, so
// connections (HTTP/2 where it is offered) and TLS sessions are shared; callers only wait. But for
// requests that need a fresh connection and no TLS: those each caller carries out itself, unless
// very many run at once.
// `receive` of listen is called on that thread: it must not block. Every call must have returned
// before this is destroyed.
class CurlHttp : public Http {
 public:
  CurlHttp();
  ~CurlHttp() override;
  CurlHttp(const CurlHttp&) = delete;
  CurlHttp& operator=(const CurlHttp&) = delete;

  HttpResponse send(const HttpRequest& request, const Limits& limits) override;
  WebSocketResponse listen(const HttpRequest& request, const std::vector<std::string>& protocols,
                           const std::function<bool(std::string_view message)>& receive,
                           const Limits& limits) override;

  // The transfer thread, for clients that share it.
  const std::shared_ptr<CurlSharedTransfers>& transfers() const { return transfers_; }

 private:
  TransferEnd run(const CurlRequest& request, const Limits& limits);

  std::shared_ptr<CurlSharedTransfers> transfers_;
  std::unique_ptr<CurlDirectTransfers> direct_transfers_;
};

}  // namespace postflight
