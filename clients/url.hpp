#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace postflight {

// A URL taken apart. Scheme and host are lower case; an IPv6 host keeps its brackets.
struct Url {
  std::string scheme;
  std::string host;
  int port = 0;                                            // the scheme's own when none is written
  std::string path;                                        // as sent, at least "/"
  std::vector<std::pair<std::string, std::string>> query;  // decoded, in order, may repeat a name
  bool has_credentials = false;                            // user or password before the host

  // scheme://host[:port]/path, the port only where it is not the scheme's own: what may be shown,
  // as query values, credentials and fragment may be secret.
  std::string without_query() const;
};

// Nothing for what is not an absolute http or https URL.
std::optional<Url> parse_url(const std::string& text);

// Resolves `reference` (a Location: absolute, or relative to `base`).
std::optional<Url> resolve_url(const std::string& base, const std::string& reference);

// %2F as "/". A broken escape stays as it was, and so does '+'.
std::string percent_decoded(std::string_view text);

}  // namespace postflight
