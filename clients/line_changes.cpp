#include <algorithm>
#include <cctype>
#include <map>
#include <nlohmann/json.hpp>

#include "clients/text_changes.hpp"
#include "text/json_depth.hpp"

namespace postflight {
namespace {

using nlohmann::json;

constexpr std::size_t most_sorts = 60;    // of lines of one text
constexpr std::size_t most_numbers = 40;  // of one output that are changed one by one
constexpr std::size_t many = 1000;        // lines, where a number of lines may count

std::vector<std::string> split(const std::string& text) {
  std::vector<std::string> lines;
  for (std::size_t begin = 0; begin < text.size();) {
    const auto end = std::min(text.find('\n', begin), text.size());
    lines.push_back(text.substr(begin, end - begin));
    begin = end + 1;
  }
  return lines;
}

std::string join(const std::vector<std::string>& lines) {
  std::string text;
  for (const auto& line : lines) text += line + "\n";
  return text;
}

// Where a line begins behind its timestamp.
std::size_t begin_of(std::string_view line, Lines form) {
  return form == Lines::of_log ? std::min(line.find(' ') + 1, line.size()) : 0;
}

json object_in(std::string_view line) {
  const auto brace = line.find('{');
  if (brace == std::string_view::npos || !is_nested_at_most(line.substr(brace), deepest_answer))
    return {};
  auto value = json::parse(line.substr(brace), nullptr, false);
  return value.is_object() ? value : json();
}

// Words with a digit in them, and all numbers, are alike.
std::string without_numbers(std::string_view line) {
  std::string sort, word;
  bool has_digit = false;
  const auto end_word = [&] {
    sort += has_digit ? "#" : word;
    word.clear();
    has_digit = false;
  };
  for (const char c : line) {
    const auto letter = static_cast<unsigned char>(c);
    if (std::isalnum(letter) != 0 || c == '-' || c == '_') {
      word += c;
      has_digit = has_digit || std::isdigit(letter) != 0;
    } else {
      end_word();
      sort += c;
    }
  }
  end_word();
  return sort;
}

// A JSON line is told by its message, or else by its fields.
std::string sort_of(std::string_view line) {
  const auto object = object_in(line);
  if (object.is_null()) return without_numbers(line);
  for (const auto* key : {"event", "msg", "message", "@message"})
    if (const auto text = object.find(key); text != object.end() && text->is_string())
      return without_numbers(text->get_ref<const std::string&>());
  std::string sort;
  for (const auto& [key, value] : object.items()) sort += key + " ";
  return sort;
}

std::string shown(const std::string& sort) {
  return "'" + (sort.size() > 60 ? sort.substr(0, 60) + "..." : sort) + "'";
}

using LineEdit = std::function<void(std::vector<std::string>&)>;

TextChange change_lines(std::string what, int rank, LineEdit edit) {
  return {std::move(what), rank, [edit = std::move(edit)](const std::string& text) {
            auto lines = split(text);
            edit(lines);
            return join(lines);
          }};
}

// Does it to every line of that sort, behind its timestamp.
TextChange change_sort(std::string what, int rank, const std::string& sort, Lines form,
                       std::function<std::string(std::string)> edit) {
  return change_lines(std::move(what), rank,
                      [sort, form, edit = std::move(edit)](std::vector<std::string>& lines) {
                        for (auto& line : lines) {
                          const auto begin = begin_of(line, form);
                          auto rest = line.substr(begin);
                          if (sort_of(rest) == sort) line = line.substr(0, begin) + edit(rest);
                        }
                      });
}

void add_json_changes(const std::string& sort, const std::string& sample, Lines form,
                      std::vector<TextChange>& changes) {
  const auto brace = sample.find('{');
  for (const auto& change : json_changes(sample.substr(std::min(brace, sample.size()))))
    changes.push_back(change_sort("lines like " + shown(sort) + ": " + change.what, change.rank + 1,
                                  sort, form, [apply = change.apply](std::string line) {
                                    const auto begin = line.find('{');
                                    return object_in(line).is_null()
                                               ? line
                                               : line.substr(0, begin) + apply(line.substr(begin));
                                  }));
}

// Lines of the sorts that a text has, each with the first of them.
std::map<std::string, std::string> sorts_in(const std::vector<std::string>& lines, Lines form) {
  std::map<std::string, std::string> sorts;
  for (const auto& line : lines) {
    if (sorts.size() == most_sorts) break;
    const auto rest = line.substr(begin_of(line, form));
    sorts.emplace(sort_of(rest), rest);
  }
  return sorts;
}

void add_removals(const std::map<std::string, std::string>& sorts, std::size_t lines, Lines form,
                  std::vector<TextChange>& changes) {
  using List = std::vector<std::string>;
  changes.push_back(change_lines("every line dropped", 0, [](List& all) { all.clear(); }));
  if (lines > 1) {
    changes.push_back(change_lines("the first half dropped", 0, [](List& all) {
      all.erase(all.begin(), all.begin() + static_cast<std::ptrdiff_t>(all.size() / 2));
    }));
    changes.push_back(
        change_lines("the last half dropped", 0, [](List& all) { all.resize(all.size() / 2); }));
  }
  for (const auto& [sort, sample] : sorts)
    changes.push_back(
        change_lines("lines like " + shown(sort) + " dropped", 0, [sort = sort, form](List& all) {
          std::erase_if(all, [&](const std::string& line) {
            return sort_of(line.substr(begin_of(line, form))) == sort;
          });
        }));
}

// Behind the last line, at its time.
void add_plants(const std::vector<Plant>& plants, bool is_empty, Lines form,
                std::vector<TextChange>& changes) {
  std::vector<Plant> all;
  for (const auto& plant : plants)
    if (!plant.is_name) all.push_back(plant);
  for (const auto* text :
       {"panic: runtime error: changed failed", "level=error msg=\"no space left on device\""})
    all.push_back({"an error", text});
  for (const auto& plant : all)
    if (!is_empty || form == Lines::of_output)
      changes.push_back(change_lines(
          "one more line: " + plant.about, 0, [plant, form](std::vector<std::string>& lines) {
            const auto last = lines.empty() ? "" : lines.back();
            lines.push_back(last.substr(0, begin_of(last, form)) + plant.text);
          }));
  if (form == Lines::of_log) return;
  // A * in a name stands for anything.
  for (const auto& plant : plants)
    if (plant.is_name)
      changes.push_back(change_lines(
          "a thousand more lines: " + plant.about, 1, [plant](std::vector<std::string>& lines) {
            for (std::size_t number = 0; number < many; ++number) {
              auto line = plant.text;
              if (const auto star = line.find('*'); star != std::string::npos)
                line.replace(star, 1, std::to_string(number));
              lines.push_back(std::move(line));
            }
          }));
}

// Begin and length of each number that stands by itself.
std::vector<std::pair<std::size_t, std::size_t>> numbers_in(const std::string& text) {
  std::vector<std::pair<std::size_t, std::size_t>> numbers;
  const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
  for (std::size_t at = 0; at < text.size();) {
    if (!is_digit(text[at])) {
      ++at;
      continue;
    }
    auto end = at;
    while (end < text.size() && is_digit(text[end])) ++end;
    numbers.emplace_back(at, end - at);
    at = end;
  }
  return numbers;
}

void add_number_changes(const std::string& text, std::vector<TextChange>& changes) {
  const auto count = std::min(numbers_in(text).size(), most_numbers);
  const auto replace = [](std::size_t index, const std::string& with) {
    return [index, with](const std::string& old) {
      const auto numbers = numbers_in(old);
      return index < numbers.size()
                 ? std::string(old).replace(numbers[index].first, numbers[index].second, with)
                 : old;
    };
  };
  for (std::size_t index = 0; index < count; ++index) {
    const auto which = "number " + std::to_string(index + 1);
    changes.push_back({which + " becomes 0", 1, replace(index, "0")});
    changes.push_back({which + " becomes 99", 1, replace(index, "99")});
    changes.push_back({which + " grows a lot", 1, replace(index, "1000000007")});
  }
}

}  // namespace

std::vector<TextChange> line_changes(const std::string& text, Lines form,
                                     const std::vector<Plant>& plants) {
  const auto lines = split(text);
  const auto sorts = sorts_in(lines, form);
  std::vector<TextChange> changes;
  if (!lines.empty()) add_removals(sorts, lines.size(), form, changes);
  add_plants(plants, lines.empty(), form, changes);
  bool any_json = false;
  for (const auto& [sort, sample] : sorts)
    if (!object_in(sample).is_null()) {
      add_json_changes(sort, sample, form, changes);
      any_json = true;
    }
  if (form == Lines::of_output && !any_json) add_number_changes(text, changes);
  return changes;
}

}  // namespace postflight
