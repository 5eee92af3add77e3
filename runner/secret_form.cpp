#include "runner/secret_form.hpp"

#include <algorithm>
#include <optional>
#include <set>
#include <utility>

namespace postflight {
namespace {

constexpr std::string_view standard_alphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr std::string_view url_alphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
constexpr std::string_view cut = "...";
constexpr std::size_t least_cut_off = 4;
constexpr std::size_t longest_escape = 10;
// Of an escape: one that was escaped twice again has 8. A server may send megabytes of them.
constexpr std::size_t most_backslashes = 32;

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

char lower(char character) {
  return character >= 'A' && character <= 'Z' ? static_cast<char>(character + ('a' - 'A'))
                                              : character;
}

std::string lower_case(std::string_view text) {
  std::string letters(text);
  std::ranges::transform(letters, letters.begin(), lower);
  return letters;
}

std::string hexadecimal(std::string_view secret) {
  constexpr std::string_view digits = "0123456789abcdef";
  std::string text;
  for (const char character : secret) {
    const auto byte = static_cast<unsigned char>(character);
    (text += digits[byte >> 4U]) += digits[byte & 15U];
  }
  return text;
}

// A number in `text`; nothing when a digit is missing or none of that base.
std::optional<unsigned> number(std::string_view text, unsigned base) {
  unsigned value = 0;
  for (const char character : text) {
    const auto letter = lower(character);
    const auto digit = letter >= '0' && letter <= '9'   ? static_cast<unsigned>(letter - '0')
                       : letter >= 'a' && letter <= 'f' ? static_cast<unsigned>(letter - 'a') + 10
                                                        : 99U;
    if (digit >= base || value > 0xFFFFFF) return std::nullopt;
    value = value * base + digit;
  }
  return text.empty() ? std::nullopt : std::optional(value);
}

// Where a character can be spelled otherwise than by itself, or something vanishes.
bool begins_spelling(char first) {
  return std::string_view("%\\&'+. \x1b\r\n\xEF").find(first) != std::string_view::npos;
}

// At most `most` of them.
std::size_t run_of_backslashes(std::string_view text, std::size_t most) {
  return std::min({text.substr(0, most).find_first_not_of('\\'), text.size(), most});
}

struct Character {
  unsigned code = 0;
  std::size_t length = 1;  // bytes in UTF-8
};

// Lenient: what is no UTF-8 is a character of one byte.
Character character_at(std::string_view text) {
  const auto byte = [&](std::size_t at) { return static_cast<unsigned char>(text[at]); };
  const auto lead = byte(0);
  const std::size_t length = lead < 0xC2 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
  if (length == 1 || length > text.size()) return {lead, 1};
  unsigned code = lead & (0xFFU >> (length + 1));
  for (std::size_t at = 1; at < length; ++at) code = code << 6U | (byte(at) & 0x3FU);
  return {code, length};
}

// Walks over a form and a text that may spell it. A text can be read in more than one way ("\\" is
// one backslash or two), so all the places that a reading has reached are kept.
class Walk {
 public:
  Walk(const SecretForm& form, std::string_view text) : form_(form), text_(text) {}

  std::size_t length() {
    reach(0, 0);
    for (std::size_t next = 0; next < places_.size(); ++next) {
      const auto [in_form, in_text] = places_[next];
      if (in_form == form_.text.size()) {
        longest_ = std::max(longest_, in_text);
        continue;
      }
      if (in_form >= least_cut_off)
        if (const auto end = cut_at(in_text)) longest_ = std::max(longest_, *end);
      if (in_text < text_.size()) step(in_form, in_text);
    }
    return longest_;
  }

 private:
  void reach(std::size_t in_form, std::size_t in_text) {
    if (reached_.emplace(in_form, in_text).second) places_.emplace_back(in_form, in_text);
  }

  // Where the text is cut off there, or in an escape that begins there.
  std::optional<std::size_t> cut_at(std::size_t at) const {
    const auto rest = text_.substr(at, longest_escape + cut.size());
    if (rest.starts_with(cut)) return at;
    if (rest.empty() || (rest[0] != '%' && rest[0] != '\\' && rest[0] != '&')) return std::nullopt;
    const auto behind = rest.find(cut);
    return behind == rest.npos ? std::nullopt : std::optional(at + behind);
  }

  void step(std::size_t in_form, std::size_t at) {
    const char wanted = form_.text[in_form], seen = text_[at];
    if (seen != '\\' && (form_.exact ? seen : lower(seen)) == wanted) reach(in_form + 1, at + 1);
    if (!begins_spelling(seen)) return;
    in_form_ = in_form;
    at_ = at;
    wanted_ = character_at(std::string_view(form_.text).substr(in_form));
    step_over_replaced();
    if (seen == '%') step_over_percent();
    if (seen == '\\') step_over_backslashes();
    if (seen == '&') step_over_entity();
    if (seen == '\'' && wanted == '\'')
      for (const std::string_view quoted : {"''", R"('\'')", R"('"'"')"})
        if (rest().starts_with(quoted)) found(1, quoted.size());
    skip_what_vanishes();
  }

  std::string_view rest(std::size_t ahead = 0) const {
    return at_ + ahead >= text_.size() ? std::string_view() : text_.substr(at_ + ahead);
  }
  void found(std::size_t of_form, std::size_t of_text) { reach(in_form_ + of_form, at_ + of_text); }
  void found_if_code(std::optional<unsigned> code, std::size_t of_text) {
    if (code && (*code == wanted_.code || (*code < 0x80 && is_same_byte(*code))))
      found(*code < 0x80 ? 1 : wanted_.length, of_text);
  }
  void found_if_byte(std::optional<unsigned> byte, std::size_t of_text) {
    if (byte && is_same_byte(*byte)) found(1, of_text);
  }
  bool is_same_byte(unsigned byte) const {
    const auto character = static_cast<char>(byte);
    return (form_.exact ? character : lower(character)) == form_.text[in_form_];
  }

  // Excerpts show a blank, a dot or U+FFFD for what is not fit to show.
  void step_over_replaced() {
    const auto wanted = static_cast<unsigned char>(form_.text[in_form_]);
    const bool control = wanted < 0x20 || wanted == 0x7F;
    const char seen = text_[at_];
    if (control && (seen == ' ' || seen == '.')) found(1, 1);
    if (wanted >= 0x80 && seen == '.') found(1, 1);
    if (wanted >= 0x80 && rest().starts_with("\xEF\xBF\xBD")) found(1, 3);
    if (wanted == ' ' && seen == '+') found(1, 1);
    if (wanted == '\n' && rest().starts_with("\r\n")) found(1, 2);
  }

  void step_over_percent() {
    // %2F, and %252F where it was encoded twice.
    std::size_t begin = 1;
    for (int twice = 0; twice < 3; ++twice, begin += 2) {
      if (rest(begin).size() < 2) return;
      found_if_byte(number(rest(begin).substr(0, 2), 16), begin + 2);
      if (!rest(begin).starts_with("25")) return;
    }
  }

  void step_over_backslashes() {
    // All that follow each other at once, written the same way: the readings stay few.
    const auto form = std::string_view(form_.text).substr(in_form_);
    const auto wanted = run_of_backslashes(form, form.size());
    const auto run = run_of_backslashes(rest(), std::max(most_backslashes, 8 * wanted));
    for (std::size_t each = 1; wanted > 0 && each <= 8 && each * wanted <= run; each *= 2)
      found(wanted, each * wanted);
    const auto behind = rest(run);
    if (behind.empty()) return;
    constexpr std::string_view letters = "nrtbf", controls = "\n\r\t\b\f";
    if (const auto letter = letters.find(behind[0]); letter != letters.npos)
      found_if_byte(static_cast<unsigned char>(controls[letter]), run + 1);
    const auto plain = static_cast<unsigned char>(behind[0]);
    if (plain < 0x80 && lower(behind[0]) == behind[0] && (plain < 'a' || plain > 'z'))
      found_if_byte(plain, run + 1);  // \" and \/, and \$ as shells have it
    if (behind[0] == 'x' && behind.size() >= 3)
      found_if_byte(number(behind.substr(1, 2), 16), run + 3);
    if (behind.size() >= 3) found_if_byte(number(behind.substr(0, 3), 8), run + 3);
    if (behind[0] == 'u' && behind.size() >= 5) step_over_unicode(behind, run);
  }

  void step_over_unicode(std::string_view behind, std::size_t run) {
    const auto code = number(behind.substr(1, 4), 16);
    if (!code || *code < 0xD800 || *code > 0xDBFF) return found_if_code(code, run + 5);
    auto second = behind.substr(5);
    if (second.size() < run + 5 || second[run] != 'u') return;
    const auto low = number(second.substr(run + 1, 4), 16);
    if (low && *low >= 0xDC00)
      found_if_code(0x10000 + ((*code - 0xD800) << 10U) + (*low - 0xDC00), 2 * (run + 5));
  }

  void step_over_entity() {
    std::size_t begin = 1;  // behind &, also where it was escaped twice: &amp;lt;
    for (;; begin += 4) {
      const auto name = rest(begin).substr(0, longest_escape);
      const auto end = name.find(';');
      if (end == name.npos) return;
      constexpr std::pair<std::string_view, char> names[] = {
          {"amp", '&'}, {"lt", '<'}, {"gt", '>'}, {"quot", '"'}, {"apos", '\''}};
      for (const auto& [known, character] : names)
        if (name.substr(0, end) == known)
          found_if_byte(static_cast<unsigned char>(character), begin + end + 1);
      if (name.starts_with("#x") || name.starts_with("#X"))
        found_if_code(number(name.substr(2, end - 2), 16), begin + end + 1);
      else if (name.starts_with("#"))
        found_if_code(number(name.substr(1, end - 1), 10), begin + end + 1);
      if (!name.starts_with("amp;")) return;
    }
  }

  // Colour codes are dropped from reports; base64 is wrapped into lines.
  void skip_what_vanishes() {
    if (in_form_ == 0) return;
    if (rest().starts_with("\x1b[")) {
      const auto end = rest().find_first_not_of("0123456789;:", 2);
      if (end != rest().npos && rest()[end] == 'm') found(0, end + 1);
    }
    if (!form_.is_broken_up) return;
    if (const char seen = text_[at_]; seen == ' ' || seen == '\n' || seen == '\r') found(0, 1);
    for (const std::string_view end : {"\\n", "\\r", "\\\\n"})
      if (rest().starts_with(end)) found(0, end.size());
  }

  const SecretForm& form_;
  const std::string_view text_;
  std::vector<std::pair<std::size_t, std::size_t>> places_;  // in the form, in the text
  std::set<std::pair<std::size_t, std::size_t>> reached_;    // the same, to find them
  std::size_t longest_ = 0;
  std::size_t in_form_ = 0, at_ = 0;
  Character wanted_;
};

}  // namespace

std::vector<SecretForm> forms_of(std::string_view secret) {
  std::vector<SecretForm> forms{{lower_case(secret)}, {hexadecimal(secret)}};
  for (const auto alphabet : {standard_alphabet, url_alphabet})
    for (const std::size_t offset : {0U, 1U, 2U}) {
      forms.push_back({base64_inside(secret, offset, alphabet), true, true});
      forms.push_back({base64_to_the_end(secret, offset, alphabet, false), true, true});
      forms.push_back({base64_to_the_end(secret, offset, alphabet, true), true, true});
    }
  return forms;
}

std::size_t length_of(const SecretForm& form, std::string_view text) {
  // Most texts differ at once: no walk is needed to see that.
  if (const char seen = text[0]; !begins_spelling(seen)) {
    const auto same = [&](char one, char wanted) {
      return (form.exact ? one : lower(one)) == wanted;
    };
    if (!same(seen, form.text[0])) return 0;
    if (text.size() > 1 && form.text.size() > 1 && !begins_spelling(text[1]) &&
        !same(text[1], form.text[1]))
      return 0;
  }
  // Nor is one where more backslashes stand than any escape has.
  if (run_of_backslashes(text, most_backslashes) == most_backslashes &&
      form.text.find('\\') == form.text.npos)
    return 0;
  return Walk(form, text).length();
}

}  // namespace postflight
