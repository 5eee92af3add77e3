#include "checks/support/http_excerpt.hpp"

#include <fmt/format.h>
#include <re2/re2.h>

#include "checks/support/pattern.hpp"
#include "checks/support/text.hpp"
#include "text/counted.hpp"

namespace postflight {
namespace {

constexpr std::size_t looked_at = 4096;  // so that a secret begun in the excerpt is seen whole

}  // namespace

std::string public_excerpt(std::string_view text) {
  static const RE2 token("eyJ[A-Za-z0-9_=-]{8,}[A-Za-z0-9_.=-]*");
  static const RE2 credentials(R"(://[^/@\s"'<>]+@)");
  static const RE2 parameter(R"(([?&#](?:amp;)?[^=&?\s"'<>]+=)[^&\s"'<>]+)");
  std::string shown(text.substr(0, looked_at));
  RE2::GlobalReplace(&shown, token, "[token]");
  RE2::GlobalReplace(&shown, credentials, "://[secret]@");
  RE2::GlobalReplace(&shown, parameter, "\\1...");
  return excerpt(shown);
}

std::string header_excerpt(std::string_view name, std::string_view value) {
  static const Pattern secret(
      "(?i)cookie|token|secret|password|passwd|jwt|api-?key|csrf|xsrf|session|signature|"
      "^(proxy-)?authorization$|^(proxy-)?authentication-info$");
  if (secret.found_in(name))
    return fmt::format("[{}, not shown]", counted(value.size(), "character"));
  return public_excerpt(value);
}

}  // namespace postflight
