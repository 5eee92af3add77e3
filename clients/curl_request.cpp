#include "clients/curl_request.hpp"

#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <new>
#include <utility>

#include "clients/connect_address.hpp"
#include "clients/error.hpp"

namespace postflight {

namespace {

bool same_name(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](unsigned char x, unsigned char y) {
    return std::tolower(x) == std::tolower(y);
  });
}

std::string joined(const std::vector<std::string>& words) {
  std::string text;
  for (const auto& word : words) text += (text.empty() ? "" : ", ") + word;
  return text;
}

}  // namespace

thread_local CurlRequest::Easy CurlRequest::spare_handle;

template <typename Value>
void CurlRequest::set(CURLoption option, Value value) {
  const auto result = curl_easy_setopt(easy_.get(), option, value);
  if (result == CURLE_OUT_OF_MEMORY) throw std::bad_alloc();
  if (result != CURLE_OK) refuse(std::string("libcurl refuses: ") + curl_easy_strerror(result));
}

CurlRequest::CurlRequest(const HttpRequest& request, Kind kind,
                         const std::vector<std::string>& protocols)
    : request_(request),
      url_(curl_url()),
      easy_(take_handle()),
      began_(std::chrono::steady_clock::now()) {
  if (!url_) throw std::bad_alloc();
  set(CURLOPT_ERRORBUFFER, error_text_.data());
  set(CURLOPT_NOSIGNAL, 1L);
  read_url(kind);
  set_url();
  set_method();
  set_headers(kind, protocols);
  set_connection(kind);
  if (may_use_tls()) set_tls();
}

CurlRequest::Easy CurlRequest::take_handle() {
  auto easy = std::exchange(spare_handle, nullptr);
  if (!easy) easy.reset(curl_easy_init());
  if (!easy) throw std::bad_alloc();
  return easy;
}

void CurlRequest::leave_handle() {
  curl_easy_reset(easy_.get());  // it points to what ends with this
  spare_handle = std::move(easy_);
}

void CurlRequest::refuse(const std::string& what) const {
  throw ClientError(reason::configuration, label_ + ": " + what);
}

std::string CurlRequest::part_of(CURLU* url, CURLUPart part, unsigned int flags) {
  char* text = nullptr;
  if (curl_url_get(url, part, &text, flags) != CURLUE_OK) return "";
  std::string copy(text);
  curl_free(text);
  return copy;
}

std::string CurlRequest::part(CURLUPart part, unsigned int flags) const {
  return part_of(url_.get(), part, flags);
}

std::string CurlRequest::place_of(CURLU* url) {
  const auto port = part_of(url, CURLUPART_PORT);
  return part_of(url, CURLUPART_SCHEME) + "://" + part_of(url, CURLUPART_HOST) +
         (port.empty() ? "" : ":" + port) + part_of(url, CURLUPART_PATH);
}

void CurlRequest::set_part(CURLUPart part, const std::string& value) {
  const auto result = curl_url_set(url_.get(), part, value.c_str(), 0);
  if (result != CURLUE_OK)
    refuse("\"" + value + "\" cannot be part of a URL: " + curl_url_strerror(result));
}

void CurlRequest::read_url(Kind kind) {
  label_ = request_.method + " of a URL that cannot be read";  // it may hold a secret
  // Without a guess at the scheme: "example.com/x" is a mistake, not http.
  const auto result = curl_url_set(url_.get(), CURLUPART_URL, request_.url.c_str(), 0);
  if (result == CURLUE_UNSUPPORTED_SCHEME) refuse("its scheme is neither http nor https");
  if (result != CURLUE_OK) refuse(curl_url_strerror(result));
  auto scheme = part(CURLUPART_SCHEME);
  if (kind == Kind::websocket && scheme.starts_with("http")) {
    scheme.replace(0, 4, "ws");  // http -> ws, https -> wss
    set_part(CURLUPART_SCHEME, scheme);
  }
  const std::string plain = kind == Kind::websocket ? "ws" : "http";
  if (scheme != plain && scheme != plain + "s")
    refuse("the scheme \"" + scheme + "\" is neither " + plain + " nor " + plain + "s");
  uses_tls_ = scheme.ends_with('s');
  label_ = request_.method + " " + place_of(url_.get());
  if (!part(CURLUPART_QUERY).empty()) label_ += "?...";
}

void CurlRequest::set_url() {
  const auto host = part(CURLUPART_HOST);
  const auto port = part(CURLUPART_PORT, CURLU_DEFAULT_PORT);
  const auto& name = request_.tls.server_name;
  if (uses_tls_ && !name.empty() && !same_name(name, host)) {
    // libcurl takes the name for SNI and verification from the URL alone.
    if (request_.follow_redirects > 0)
      refuse("redirects cannot be followed together with a TLS server name");
    host_ = host;
    set_part(CURLUPART_HOST, name);
  }
  set_route(host, port);
  set(CURLOPT_CURLU, url_.get());
}

void CurlRequest::set_route(const std::string& host, const std::string& port) {
  ConnectAddress to{host, std::nullopt};
  if (!request_.resolve.empty()) {
    const auto wanted = read_connect_address(request_.resolve);
    if (!wanted) refuse("\"" + request_.resolve + "\" is not an address: ip, ip:port or [ip]:port");
    to = *wanted;
  } else if (host_.empty()) {
    return;
  }
  // Without a port of its own the address is used for every port of that host, after a redirect
  // too.
  const auto from = part(CURLUPART_HOST) + ":" + (to.port ? port : "");
  connect_to_.reset(
      curl_slist_append(nullptr, (from + ":" + to.host + ":" + to.port.value_or("")).c_str()));
  if (!connect_to_) throw std::bad_alloc();
  set(CURLOPT_CONNECT_TO, connect_to_.get());
}

void CurlRequest::set_method() {
  const auto& method = request_.method;
  if (method.empty() ||
      !std::all_of(method.begin(), method.end(), [](unsigned char c) { return std::isalpha(c); }))
    refuse("\"" + method + "\" is not a method");
  if (method == "HEAD") {
    set(CURLOPT_NOBODY, 1L);
    return;
  }
  if (!request_.body.empty() || method == "POST" || method == "PUT" || method == "PATCH") {
    set(CURLOPT_POSTFIELDS, request_.body.c_str());
    set(CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(request_.body.size()));
  } else {
    set(CURLOPT_HTTPGET, 1L);
  }
  // A plain POST may become a GET when it is redirected; a custom method never does.
  if (method != "POST" && !(method == "GET" && request_.body.empty()))
    set(CURLOPT_CUSTOMREQUEST, method.c_str());
}

void CurlRequest::add_header(const HttpHeader& header) {
  constexpr std::string_view line_ends("\r\n\0", 3);
  const auto bad_name =
      header.name.empty() || header.name.find_first_of(": \t;\r\n") != std::string::npos;
  if (bad_name || header.value.find_first_of(line_ends) != std::string::npos)
    refuse("the header \"" + header.name.substr(0, header.name.find_first_of(line_ends)) +
           "\" cannot be sent: its name or value holds a character that may not be there");
  // "Name;" is libcurl's way to send an empty value: "Name:" would leave the header out.
  const auto line = header.value.empty() ? header.name + ";" : header.name + ": " + header.value;
  auto* longer = curl_slist_append(headers_.get(), line.c_str());
  if (longer == nullptr) throw std::bad_alloc();
  static_cast<void>(headers_.release());
  headers_.reset(longer);
}

void CurlRequest::set_headers(Kind kind, const std::vector<std::string>& protocols) {
  const auto given = [&](std::string_view name) {
    return std::any_of(request_.headers.begin(), request_.headers.end(),
                       [&](const auto& header) { return same_name(header.name, name); });
  };
  const auto leave_out = [&](const char* name) {
    auto* longer = curl_slist_append(headers_.get(), (std::string(name) + ":").c_str());
    if (longer == nullptr) throw std::bad_alloc();
    static_cast<void>(headers_.release());
    headers_.reset(longer);
  };
  for (const auto& header : request_.headers) {
    // libcurl would otherwise wait for an answer to it.
    if (same_name(header.name, "Expect")) refuse("the header Expect cannot be sent");
    add_header(header);
  }
  leave_out("Expect");
  if (!given("Content-Type")) leave_out("Content-Type");  // libcurl would say that it is a form
  if (!host_.empty() && !given("Host")) {
    const auto port = part(CURLUPART_PORT);
    add_header({"Host", host_ + (port.empty() ? "" : ":" + port)});
  }
  if (kind == Kind::websocket && !protocols.empty())
    add_header({"Sec-WebSocket-Protocol", joined(protocols)});
  set(CURLOPT_HTTPHEADER, headers_.get());
  if (!given("User-Agent")) set(CURLOPT_USERAGENT, "postflight");
}

void CurlRequest::set_connection(Kind kind) {
  if (kind == Kind::websocket) {
    set(CURLOPT_PROTOCOLS_STR, "ws,wss");
    set(CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1));
    set(CURLOPT_WS_OPTIONS, static_cast<long>(CURLWS_RAW_MODE));
  } else {
    set(CURLOPT_PROTOCOLS_STR, "http,https");
    set(CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_2TLS));
  }
  set(CURLOPT_REDIR_PROTOCOLS_STR, "http,https");
  if (request_.follow_redirects > 0) {
    set(CURLOPT_FOLLOWLOCATION, 1L);
    set(CURLOPT_MAXREDIRS, static_cast<long>(request_.follow_redirects));
  }
  // An empty text, unlike none, keeps libcurl from asking the environment.
  set(CURLOPT_PROXY, request_.proxy.c_str());
  set(CURLOPT_NOPROXY, "");
  set(CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
  // A connection that is reused tells no certificates.
  if (request_.fresh_connection || request_.want_certificates) {
    set(CURLOPT_FRESH_CONNECT, 1L);
    set(CURLOPT_FORBID_REUSE, 1L);
  } else if (uses_tls_ && kind == Kind::http) {
    set(CURLOPT_PIPEWAIT, 1L);
  }
  set(CURLOPT_TCP_KEEPALIVE, 1L);
}

void CurlRequest::set_blob(CURLoption option, const std::string& pem) {
  curl_blob blob{const_cast<char*>(pem.data()), pem.size(), CURL_BLOB_NOCOPY};
  set(option, &blob);
}

void CurlRequest::set_trust() {
  const auto& tls = request_.tls;
  constexpr char* none = nullptr;
  // libcurl keeps the authorities of one file in memory. With a folder beside it, it reads them
  // all for each connection (50 ms of everybody's time), and trusts that folder besides ours.
  const auto* systems = curl_version_info(CURLVERSION_NOW)->cainfo;
  const bool own = !tls.ca_pem.empty() || !tls.ca_file.empty();
  if (own || !tls.verify || (systems != nullptr && access(systems, R_OK) == 0))
    set(CURLOPT_CAPATH, none);
  if (!tls.verify)
    set(CURLOPT_CAINFO, none);
  else if (!tls.ca_pem.empty())
    set_blob(CURLOPT_CAINFO_BLOB, tls.ca_pem);
  else if (!tls.ca_file.empty())
    set(CURLOPT_CAINFO, tls.ca_file.c_str());
}

void CurlRequest::set_tls() {
  const auto& tls = request_.tls;
  set(CURLOPT_SSL_VERIFYPEER, tls.verify ? 1L : 0L);
  set(CURLOPT_SSL_VERIFYHOST, tls.verify ? 2L : 0L);
  set_trust();
  if (!tls.certificate_pem.empty())
    set_blob(CURLOPT_SSLCERT_BLOB, tls.certificate_pem);
  else if (!tls.certificate_file.empty())
    set(CURLOPT_SSLCERT, tls.certificate_file.c_str());
  // A certificate's PEM may hold the key too.
  const bool own_key = !tls.key_pem.empty() || !tls.key_file.empty();
  const auto& key_pem = own_key ? tls.key_pem : tls.certificate_pem;
  const auto& key_file = own_key ? tls.key_file : tls.certificate_file;
  if (!key_pem.empty())
    set_blob(CURLOPT_SSLKEY_BLOB, key_pem);
  else if (!key_file.empty())
    set(CURLOPT_SSLKEY, key_file.c_str());
  if (request_.want_certificates) {
    set(CURLOPT_CERTINFO, 1L);
    set(CURLOPT_SSL_SESSIONID_CACHE, 0L);  // a resumed session repeats no chain
  }
}

void CurlRequest::on_bytes(curl_write_callback write, void* user) {
  set(CURLOPT_WRITEFUNCTION, write);
  set(CURLOPT_WRITEDATA, user);
}

CurlRequest::Parts CurlRequest::answering_parts() const {
  Parts url(curl_url());
  if (!url) throw std::bad_alloc();
  const char* text = nullptr;
  curl_easy_getinfo(easy_.get(), CURLINFO_EFFECTIVE_URL, &text);
  if (text == nullptr || curl_url_set(url.get(), CURLUPART_URL, text, 0) != CURLUE_OK)
    url.reset(curl_url_dup(url_.get()));
  if (!url) throw std::bad_alloc();
  curl_url_set(url.get(), CURLUPART_USER, nullptr, 0);
  curl_url_set(url.get(), CURLUPART_PASSWORD, nullptr, 0);
  if (!host_.empty()) curl_url_set(url.get(), CURLUPART_HOST, host_.c_str(), 0);
  return url;
}

std::string CurlRequest::answering_url() const {
  const char* text = nullptr;
  curl_easy_getinfo(easy_.get(), CURLINFO_EFFECTIVE_URL, &text);
  const std::string_view told = text == nullptr ? "" : text;
  // As it is told: without a name of ours in it, and without credentials.
  if (host_.empty() && !told.empty() && told.find('@') == told.npos) return std::string(told);
  return part_of(answering_parts().get(), CURLUPART_URL);
}

std::string CurlRequest::answering_origin() const {
  const auto url = answering_parts();
  auto scheme = part_of(url.get(), CURLUPART_SCHEME);
  if (scheme.starts_with("ws")) scheme.replace(0, 2, "http");  // the same server
  return scheme + "://" + part_of(url.get(), CURLUPART_HOST) + ":" +
         part_of(url.get(), CURLUPART_PORT, CURLU_DEFAULT_PORT);
}

std::string CurlRequest::answering_place() const { return place_of(answering_parts().get()); }

}  // namespace postflight
