#pragma once

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

#include "clients/postgres.hpp"

namespace postflight {

// The text libpq connects by: the target's own, plus an application name that its own overrides,
// plus what overrides its own: UTF-8, the password, and the connect timeout (whole seconds, 2 at
// least as libpq has it) unless its own is shorter. Nothing beyond what libpq knows: a pooler
// refuses the rest.
std::string connection_text(const PostgresTarget& target, std::chrono::milliseconds timeout);

// host:port/database as the target says it, without user and password, for messages.
std::string describe(const PostgresTarget& target);

// The target's passwords: its own, and those in the URL, raw and decoded. Some may be
// empty.
std::vector<std::string> secrets_of(const PostgresTarget& target);

// The target's text with every password left out, whatever it is: the same for the same place.
std::string without_passwords(const std::string& target);

// The text with the target's passwords (its own, those in the URL, raw and decoded) taken out.
std::string without_secrets(const PostgresTarget& target, std::string text);

// libpq says why it could not connect in words alone: the stable reason for them.
std::string_view connection_failure_reason(std::string_view text);

// The reason for a statement that the server refused with that SQLSTATE and those words.
std::string_view statement_failure_reason(std::string_view sqlstate, std::string_view text);

// libpq's words for bytes that no PostgreSQL sends.
bool is_nonsense(std::string_view text);

// libpq's words on one line: addresses it tried are joined by "; ", its advice is left out.
std::string connection_failure_text(std::string_view text);

}  // namespace postflight
