#include "clients/curl_errors.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <cerrno>
#include <chrono>
#include <string>
#include <string_view>

#include "clients/error.hpp"

namespace postflight {

namespace {

struct Failure {
  std::string_view reason;
  std::string words;
  std::string cause = {};  // of what is wrong with the server or the way to it
};

// X509_V_ERR_... of OpenSSL's <openssl/x509_vfy.h>: numbers that it promises to keep.
constexpr long not_yet_valid = 9, expired = 10, self_signed = 18, self_signed_in_chain = 19,
               issuer_unknown = 20, first_unverifiable = 21;

long number_of(const CurlRequest& request, CURLINFO what) {
  long value = 0;
  curl_easy_getinfo(request.easy(), what, &value);
  return value;
}

curl_off_t count_of(const CurlRequest& request, CURLINFO what) {
  curl_off_t value = 0;
  curl_easy_getinfo(request.easy(), what, &value);
  return value;
}

std::string in_words_of_libcurl(const CurlRequest& request, CURLcode code) {
  const auto text = request.error_text();
  return text.empty() ? curl_easy_strerror(code) : std::string(text);
}

// Where the connection went, as far as is known: " at 10.0.0.1:443".
std::string at_address(const CurlRequest& request) {
  const auto& resolve = request.request().resolve;
  if (!resolve.empty()) return " at " + resolve;
  const auto& proxy = request.request().proxy;
  return proxy.empty() ? "" : " at the proxy";  // its URL may hold a password
}

// Stable words for what is wrong with whom, however it was asked.
std::string cause_of(const CurlRequest& request, std::string_view what) {
  return fmt::format("{}{}: {}", request.answering_origin(), at_address(request), what);
}

// How far a request came before its time was over.
std::string phase_of(const CurlRequest& request, const TransferEnd& end) {
  if (const auto bytes = count_of(request, CURLINFO_SIZE_DOWNLOAD_T); bytes > 0)
    return fmt::format("in the middle of the body, after {} bytes of it", bytes);
  if (count_of(request, CURLINFO_STARTTRANSFER_TIME_T) > 0) return "in the middle of the answer";
  if (count_of(request, CURLINFO_PRETRANSFER_TIME_T) > 0) return "while waiting for the answer";
  if (end.connected && request.may_use_tls()) return "in the TLS handshake";
  if (count_of(request, CURLINFO_NAMELOOKUP_TIME_T) > 0) return "while connecting";
  return "while looking up the name or waiting for a free connection";
}

std::string after_time(const CurlRequest& request) {
  return fmt::format(
      "after {:.1f} s",
      std::chrono::duration<double>(std::chrono::steady_clock::now() - request.began()).count());
}

bool was_cut_off(const CurlRequest& request) {
  switch (number_of(request, CURLINFO_OS_ERRNO)) {
    case ECONNRESET:
    case EPIPE:
    case ENETRESET:
    case ECONNABORTED:
    case ENOTCONN:
      return true;
    default:
      const auto text = request.error_text();
      return text.find("unexpected eof") != text.npos || text.find("eset by peer") != text.npos ||
             text.find("SSL_ERROR_SYSCALL") != text.npos;
  }
}

Failure no_connection(const CurlRequest& request, CURLcode code) {
  switch (number_of(request, CURLINFO_OS_ERRNO)) {
    case ECONNREFUSED:
      return {reason::refused,
              "nothing listens there" + at_address(request) + " (connection refused)",
              cause_of(request, "connection refused")};
    case EHOSTUNREACH:
    case ENETUNREACH:
      return {reason::unreachable, "there is no route to it" + at_address(request),
              cause_of(request, "no route")};
    default:
      return {reason::unreachable, in_words_of_libcurl(request, code),
              cause_of(request, "no connection")};
  }
}

Failure bad_certificate(const CurlRequest& request, CURLcode code) {
  const auto refuse = [&](const std::string& words) {
    const auto& tls = request.request().tls;
    const auto trust = !tls.ca_pem.empty()    ? std::string("the PEM text given")
                       : !tls.ca_file.empty() ? tls.ca_file
                                              : std::string("the system's authorities");
    return Failure{reason::tls, words, cause_of(request, fmt::format("{} (by {})", words, trust))};
  };
  switch (number_of(request, CURLINFO_SSL_VERIFYRESULT)) {
    case not_yet_valid:
      return refuse("the server's certificate is not valid yet");
    case expired:
      return refuse("the server's certificate has expired");
    case self_signed:
    case self_signed_in_chain:
    case issuer_unknown:
    case first_unverifiable:
      return refuse("the server's certificate comes from an authority that is not trusted here (" +
                    in_words_of_libcurl(request, code) + ")");
    default:
      return refuse("the server's certificate was not accepted: " +
                    in_words_of_libcurl(request, code));
  }
}

Failure failed_handshake(const CurlRequest& request, CURLcode code) {
  const auto text = in_words_of_libcurl(request, code);
  if (was_cut_off(request))
    return {reason::unreachable, "the connection was cut off in the TLS handshake: " + text,
            cause_of(request, "cut off in the TLS handshake")};
  if (text.find("wrong version number") != text.npos)
    return {reason::tls, "what answers there does not speak TLS (" + text + ")",
            cause_of(request, "does not speak TLS")};
  return {reason::tls, "no TLS connection: " + text, cause_of(request, text)};
}

// Closed with our request unread, a connection is reset, and the alert that said why may be lost.
std::string hint_at_certificate(const CurlRequest& request) {
  const auto& tls = request.request().tls;
  if (!request.uses_tls() || !tls.certificate_pem.empty() || !tls.certificate_file.empty() ||
      count_of(request, CURLINFO_STARTTRANSFER_TIME_T) > 0)
    return "";
  return " (a server that requires a client certificate may do that)";
}

Failure no_client_certificate(const CurlRequest& request) {
  const std::string words = "the server requires a client certificate, and none was presented";
  return {reason::tls, words, cause_of(request, words)};
}

// In TLS 1.3 the server judges our certificate only after the handshake, in an alert.
Failure broken_connection(const CurlRequest& request, CURLcode code) {
  const auto text = in_words_of_libcurl(request, code);
  if (text.find("certificate required") != text.npos) return no_client_certificate(request);
  if (text.find("alert") != text.npos)
    return {reason::tls, "the server ended the TLS connection: " + text, cause_of(request, text)};
  if (was_cut_off(request))
    return {reason::unreachable,
            "the connection was cut off: " + text + hint_at_certificate(request)};
  if (text.find("CONNECT tunnel failed") != text.npos)
    return {reason::unreachable, "the proxy does not connect: " + text, cause_of(request, text)};
  if (code == CURLE_SEND_ERROR) return {reason::unreachable, "nothing can be sent: " + text};
  return {reason::unreadable, "the answer is not HTTP as it should be: " + text};
}

Failure own_file(const CurlRequest& request, CURLcode code) {
  const auto& tls = request.request().tls;
  const auto text = in_words_of_libcurl(request, code);
  const auto source = [](const std::string& pem, const std::string& file) {
    return pem.empty() ? file : std::string("the PEM text given");
  };
  const auto words = code == CURLE_SSL_CACERT_BADFILE
                         ? "the certificate authorities cannot be read from " +
                               source(tls.ca_pem, tls.ca_file) + ": " + text
                         : "the client certificate or its key cannot be used (" +
                               source(tls.certificate_pem, tls.certificate_file) + "): " + text;
  return {reason::configuration, words, cause_of(request, words)};
}

Failure too_late(const CurlRequest& request, const TransferEnd& end) {
  const bool asked = count_of(request, CURLINFO_PRETRANSFER_TIME_T) > 0;
  const bool tried = end.connected || count_of(request, CURLINFO_NAMELOOKUP_TIME_T) > 0;
  return {reason::timeout,
          "no whole answer " + after_time(request) + ": the time ended " + phase_of(request, end),
          tried && !asked ? cause_of(request, "no connection in time") : ""};
}

Failure failure_of(const CurlRequest& request, CURLcode code) {
  const auto text = in_words_of_libcurl(request, code);
  switch (code) {
    case CURLE_COULDNT_RESOLVE_HOST:
      return {reason::dns, "the name does not resolve: " + text,
              cause_of(request, "the name does not resolve")};
    case CURLE_COULDNT_RESOLVE_PROXY:
      return {reason::dns, "the proxy's name does not resolve",
              cause_of(request, "the proxy's name does not resolve")};
    case CURLE_COULDNT_CONNECT:
      return no_connection(request, code);
    case CURLE_OPERATION_TIMEDOUT:
      return too_late(request, {});
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_ISSUER_ERROR:
      return bad_certificate(request, code);
    case CURLE_SSL_CLIENTCERT:
      return no_client_certificate(request);
    case CURLE_SSL_CONNECT_ERROR:
      return failed_handshake(request, code);
    case CURLE_SSL_CACERT_BADFILE:
    case CURLE_SSL_CERTPROBLEM:
      return own_file(request, code);
    case CURLE_GOT_NOTHING:
      return {reason::unreachable, "the connection was closed without an answer"};
    case CURLE_SEND_ERROR:
    case CURLE_RECV_ERROR:
      return broken_connection(request, code);
    case CURLE_HTTP2_STREAM:
      return {reason::unreachable, "the answer was cut off: " + text};
    case CURLE_PARTIAL_FILE:
      return {reason::unreadable, "the body ended too early: " + text};
    case CURLE_TOO_MANY_REDIRECTS:
      return {reason::unreadable,
              fmt::format("more than {} redirects, the last one answered by {}",
                          request.request().follow_redirects, request.answering_place())};
    case CURLE_TOO_LARGE:
    case CURLE_FILESIZE_EXCEEDED:
      return {reason::too_large, "the answer is too large: " + text};
    case CURLE_OUT_OF_MEMORY:
    case CURLE_FAILED_INIT:
    case CURLE_BAD_FUNCTION_ARGUMENT:
    case CURLE_UNKNOWN_OPTION:
      return {reason::configuration, "libcurl cannot ask: " + text};
    default:
      return {reason::unreadable, "the answer is not HTTP as it should be: " + text};
  }
}

}  // namespace

void throw_curl_error(const CurlRequest& request, const TransferEnd& end) {
  if (end.interrupted)
    throw ClientError(reason::interrupted, request.label() + ": the run was asked to stop");
  const auto failure = end.overdue ? too_late(request, end) : failure_of(request, end.code);
  throw ClientError(failure.reason, request.label() + ": " + failure.words, failure.cause);
}

}  // namespace postflight
