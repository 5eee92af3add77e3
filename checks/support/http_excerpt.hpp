#pragma once

#include <string>
#include <string_view>

namespace postflight {

// What may be quoted of a text that an HTTP server sent: an excerpt with tokens (JWT), credentials
// in URLs and the values of URL parameters taken out.
std::string public_excerpt(std::string_view text);

// The same for a header's value; nothing of a cookie, an authorization or another header that
// carries secrets by its nature. WWW-Authenticate is a challenge, not a secret.
std::string header_excerpt(std::string_view name, std::string_view value);

}  // namespace postflight
