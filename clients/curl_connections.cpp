#include "clients/curl_connections.hpp"

#include <string_view>
#include <utility>

#include "clients/curl_errors.hpp"
#include "clients/curl_request.hpp"
#include "clients/curl_shared_transfers.hpp"
#include "clients/error.hpp"
#include "clients/tcp_connection.hpp"

namespace postflight {
namespace {

std::string with_port(const std::string& host, int port) {
  const bool is_ipv6 = host.find(':') != std::string::npos;
  return (is_ipv6 ? "[" + host + "]" : host) + ":" + std::to_string(port);
}

// Verification is ours: libcurl would tell no certificates of a handshake that it refuses.
HttpRequest request_for(const TlsRequest& wanted) {
  HttpRequest request;
  request.method = "TLS";  // nothing is sent; it begins the messages
  request.url = "https://" + with_port(wanted.host, wanted.port) + "/";
  if (!wanted.address.empty()) request.resolve = with_port(wanted.address, wanted.port);
  request.tls.server_name = wanted.server_name;
  request.tls.verify = false;
  request.fresh_connection = request.want_certificates = true;
  return request;
}

std::string chain_of(const CurlRequest& request) {
  const curl_certinfo* chain = nullptr;
  curl_easy_getinfo(request.easy(), CURLINFO_CERTINFO, &chain);
  std::string pem;
  for (int index = 0; chain != nullptr && index < chain->num_of_certs; ++index)
    for (const auto* line = chain->certinfo[index]; line != nullptr; line = line->next)
      if (const std::string_view text(line->data); text.starts_with("Cert:"))
        pem += std::string(text.substr(5)) + "\n";
  return pem;
}

}  // namespace

CurlConnections::CurlConnections(std::shared_ptr<CurlSharedTransfers> transfers)
    : transfers_(std::move(transfers)) {}
CurlConnections::~CurlConnections() = default;

TcpAnswer CurlConnections::connect(const TcpRequest& request, const Limits& limits) {
  return connect_tcp(request, limits);
}

TlsAnswer CurlConnections::handshake(const TlsRequest& request, const Limits& limits) {
  const auto http = request_for(request);
  CurlRequest prepared(http, CurlRequest::Kind::http);
  curl_easy_setopt(prepared.easy(), CURLOPT_CONNECT_ONLY, 1L);
  curl_easy_setopt(prepared.easy(), CURLOPT_SSL_ENABLE_ALPN, 0L);  // it may speak anything
  const auto end = transfers_->run(prepared.easy(), limits);
  if (end.interrupted || end.overdue || end.code != CURLE_OK) throw_curl_error(prepared, end);
  const auto pem = chain_of(prepared);
  try {
    return {read_certificates(pem), request.verify ? why_not_trusted(pem, request.ca_file) : ""};
  } catch (const ClientError& error) {
    // Authorities that cannot be read are so for every server.
    const bool is_ours = error.reason() == reason::configuration;
    throw ClientError(error.reason(), prepared.label() + ": " + error.what(),
                      is_ours ? error.what() : "");
  }
}

}  // namespace postflight
