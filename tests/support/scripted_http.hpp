#pragma once

#include <functional>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "clients/http.hpp"

namespace postflight::test {

// HTTP answered by functions of the test, called from the asking threads, several at once.
class ScriptedHttp : public Http {
 public:
  using Receive = std::function<bool(std::string_view message)>;
  std::function<HttpResponse(const HttpRequest&, const Limits&)> respond;
  std::function<WebSocketResponse(const HttpRequest&, const Receive&)> converse;

  HttpResponse send(const HttpRequest& request, const Limits& limits) override;
  WebSocketResponse listen(const HttpRequest& request, const std::vector<std::string>& protocols,
                           const Receive& receive, const Limits& limits) override;

  // What was asked so far, in order: sends as "GET url", WebSockets as "LISTEN url".
  std::vector<std::string> asked() const;
  std::vector<HttpRequest> requests() const;
  std::vector<std::string> protocols() const;  // of the last WebSocket

 private:
  mutable std::mutex mutex_;
  std::vector<std::string> asked_, protocols_;
  std::vector<HttpRequest> requests_;
};

HttpResponse answer(int status, std::string body, std::string content_type = "application/json");

// tests/fixtures/kubernetes/<name>.json or .txt with the status and headers of <name>.headers.
HttpResponse recorded_answer(const std::string& name);

// Plays tests/fixtures/kubernetes/<name>.json, a recorded exec, to `receive`.
WebSocketResponse recorded_exec(const std::string& name, const ScriptedHttp::Receive& receive);

// The refusal in such a recording, as a plain GET would have got it.
HttpResponse recorded_exec_refusal(const std::string& name);

// The value of that header of a request, empty when it has none; many are joined by ", ".
std::string header_of(const HttpRequest& request, std::string_view name);

// A minute to go, shared answers of any age.
Limits a_minute();

}  // namespace postflight::test
