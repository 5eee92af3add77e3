#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "clients/command.hpp"
#include "clients/http.hpp"

namespace postflight {

// Told every secret (token, password, private key) before it is used, so that reports hide it.
// Called from any thread.
using OnSecret = std::function<void(std::string_view secret)>;

// Whether what is called so is a secret by all experience: PGPASSWORD, X-Api-Key, access_token.
bool names_a_secret(std::string_view name);

// The password of scheme://user:password@host (the user where there is no password: tokens are
// sent so) and query values whose names tell, as written and decoded.
std::vector<std::string> secrets_in_url(std::string_view url);

// Of its URL, its proxy, its own private key and headers such as Authorization and Cookie.
std::vector<std::string> secrets_of(const HttpRequest& request);

// Of the variables that it sets, and of arguments such as --token=...
std::vector<std::string> secrets_of(const CommandRequest& request);

// Of NAME=value, as in our own environment.
std::vector<std::string> secrets_in_variable(std::string_view variable);

}  // namespace postflight
