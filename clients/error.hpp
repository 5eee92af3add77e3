#pragma once

#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

namespace postflight {

// Stable words for why something could not be found out. They are part of the report format.
namespace reason {
inline constexpr std::string_view refused = "refused";            // nothing listens there
inline constexpr std::string_view unreachable = "unreachable";    // no route, reset, cut off
inline constexpr std::string_view dns = "dns";                    // the name does not resolve
inline constexpr std::string_view timeout = "timeout";            // no (whole) answer in time
inline constexpr std::string_view tls = "tls";                    // certificate or handshake
inline constexpr std::string_view unauthorized = "unauthorized";  // 401: credentials not accepted
inline constexpr std::string_view forbidden = "forbidden";        // 403: a right is missing
inline constexpr std::string_view not_found = "not-found";        // 404: no such object or path
inline constexpr std::string_view throttled = "throttled";        // 429 to the end of the deadline
inline constexpr std::string_view server_error = "server-error";  // 5xx
inline constexpr std::string_view unreadable = "unreadable";      // an answer of the wrong shape
inline constexpr std::string_view too_large = "too-large";        // an answer over the limit
inline constexpr std::string_view rejected = "rejected";          // other 4xx: not a valid request
inline constexpr std::string_view expired = "expired";            // 410: the list changed too fast
inline constexpr std::string_view no_log = "no-log";              // the container wrote no log yet
inline constexpr std::string_view missing_tool = "missing-tool";  // the program is not there
inline constexpr std::string_view interrupted = "interrupted";    // the run was asked to stop
inline constexpr std::string_view configuration = "configuration";  // a file or credential of ours
inline constexpr std::string_view not_recorded = "not-recorded";  // a replay: nobody asked it then
}  // namespace reason

// Thrown by every client when it has no answer. The message names what was asked of whom, and why
// there is no answer, in words that help; it never holds a secret.
class ClientError : public std::runtime_error {
 public:
  ClientError(std::string_view reason, const std::string& what, std::string cause = {})
      : std::runtime_error(what), reason_(reason), cause_(std::move(cause)) {}
  const std::string& reason() const { return reason_; }

  // What is wrong beyond this one question, and with what: "https://example.com:6443: refused".
  // Two errors of the same cause have the very same text. Empty: this question alone is known to
  // have no answer.
  const std::string& cause() const { return cause_; }

 private:
  std::string reason_, cause_;
};

}  // namespace postflight
