#include "runner/redactor.hpp"

#include <algorithm>

namespace postflight {
namespace {

constexpr std::size_t shortest = 4;
constexpr std::size_t shortest_line = 8;
constexpr std::string_view replacement = "[secret]";
constexpr std::string_view blanks = " \t\r\n";

unsigned char lower(char character) {
  const auto byte = static_cast<unsigned char>(character);
  return byte >= 'A' && byte <= 'Z' ? static_cast<unsigned char>(byte + ('a' - 'A')) : byte;
}

std::string_view trimmed(std::string_view text) {
  const auto begin = text.find_first_not_of(blanks);
  if (begin == text.npos) return {};
  return text.substr(begin, text.find_last_not_of(blanks) + 1 - begin);
}

// The lines of a text of several, without the ones that frame a PEM block: those are no secret.
std::vector<std::string_view> lines_of(std::string_view text) {
  std::vector<std::string_view> lines;
  if (text.find('\n') == text.npos) return lines;
  while (!text.empty()) {
    const auto end = std::min(text.find('\n'), text.size());
    const auto line = trimmed(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
    if (line.size() >= shortest_line && !line.starts_with("-----")) lines.push_back(line);
  }
  return lines;
}

}  // namespace

void Redactor::add(std::string_view secret) {
  secret = trimmed(secret);
  if (secret.size() < shortest) return;
  const std::scoped_lock lock(mutex_);
  if (known_.contains(secret)) return;
  known_.emplace(secret);
  add_forms(secret);
  std::string joined;
  const bool is_pem = secret.starts_with("-----BEGIN");
  for (const auto line : lines_of(secret)) {
    add_forms(line);
    if (is_pem) joined += line;
  }
  add_forms(joined);
  // Forms of any case begin with either letter: they are found by the lower one.
  const auto first_byte = [](const SecretForm& form) { return lower(form.text[0]); };
  std::ranges::sort(forms_, [&](const SecretForm& one, const SecretForm& other) {
    if (first_byte(one) != first_byte(other)) return first_byte(one) < first_byte(other);
    return one.text.size() != other.text.size() ? one.text.size() > other.text.size() : one < other;
  });
  forms_.erase(std::unique(forms_.begin(), forms_.end()), forms_.end());
  for (std::size_t byte = 0; byte < begin_.size(); ++byte)
    begin_[byte] = static_cast<std::size_t>(std::ranges::lower_bound(forms_, byte, {}, first_byte) -
                                            forms_.begin());
}

void Redactor::add_forms(std::string_view secret) {
  if (secret.size() < shortest) return;
  for (auto& form : forms_of(secret))
    if (form.text.size() >= shortest) forms_.push_back(std::move(form));
}

// How much of the text's begin is a secret.
std::size_t Redactor::match_length(std::string_view text) const {
  std::size_t longest = 0;
  const auto try_forms = [&](std::size_t first_byte, std::size_t end_byte) {
    for (auto form = begin_[first_byte]; form < begin_[end_byte]; ++form)
      longest = std::max(longest, length_of(forms_[form], text));
  };
  const auto byte = lower(text[0]);
  if (std::string_view("%\\&'").find(text[0]) != std::string_view::npos) {
    try_forms(0, 256);  // an escaped character may begin here: any
  } else {
    try_forms(byte, byte + 1U);
    if (std::string_view(". \xEF").find(text[0]) != std::string_view::npos) {
      try_forms(0, 0x20);  // what excerpts replace
      try_forms(0x7F, 256);
    }
  }
  return longest;
}

std::string Redactor::redact(std::string_view text) const {
  const std::scoped_lock lock(mutex_);
  if (forms_.empty()) return std::string(text);
  std::string clean;
  for (std::size_t at = 0; at < text.size();) {
    const auto rest = text.substr(at);
    if (rest.starts_with(replacement)) {  // redacted before
      clean += replacement;
      at += replacement.size();
      continue;
    }
    auto end = at + match_length(rest);
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
