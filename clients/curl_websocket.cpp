#include <fmt/format.h>

#include <exception>

#include "clients/curl_errors.hpp"
#include "clients/curl_http.hpp"
#include "clients/curl_request.hpp"
#include "clients/curl_shared_transfers.hpp"
#include "clients/error.hpp"
#include "clients/websocket_decoder.hpp"

namespace postflight {

namespace {

constexpr int operation_close = 8, operation_pong = 10;

// A pong is sent at once and blocks until it is: a server that pings and never reads must not
// hold up the other transfers.
constexpr int most_pongs = 1000;

// One WebSocket, from the upgrade to its end.
struct Conversation {
  CURL* easy;
  const std::function<bool(std::string_view)>& receive;
  const std::string& label;
  WebSocketDecoder decoder;
  int pongs = 0;
  bool ended = false;  // by us: what libcurl says of the end then means nothing
  bool closed = false;
  int close_code = 0;
  bool header_ended = false;  // libcurl takes a header that is cut off for a whole one
  std::exception_ptr error = nullptr;

  // False ends the conversation.
  bool take(std::string_view bytes) {
    decoder.append(bytes);
    while (auto message = decoder.next()) {
      if (message->kind == WebSocketMessage::Kind::ping) {
        answer(operation_pong, message->payload);
        if (++pongs > most_pongs)
          throw ClientError(
              reason::unreadable,
              fmt::format("{}: the server sent more than {} pings", label, most_pongs));
      } else if (message->kind == WebSocketMessage::Kind::close) {
        closed = true;
        close_code = message->close_code;
        answer(operation_close, std::string_view(message->payload).substr(0, 2));
        return false;
      } else if (!receive(message->payload)) {
        return false;
      }
    }
    return true;
  }

  // A connection that cannot be written to ends by itself, and says so where it is read.
  void answer(int operation, std::string_view payload) {
    const auto frame = websocket_control_frame(operation, payload);
    std::size_t sent = 0;
    curl_ws_send(easy, frame.data(), frame.size(), &sent, 0, 0);
  }
};

std::size_t on_bytes(char* bytes, std::size_t, std::size_t size, void* user) noexcept {
  auto& conversation = *static_cast<Conversation*>(user);
  try {
    if (conversation.take({bytes, size})) return size;
  } catch (...) {
    conversation.error = std::current_exception();
  }
  conversation.ended = true;
  return CURL_WRITEFUNC_ERROR;
}

std::size_t on_header(char* bytes, std::size_t, std::size_t size, void* user) noexcept {
  const std::string_view line(bytes, size);
  static_cast<Conversation*>(user)->header_ended = line == "\r\n" || line == "\n";
  return size;
}

std::string protocol_of(CURL* easy) {
  curl_header* header = nullptr;
  constexpr int last_response = -1;
  constexpr unsigned int origins = CURLH_HEADER | CURLH_1XX;
  if (curl_easy_header(easy, "Sec-WebSocket-Protocol", 0, origins, last_response, &header) !=
      CURLHE_OK)
    return "";
  return header->value;
}

}  // namespace

WebSocketResponse CurlHttp::listen(const HttpRequest& request,
                                   const std::vector<std::string>& protocols,
                                   const std::function<bool(std::string_view message)>& receive,
                                   const Limits& limits) {
  CurlRequest prepared(request, CurlRequest::Kind::websocket, protocols);
  Conversation conversation{prepared.easy(), receive, prepared.label(),
                            WebSocketDecoder(request.body_limit, prepared.label())};
  prepared.on_bytes(on_bytes, &conversation);
  curl_easy_setopt(prepared.easy(), CURLOPT_HEADERFUNCTION, on_header);
  curl_easy_setopt(prepared.easy(), CURLOPT_HEADERDATA, &conversation);
  const auto end = transfers_->run(prepared.easy(), limits);
  if (conversation.error) std::rethrow_exception(conversation.error);
  long status = 0;
  curl_easy_getinfo(prepared.easy(), CURLINFO_RESPONSE_CODE, &status);
  const bool refused = end.code == CURLE_HTTP_RETURNED_ERROR && status != 0;
  if (!conversation.ended && !refused && (end.interrupted || end.overdue || end.code != CURLE_OK))
    throw_curl_error(prepared, end);
  if (!conversation.header_ended)
    throw ClientError(reason::unreachable,
                      prepared.label() + ": the connection was cut off inside the header");
  WebSocketResponse response;
  response.status = static_cast<int>(status);
  if (status == 101) response.protocol = protocol_of(prepared.easy());
  response.closed = conversation.closed;
  response.close_code = conversation.close_code;
  return response;
}

}  // namespace postflight
