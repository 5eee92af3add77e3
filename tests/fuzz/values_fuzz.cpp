// Durations, sizes, timestamps, selectors, URLs: what is read can be written and read again.
#include "checks/support/selectors.hpp"
#include "checks/support/sizes.hpp"
#include "checks/support/text.hpp"
#include "checks/support/timestamps.hpp"
#include "clients/url.hpp"
#include "runner/setting.hpp"
#include "tests/fuzz/fuzz.hpp"
#include "text/utf8.hpp"

using namespace postflight;
using postflight::test::must;

namespace {

void durations(std::string_view text) {
  const auto duration = parse_duration(text);
  if (!duration) return;
  must(duration->count() >= 0, "a duration is not negative");
  must(parse_duration(format_duration(*duration)) == duration, "a duration reads back");
}

void sizes(std::string_view text) {
  const auto size = parse_size(text);
  if (!size) return;
  must(*size < (1ULL << 60), "a size is below an exbibyte");
  const auto again = parse_size(format_size(*size));
  // One decimal of the unit is kept: a twentieth of the whole is never lost.
  must(again && (*again > *size ? *again - *size : *size - *again) <= *size / 20,
       "a size reads back, but for what is rounded");
}

void timestamps(std::string_view text) {
  const auto moment = parse_timestamp(text);
  if (!moment) return;
  const auto again = parse_timestamp(format_timestamp(*moment));
  must(again == std::chrono::floor<std::chrono::seconds>(*moment), "a timestamp reads back");
}

void selectors(std::string_view text) {
  const auto parsed = parse_selector(text);
  if (!parsed.error.empty()) return;
  must(!parsed.selector.requirements.empty(), "no text selects everything");
  const auto again = parse_selector(parsed.selector.text());
  must(again.error.empty(), "a selector can be read again");
  must(again.selector.text() == parsed.selector.text(), "a selector reads back");
}

void urls(const std::string& text) {
  const auto url = parse_url(text);
  resolve_url("https://app.example.com/a/b?c=d", text);
  if (!url) return;
  must(url->scheme == "http" || url->scheme == "https", "a URL is http or https");
  must(!url->host.empty() && url->port > 0 && url->port < 65536, "a URL has a host and a port");
  must(url->path.starts_with("/"), "a path begins with a slash");
}

void excerpts(std::string_view text) {
  const auto shown = excerpt(text, 40);
  must(shown.size() <= 43 && is_utf8(shown), "an excerpt is short and UTF-8");
  for (const unsigned char c : shown) must(c >= 32 && c != 127, "an excerpt has no controls");
  must(is_utf8(as_utf8(text)), "repaired text is UTF-8");
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto text = postflight::test::text_of(data, size);
  durations(text);
  sizes(text);
  timestamps(text);
  selectors(text);
  urls(std::string(text));
  excerpts(text);
  return 0;
}
