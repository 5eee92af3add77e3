#include "runner/redactor.hpp"

#include <algorithm>
#include <cstdint>

namespace postflight {
namespace {

constexpr std::size_t shortest = 4;
constexpr std::string_view replacement = "[secret]";
constexpr std::string_view standard_alphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr std::string_view url_alphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

// The base64 characters of `secret` when `offset` bytes stand before it, without those that also
// depend on its neighbours.
std::string base64_inside(std::string_view secret, std::size_t offset, std::string_view alphabet) {
  const auto bit_at = [&](std::size_t bit) {
    const auto byte = static_cast<unsigned char>(secret[bit / 8 - offset]);
    return static_cast<unsigned>(byte >> (7 - bit % 8)) & 1U;
  };
  const auto first = (offset * 8 + 5) / 6;
  const auto end = (offset + secret.size()) * 8 / 6;
  std::string encoded;
  for (auto character = first; character < end; ++character) {
    unsigned value = 0;
    for (std::size_t bit = 0; bit < 6; ++bit) value = value * 2 + bit_at(character * 6 + bit);
    encoded += alphabet[value];
  }
  return encoded;
}

// The same, when the secret is also the last of what was encoded: with its last bits and padding.
std::string base64_to_the_end(std::string_view secret, std::size_t offset,
                              std::string_view alphabet, bool padded) {
  const auto over = (offset + secret.size()) % 3;
  const auto filled = std::string(secret) + std::string(over == 0 ? 0 : 3 - over, '\0');
  auto encoded = base64_inside(filled, offset, alphabet);
  const auto padding = over == 0 ? 0 : 3 - over;
  encoded.resize(encoded.size() - padding);
  return padded ? encoded + std::string(padding, '=') : encoded;
}

std::string url_encoded(std::string_view secret, std::string_view digits, std::string_view plain,
                        bool plus_for_space) {
  std::string encoded;
  for (const char character : secret) {
    const auto byte = static_cast<unsigned char>(character);
    const bool letter = (byte >= 'A' && byte <= 'Z') || (byte >= 'a' && byte <= 'z') ||
                        (byte >= '0' && byte <= '9');
    if (letter || plain.find(character) != std::string_view::npos)
      encoded += character;
    else if (character == ' ' && plus_for_space)
      encoded += '+';
    else
      (((encoded += '%') += digits[byte >> 4U]) += digits[byte & 15U]);
  }
  return encoded;
}

// As JSON writers escape it; a control character the short way where there is one.
std::string json_escaped(std::string_view secret) {
  constexpr std::string_view special = "\"\\\b\f\n\r\t", letters = "\"\\bfnrt";
  std::string escaped;
  for (const char character : secret) {
    if (const auto at = special.find(character); at != std::string_view::npos)
      (escaped += '\\') += letters[at];
    else if (static_cast<unsigned char>(character) < 0x20)
      escaped += std::string("\\u00") + "01"[character >> 4] + "0123456789abcdef"[character & 15];
    else
      escaped += character;
  }
  return escaped;
}

std::vector<std::string> forms_of(std::string_view secret) {
  std::vector<std::string> forms{std::string(secret), json_escaped(secret)};
  for (const auto alphabet : {standard_alphabet, url_alphabet})
    for (const std::size_t offset : {0U, 1U, 2U}) {
      forms.push_back(base64_inside(secret, offset, alphabet));
      forms.push_back(base64_to_the_end(secret, offset, alphabet, false));
      forms.push_back(base64_to_the_end(secret, offset, alphabet, true));
    }
  for (const auto* const digits : {"0123456789ABCDEF", "0123456789abcdef"})
    for (const auto* const plain : {"-._~", "-._~/", "-._~!$&'()*+,;=", "-._*"})
      for (const bool plus_for_space : {false, true})
        forms.push_back(url_encoded(secret, digits, plain, plus_for_space));
  return forms;
}

}  // namespace

void Redactor::add(std::string_view secret) {
  if (secret.size() < shortest) return;
  auto forms = forms_of(secret);
  const std::scoped_lock lock(mutex_);
  for (auto& form : forms)
    if (form.size() >= shortest) forms_.push_back(std::move(form));
  const auto first_byte = [](const std::string& form) {
    return static_cast<unsigned char>(form[0]);
  };
  std::ranges::sort(forms_, [&](const std::string& one, const std::string& other) {
    if (first_byte(one) != first_byte(other)) return first_byte(one) < first_byte(other);
    return one.size() != other.size() ? one.size() > other.size() : one < other;
  });
  forms_.erase(std::unique(forms_.begin(), forms_.end()), forms_.end());
  for (std::size_t byte = 0; byte < begin_.size(); ++byte)
    begin_[byte] = static_cast<std::size_t>(std::ranges::lower_bound(forms_, byte, {}, first_byte) -
                                            forms_.begin());
}

// How much of the text's begin is a secret.
std::size_t Redactor::match_length(std::string_view text) const {
  const auto byte = static_cast<unsigned char>(text[0]);
  for (auto form = begin_[byte]; form < begin_[byte + 1U]; ++form)
    if (text.starts_with(forms_[form])) return forms_[form].size();
  return 0;
}

std::string Redactor::redact(std::string_view text) const {
  const std::scoped_lock lock(mutex_);
  std::string clean;
  for (std::size_t at = 0; at < text.size();) {
    auto end = at + match_length(text.substr(at));
    if (end == at) {
      clean += text[at++];
      continue;
    }
    // Secrets may overlap: what one match leaves over can be the rest of another.
    while (++at < end) end = std::max(end, at + match_length(text.substr(at)));
    clean += replacement;
  }
  return clean;
}

}  // namespace postflight
