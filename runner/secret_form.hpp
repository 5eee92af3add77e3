#pragma once

#include <compare>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace postflight {

// One way to write a secret: itself, its base64 or its hexadecimal digits.
struct SecretForm {
  std::string text;           // in lower case unless `exact`
  bool exact = false;         // upper and lower case differ
  bool is_broken_up = false;  // may have line ends within, as base64 has
  auto operator<=>(const SecretForm&) const = default;
};

// All the forms of a secret. Base64 at every alignment, so that what stands before it (the user of
// Basic authentication) does not hide it.
std::vector<SecretForm> forms_of(std::string_view secret);

// How many bytes at the begin of `text` are the form, or 0. Each of its characters may be escaped
// as URLs, JSON, XML, SQL and shells do, also twice, or be made harmless as our excerpts do. What
// "..." cuts off counts when at least 4 characters of it are there.
std::size_t length_of(const SecretForm& form, std::string_view text);

}  // namespace postflight
