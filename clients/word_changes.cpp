#include <algorithm>
#include <cctype>
#include <charconv>
#include <optional>

#include "clients/text_changes.hpp"

namespace postflight {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }

// 2026-11-23T20:00:00Z, or with a blank, as databases write it.
bool is_moment(std::string_view word) {
  constexpr std::string_view form = "dddd-dd-dd?dd:dd:dd";
  if (word.size() < form.size()) return false;
  for (std::size_t index = 0; index < form.size(); ++index) {
    const char wanted = form[index];
    if (wanted == 'd' ? !is_digit(word[index]) : wanted != '?' && wanted != word[index])
      return false;
  }
  return true;
}

std::string in_another_year(std::string word, int years) {
  if (!is_moment(word)) return word;
  int year = 0;
  std::from_chars(word.data(), word.data() + 4, year);
  auto text = std::to_string(std::clamp(year + years, 1000, 9999));
  if (word.compare(5, 5, "02-29") == 0) word[9] = '8';
  return word.replace(0, 4, text);
}

std::optional<long long> whole_number(const std::string& word) {
  long long number = 0;
  const auto* end = word.data() + word.size();
  const auto [rest, error] = std::from_chars(word.data(), end, number);
  return error == std::errc{} && rest == end ? std::optional(number) : std::nullopt;
}

bool is_number(const std::string& word) {
  double number = 0;
  const auto* end = word.data() + word.size();
  const auto [rest, error] = std::from_chars(word.data(), end, number);
  return error == std::errc{} && rest == end;
}

// By one, where it is whole.
std::string one_more(const std::string& word) {
  const auto number = whole_number(word);
  return number && *number < 1'000'000'000'000 ? std::to_string(*number + 1) : word + "1";
}

std::string opposite(const std::string& word) {
  constexpr std::pair<const char*, const char*> pairs[] = {
      {"true", "false"}, {"True", "False"}, {"t", "f"}, {"Running", "Failed"}, {"yes", "no"}};
  for (const auto& [one, other] : pairs) {
    if (word == one) return other;
    if (word == other) return one;
  }
  return word;
}

std::string with_zeros(std::string word) {
  std::string text;
  for (std::size_t index = 0; index < word.size(); ++index) {
    if (!is_digit(word[index]))
      text += word[index];
    else if (index == 0 || !is_digit(word[index - 1]))
      text += '0';
  }
  return text;
}

// Every place where `word` stands by itself.
std::string with_word_replaced(std::string text, std::string_view word, std::string_view other) {
  const auto is_letter = [&](std::size_t at) {
    return at < text.size() && std::isalnum(static_cast<unsigned char>(text[at])) != 0;
  };
  for (auto at = text.find(word); at != text.npos; at = text.find(word, at + 1))
    if ((at == 0 || !is_letter(at - 1)) && !is_letter(at + word.size()))
      text.replace(at, word.size(), other);
  return text;
}

}  // namespace

std::vector<TextChange> word_changes(const std::string& word) {
  if (is_number(word))
    return {{"one more", 0, one_more},
            {"becomes 0", 0, [](const std::string&) { return std::string("0"); }},
            {"grows a lot", 0, [](const std::string&) { return std::string("1000000007"); }}};
  if (is_moment(word))
    return {{"a year earlier", 0, [](const auto& old) { return in_another_year(old, -1); }},
            {"a year later", 0, [](const auto& old) { return in_another_year(old, 1); }}};
  std::vector<TextChange> changes;
  if (opposite(word) != word) changes.push_back({"becomes its opposite", 0, opposite});
  changes.push_back({"changed", 0, [](const auto& old) { return old + "-changed"; }});
  if (std::ranges::any_of(word, is_digit))
    changes.push_back({"its numbers become 0", 1, with_zeros});
  return changes;
}

std::vector<TextChange> failing_words(const std::string& output) {
  constexpr std::pair<const char*, const char*> words[] = {{"OK", "CRITICAL"},
                                                           {"passed", "failed"}};
  std::vector<TextChange> changes;
  for (const auto& [good, bad] : words) {
    const auto change = [good = good, bad = bad](const std::string& text) {
      return with_word_replaced(text, good, bad);
    };
    if (change(output) != output)
      changes.push_back({std::string(good) + " becomes " + bad, 0, change});
  }
  return changes;
}

}  // namespace postflight
