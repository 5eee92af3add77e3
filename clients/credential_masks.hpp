#pragma once

#include <functional>
#include <string>
#include <string_view>

namespace postflight {

// Whether a header, a variable of an environment, a parameter of a URL of that name holds a secret.
bool names_secret(std::string_view header);
bool names_secret_variable(std::string_view name);
bool names_secret_parameter(std::string_view name);

// Letters as a and A, digits as 0, the rest as it is.
std::string masked(std::string_view text);

// The text with the secret part of each credential in it replaced.
std::string replaced_credentials(std::string_view text,
                                 const std::function<std::string(std::string_view)>& replacement);

}  // namespace postflight
