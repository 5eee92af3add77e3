#pragma once

#include <curl/curl.h>

#include <array>
#include <chrono>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "clients/http.hpp"

namespace postflight {

// An HttpRequest as a prepared libcurl handle, with all that the handle points to. Does no I/O.
class CurlRequest {
 public:
  enum class Kind { http, websocket };

  // `protocols` are the WebSocket's subprotocols, the preferred one first. `request` must outlive
  // this. Throws ClientError configuration for what cannot be asked.
  CurlRequest(const HttpRequest& request, Kind kind,
              const std::vector<std::string>& protocols = {});
  CurlRequest(const CurlRequest&) = delete;
  CurlRequest& operator=(const CurlRequest&) = delete;

  CURL* easy() const { return easy_.get(); }
  const HttpRequest& request() const { return request_; }
  // "GET https://example.com/path": for messages; credentials and query may be secret.
  const std::string& label() const { return label_; }
  bool uses_tls() const { return uses_tls_; }
  // Or a redirect, or the proxy.
  bool may_use_tls() const {
    return uses_tls_ || request_.follow_redirects > 0 || request_.proxy.starts_with("https");
  }
  // libcurl's own words about the last error, or empty.
  std::string_view error_text() const { return error_text_.data(); }
  std::chrono::steady_clock::time_point began() const { return began_; }
  // The URL that answered, without credentials.
  std::string answering_url() const;
  // The same without its query, for messages.
  std::string answering_place() const;
  // Of it, "https://example.com:443".
  std::string answering_origin() const;

  // After a transfer that came to its end, when nothing is asked of this any more: the next request
  // of this thread uses the handle again, as a new one costs as much as all that is set in it.
  void leave_handle();

  // Every byte of the body, or of the WebSocket stream, goes to `write`.
  void on_bytes(curl_write_callback write, void* user);

 private:
  struct Deleter {
    void operator()(CURL* easy) const { curl_easy_cleanup(easy); }
    void operator()(CURLU* url) const { curl_url_cleanup(url); }
    void operator()(curl_slist* list) const { curl_slist_free_all(list); }
  };
  using Easy = std::unique_ptr<CURL, Deleter>;
  using List = std::unique_ptr<curl_slist, Deleter>;
  using Parts = std::unique_ptr<CURLU, Deleter>;

  static thread_local Easy spare_handle;
  static Easy take_handle();
  static std::string part_of(CURLU* url, CURLUPart part, unsigned int flags = 0);
  static std::string place_of(CURLU* url);
  std::string part(CURLUPart part, unsigned int flags = 0) const;
  Parts answering_parts() const;
  void set_part(CURLUPart part, const std::string& value);
  void read_url(Kind kind);
  void set_url();
  void set_route(const std::string& host, const std::string& port);
  void set_method();
  void set_headers(Kind kind, const std::vector<std::string>& protocols);
  void set_connection(Kind kind);
  void set_trust();
  void set_tls();
  void set_blob(CURLoption option, const std::string& pem);
  void add_header(const HttpHeader& header);
  [[noreturn]] void refuse(const std::string& what) const;

  template <typename Value>
  void set(CURLoption option, Value value);

  const HttpRequest& request_;
  Parts url_;
  List headers_, connect_to_;  // before the handle that points to them until it is left
  std::array<char, CURL_ERROR_SIZE> error_text_{};
  Easy easy_;
  std::string label_;
  std::string host_;  // of the URL, where tls.server_name has taken its place
  bool uses_tls_ = false;
  std::chrono::steady_clock::time_point began_;
};

}  // namespace postflight
