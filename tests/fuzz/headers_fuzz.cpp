// Set-Cookie, Location and a certificate of no one: headers as a stranger may send them.
#include "checks/support/cookie.hpp"
#include "checks/support/redirect.hpp"
#include "checks/support/text.hpp"
#include "tests/fuzz/fuzz.hpp"

using namespace postflight;
using postflight::test::must;

// Each line is one header's value.
int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::vector<std::string> lines;
  auto text = postflight::test::text_of(data, size);
  while (!text.empty() && lines.size() < 64) {
    const auto end = text.find('\n');
    lines.emplace_back(text.substr(0, end));
    text.remove_prefix(end == text.npos ? text.size() : end + 1);
  }
  const auto cookies = read_cookies(lines, std::chrono::system_clock::time_point{});
  must(cookies.size() <= lines.size(), "a header sets at most one cookie");
  for (const auto& cookie : cookies)
    must(cookie.name.find(';') == std::string::npos && cookie.value.find(';') == std::string::npos,
         "a cookie ends at its semicolon");
  RedirectWanted wanted;
  wanted.scheme = "https";
  wanted.host = "login.example.com";
  wanted.path = "/application/o/authorize/";
  const std::string base = "https://app.example.com/";
  const auto fact = judge_redirect(wanted, base, lines);
  if (fact.status == Status::passed)
    must(lines.size() == 1 && lower_case(lines[0]).find("login.example.com") != std::string::npos,
         "only a Location that names the host passes");
  for (const auto& line : lines) location_excerpt(base, line);
  return 0;
}
