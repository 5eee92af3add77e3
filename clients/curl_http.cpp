#include "clients/curl_http.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <exception>

#include "clients/certificate_text.hpp"
#include "clients/curl_direct_transfers.hpp"
#include "clients/curl_errors.hpp"
#include "clients/curl_request.hpp"
#include "clients/curl_shared_transfers.hpp"
#include "clients/error.hpp"

namespace postflight {

namespace {

// What arrives while a request runs.
struct Arrivals {
  std::string body;
  std::size_t body_limit = 0, likely_size = 0;
  bool too_large = false;
  // libcurl takes a header that is cut off for a whole one, so those that end are counted.
  bool interim_header = false;
  long whole_headers = 0;
  std::exception_ptr error;
};

std::size_t on_body(char* bytes, std::size_t, std::size_t size, void* user) noexcept {
  auto& arrivals = *static_cast<Arrivals*>(user);
  try {
    if (size > arrivals.body_limit - arrivals.body.size()) {
      arrivals.too_large = true;
      return CURL_WRITEFUNC_ERROR;
    }
    if (arrivals.body.empty() && arrivals.likely_size > size)
      arrivals.body.reserve(std::min(arrivals.likely_size, arrivals.body_limit));
    arrivals.body.append(bytes, size);
    return size;
  } catch (...) {
    arrivals.error = std::current_exception();
    return CURL_WRITEFUNC_ERROR;
  }
}

std::size_t on_header(char* bytes, std::size_t, std::size_t size, void* user) noexcept {
  auto& arrivals = *static_cast<Arrivals*>(user);
  const std::string_view line(bytes, size);
  if (line.starts_with("HTTP/")) {
    const auto status = line.find(' ');
    arrivals.interim_header = status != line.npos && line.substr(status + 1).starts_with('1');
  } else if ((line == "\r\n" || line == "\n") && !arrivals.interim_header) {
    ++arrivals.whole_headers;
  }
  return size;
}

std::vector<HttpHeader> headers_of(CURL* easy) {
  constexpr int last_response = -1;
  std::vector<HttpHeader> headers;
  const curl_header* header = nullptr;
  while ((header = curl_easy_nextheader(easy, CURLH_HEADER, last_response,
                                        const_cast<curl_header*>(header))) != nullptr)
    headers.push_back({header->name, header->value});
  return headers;
}

std::chrono::milliseconds time_of(CURL* easy, CURLINFO what) {
  curl_off_t microseconds = 0;
  curl_easy_getinfo(easy, what, &microseconds);
  return std::chrono::duration_cast<std::chrono::milliseconds>(
      std::chrono::microseconds(microseconds));
}

std::string address_of(CURL* easy) {
  const char* ip = nullptr;
  long port = 0;
  curl_easy_getinfo(easy, CURLINFO_PRIMARY_IP, &ip);
  curl_easy_getinfo(easy, CURLINFO_PRIMARY_PORT, &port);
  if (ip == nullptr || *ip == '\0') return "";
  const std::string_view text(ip);
  return text.find(':') == text.npos ? fmt::format("{}:{}", text, port)
                                     : fmt::format("[{}]:{}", text, port);
}

HttpCertificate certificate_of(const curl_slist* lines, const std::string& label) {
  HttpCertificate certificate;
  bool begins = false, ends = false;
  const auto time = [&](std::string_view text) {
    const auto moment = certificate_time(text);
    if (!moment)
      throw ClientError(
          reason::unreadable,
          fmt::format("{}: the certificate's date \"{}\" cannot be read", label, text));
    return *moment;
  };
  for (; lines != nullptr; lines = lines->next) {
    const std::string_view line(lines->data);
    const auto colon = line.find(':');
    if (colon == line.npos) continue;
    const auto name = line.substr(0, colon), value = line.substr(colon + 1);
    if (name == "Subject") certificate.subject = value;
    if (name == "Issuer") certificate.issuer = value;
    if (name == "Start date") certificate.not_before = time(value), begins = true;
    if (name == "Expire date") certificate.not_after = time(value), ends = true;
  }
  if (!begins || !ends)
    throw ClientError(reason::unreadable, label + ": libcurl tells no dates of the certificate");
  return certificate;
}

std::vector<HttpCertificate> certificates_of(const CurlRequest& request) {
  const curl_certinfo* chain = nullptr;
  curl_easy_getinfo(request.easy(), CURLINFO_CERTINFO, &chain);
  std::vector<HttpCertificate> certificates;
  for (int i = 0; chain != nullptr && i < chain->num_of_certs; ++i)
    certificates.push_back(certificate_of(chain->certinfo[i], request.label()));
  if (certificates.empty() && request.uses_tls())
    throw ClientError(reason::unreadable, request.label() + ": libcurl tells no certificates");
  return certificates;
}

HttpResponse response_of(const CurlRequest& request, Arrivals& arrivals) {
  auto* easy = request.easy();
  HttpResponse response;
  long status = 0;
  curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
  response.status = static_cast<int>(status);
  response.headers = headers_of(easy);
  response.body = std::move(arrivals.body);
  response.url = request.answering_url();
  response.remote_address = address_of(easy);
  response.timings = {time_of(easy, CURLINFO_CONNECT_TIME_T),
                      time_of(easy, CURLINFO_STARTTRANSFER_TIME_T),
                      time_of(easy, CURLINFO_TOTAL_TIME_T)};
  if (request.request().want_certificates) response.certificates = certificates_of(request);
  return response;
}

}  // namespace

CurlHttp::CurlHttp()
    : transfers_(std::make_shared<CurlSharedTransfers>()),
      direct_transfers_(std::make_unique<CurlDirectTransfers>()) {}
CurlHttp::~CurlHttp() = default;

TransferEnd CurlHttp::run(const CurlRequest& request, const Limits& limits) {
  if (CurlDirectTransfers::takes(request))
    if (const auto end = direct_transfers_->run(request, limits)) return *end;
  return transfers_->run(request.easy(), limits);
}

HttpResponse CurlHttp::send(const HttpRequest& request, const Limits& limits) {
  CurlRequest prepared(request, CurlRequest::Kind::http);
  Arrivals arrivals;
  arrivals.body_limit = request.body_limit;
  arrivals.likely_size = request.likely_size;
  prepared.on_bytes(on_body, &arrivals);
  curl_easy_setopt(prepared.easy(), CURLOPT_HEADERFUNCTION, on_header);
  curl_easy_setopt(prepared.easy(), CURLOPT_HEADERDATA, &arrivals);
  const auto end = run(prepared, limits);
  if (arrivals.error) std::rethrow_exception(arrivals.error);
  if (arrivals.too_large)
    throw ClientError(reason::too_large, fmt::format("{}: the body is longer than {} bytes",
                                                     prepared.label(), request.body_limit));
  if (end.interrupted || end.overdue || end.code != CURLE_OK) throw_curl_error(prepared, end);
  long redirects = 0;
  curl_easy_getinfo(prepared.easy(), CURLINFO_REDIRECT_COUNT, &redirects);
  if (arrivals.whole_headers != redirects + 1)
    throw ClientError(reason::unreachable,
                      prepared.label() + ": the connection was cut off inside the header");
  auto response = response_of(prepared, arrivals);
  prepared.leave_handle();
  return response;
}

}  // namespace postflight
