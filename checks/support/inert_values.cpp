#include "checks/support/inert_values.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>

#include "checks/support/text.hpp"
#include "text/go_template.hpp"

namespace postflight {
namespace {

using nlohmann::json;
using Path = std::vector<std::string>;

std::string text_of(const Path& path) { return fmt::format("{}", fmt::join(path, ".")); }

Path below(Path path, const std::string& key) {
  path.push_back(key);
  return path;
}

bool begins_with(const Path& path, const Path& beginning) {
  return path.size() >= beginning.size() &&
         std::equal(beginning.begin(), beginning.end(), path.begin());
}

const json* find(const json& map, const std::string& key) {
  if (!map.is_object()) return nullptr;
  const auto found = map.find(key);
  return found == map.end() || found->is_null() ? nullptr : &*found;
}

const json* find(const json& map, const Path& path) {
  const json* value = &map;
  for (const auto& key : path)
    if (value = find(*value, key); value == nullptr) return nullptr;
  return value;
}

bool is_word(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

// The keys behind .Values or another field, at `at`: ".server.image" gives two.
Path fields_at(std::string_view text, std::size_t at) {
  Path path;
  while (at + 1 < text.size() && text[at] == '.' && is_word(text[at + 1])) {
    auto end = at + 1;
    while (end < text.size() && is_word(text[end])) ++end;
    path.emplace_back(text.substr(at + 1, end - at - 1));
    at = end;
  }
  return path;
}

std::vector<Path> values_in(std::string_view action) {
  constexpr std::string_view values = ".Values";
  std::vector<Path> paths;
  for (auto at = action.find(values); at != action.npos; at = action.find(values, at)) {
    at += values.size();
    if (at == action.size() || !is_word(action[at])) paths.push_back(fields_at(action, at));
  }
  if (action.find(R"("Values")") != action.npos) paths.emplace_back();  // looked up by its name
  return paths;
}

bool contains_word(std::string_view action, std::string_view word) {
  for (auto at = action.find(word); at != action.npos; at = action.find(word, at + 1))
    if ((at == 0 || !is_word(action[at - 1])) &&
        (at + word.size() == action.size() || !is_word(action[at + word.size()])))
      return true;
  return false;
}

std::string_view first_word(std::string_view action) { return action.substr(0, action.find(' ')); }

// The values that have to be empty for what is behind `if condition` to be there: those of
// "not .Values.a" and of "and X (not .Values.a)".
std::vector<Path> wanted_empty(std::string_view condition) {
  constexpr std::string_view negation = "not ";
  const bool is_and = condition.starts_with("and ");
  if ((!is_and && !condition.starts_with(negation)) || condition.find('|') != condition.npos)
    return {};
  std::vector<Path> paths;
  int depth = 0;
  for (std::size_t at = 0; at < condition.size(); ++at) {
    if (condition[at] == '(') ++depth;
    if (condition[at] == ')') --depth;
    if (depth != (is_and ? 1 : 0) || !condition.substr(at).starts_with(negation)) continue;
    if (at != 0 && condition[at - 1] != '(') continue;
    const auto operand = condition.substr(at + negation.size());
    const auto end = std::min(operand.find_first_of(" )"), operand.size());
    const auto behind = is_and ? operand.substr(end, 1) : operand.substr(end);
    const auto named = values_in(operand.substr(0, end));
    if (named.size() == 1 && !named.front().empty() && (behind.empty() || behind == ")"))
      paths.push_back(named.front());
  }
  return paths;
}

// One place in a template that names a value.
struct Mention {
  Path path;
  bool only_tests = false;         // whether it is empty: hands no key of a map on
  std::vector<Path> wanted_empty;  // what has to be empty for this place to be rendered
};

// All that templates say of values.
class Mentions {
 public:
  void read(std::string_view text) {
    blocks_.clear();
    for (const auto& action : template_actions(text)) read_action(action);
  }

  const std::vector<Mention>& all() const { return all_; }
  // Whether a template is called that is none of these, or that no one can name beforehand.
  bool calls_others() const {
    return calls_any_ ||
           !std::includes(defined_.begin(), defined_.end(), called_.begin(), called_.end());
  }

 private:
  void read_action(std::string_view action) {
    const auto word = first_word(action);
    const auto rest = action.substr(std::min(word.size() + 1, action.size()));
    const bool is_else = word == "else";
    const auto condition = is_else && rest.starts_with("if ") ? rest.substr(3) : rest;
    const bool is_test = word == "if" || (is_else && rest.starts_with("if "));
    if ((is_else || word == "end") && !blocks_.empty()) blocks_.pop_back();
    mention(action, is_test);
    note_calls(action);
    if (word == "if" || is_else)
      blocks_.push_back(is_test ? wanted_empty(condition) : std::vector<Path>());
    else if (word == "with" || word == "range" || word == "define" || word == "block")
      blocks_.emplace_back();
  }

  void mention(std::string_view action, bool is_test) {
    const bool only_tests = is_test && action.find(":=") == action.npos &&
                            !contains_word(action, "include") && !contains_word(action, "tpl");
    std::vector<Path> wanted;
    for (const auto& block : blocks_) wanted.insert(wanted.end(), block.begin(), block.end());
    for (auto& path : values_in(action)) all_.push_back({std::move(path), only_tests, wanted});
  }

  void note_calls(std::string_view action) {
    for (const std::string_view word : {"include", "template", "define", "block"})
      for (auto at = action.find(word); at != action.npos; at = action.find(word, at + 1)) {
        if ((at > 0 && is_word(action[at - 1])) || at + word.size() >= action.size() ||
            action[at + word.size()] != ' ')
          continue;
        const auto argument = action.substr(at + word.size() + 1);
        const bool defines = word == "define" || word == "block";
        if (argument.starts_with('"'))
          (defines ? defined_ : called_).emplace(argument.substr(1, argument.find('"', 1) - 1));
        else if (!is_file_of_chart(argument))
          calls_any_ = true;
      }
  }

  // (print $.Template.BasePath "/secret.yaml"): a file beside this one.
  static bool is_file_of_chart(std::string_view argument) {
    return argument.starts_with("(print ") &&
           argument.substr(0, argument.find(')')).find(".Template.BasePath") != argument.npos;
  }

  std::vector<Mention> all_;
  std::vector<std::vector<Path>> blocks_;  // of what is open: what it wants empty
  std::set<std::string, std::less<>> defined_, called_;
  bool calls_any_ = false;
};

void read_actions(const json& text, Mentions& mentions) {
  if (text.is_string()) mentions.read(text.get_ref<const std::string&>());
}

// Values may be templates themselves, for tpl.
void read_templates_in(const json& value, Mentions& mentions) {
  if (value.is_structured())
    for (const auto& inner : value) read_templates_in(inner, mentions);
  read_actions(value, mentions);
}

bool is_set(const json* value) {
  if (value == nullptr) return false;
  if (value->is_string()) return !value->get_ref<const std::string&>().empty();
  if (value->is_boolean()) return value->get<bool>();
  return value->is_number() ? *value != 0 : !value->empty();
}

class InertValues {
 public:
  explicit InertValues(const json& release) {
    if (const auto* config = find(release, "config")) config_ = *config;
    if (const auto* values = find(release, Path{"chart", "values"})) values_ = *values;
    for (const auto* list : {"templates", "files"})
      if (const auto* files = find(release, Path{"chart", list}))
        for (const auto& file : *files)
          if (const auto* actions = find(file, "actions")) read_actions(*actions, mentions_);
    read_templates_in(values_, mentions_);
    read_templates_in(config_, mentions_);
    if (const auto* all = find(release, Path{"chart", "metadata", "dependencies"}))
      for (const auto& one : *all)
        for (const auto* key : {"name", "alias"})
          if (const auto* name = find(one, key); name != nullptr && name->is_string())
            dependencies_.insert(name->get<std::string>());
    if (!config_.is_object()) return;
    walk(config_, &values_, {});
    find_secrets(config_, {});
  }

  ValuesFound take() { return std::move(found_); }

 private:
  // What stands in `config` against what the chart has there; nullptr: takes anything.
  void walk(const json& config, const json* values, const Path& path) {
    for (const auto& [key, value] : config.items()) {
      if (value.is_null()) continue;
      const auto here = below(path, key);
      const auto* known = values == nullptr ? nullptr : find(*values, key);
      const bool is_known = values == nullptr || (values->is_object() && values->contains(key));
      if (!is_known) judge_unknown(here, value);
      if (value.is_object() && !value.empty())
        walk(
            value,
            is_known && known != nullptr && known->is_object() && !known->empty() ? known : nullptr,
            here);
      else
        ++found_.set;
    }
  }

  void judge_unknown(const Path& path, const json& value) {
    const bool may_be_a_switch = path.back() == "enabled" || find(value, "enabled") != nullptr;
    const bool is_of_others = dependencies_.contains(path.front()) || path.front() == "tags" ||
                              (path.front() == "global" && !dependencies_.empty());
    const bool is_mentioned = std::ranges::any_of(
        mentions_.all(), [&](const Mention& mention) { return may_hand_on(mention, path); });
    if (is_exactly_mentioned(path)) return;
    if (may_be_a_switch || is_of_others || is_mentioned || mentions_.calls_others())
      found_.undecided.push_back(text_of(path));
    else
      found_.inert.push_back(
          {text_of(path), "neither the values of the chart nor its templates know it"});
  }

  bool is_exactly_mentioned(const Path& path) const {
    return std::ranges::any_of(
        mentions_.all(), [&](const Mention& mention) { return begins_with(mention.path, path); });
  }

  // Whether the value of that path may go where this place hands a value on.
  static bool may_hand_on(const Mention& mention, const Path& path) {
    return begins_with(mention.path, path) ||
           (begins_with(path, mention.path) && !mention.only_tests);
  }

  void find_secrets(const json& config, const Path& path) {
    for (const auto& [key, value] : config.items()) {
      if (!value.is_object() && !value.is_string()) continue;
      if (const auto named = name_of_secret(key, value))
        judge_beside(config, path, key, join(path, *named));
      if (value.is_object()) find_secrets(value, below(path, key));
    }
  }

  static Path join(Path path, const Path& more) {
    path.insert(path.end(), more.begin(), more.end());
    return path;
  }

  // existingSecret: NAME, or existingSecret: {secretName: NAME}
  static std::optional<Path> name_of_secret(const std::string& key, const json& value) {
    if (!key.starts_with("existing") || key.find("Secret") == key.npos) return std::nullopt;
    if (value.is_string()) return is_set(&value) ? std::optional(Path{key}) : std::nullopt;
    for (const auto* inner : {"secretName", "name"})
      if (const auto* name = find(value, inner); is_set(name)) return Path{key, inner};
    return std::nullopt;
  }

  void judge_beside(const json& config, const Path& path, const std::string& key_of_secret,
                    const Path& secret) {
    if (!path.empty() && dependencies_.contains(path.front())) return;
    for (const auto& [key, value] : config.items())
      if (key != key_of_secret) judge_switched_off(value, below(path, key), secret);
  }

  void judge_switched_off(const json& value, const Path& path, const Path& secret) {
    if (value.is_object())
      for (const auto& [key, inner] : value.items())
        judge_switched_off(inner, below(path, key), secret);
    if (value.is_null() || (value.is_object() && !value.empty())) return;
    bool is_mentioned = false;
    for (const auto& mention : mentions_.all()) {
      if (!may_hand_on(mention, path)) continue;
      is_mentioned = true;
      if (std::ranges::find(mention.wanted_empty, secret) == mention.wanted_empty.end()) return;
    }
    if (!is_mentioned || mentions_.calls_others()) return;
    found_.inert.push_back(
        {text_of(path), text_of(secret) + " is set, and the chart uses it only where that is not"});
  }

  json config_, values_;
  Mentions mentions_;
  std::set<std::string> dependencies_;
  ValuesFound found_;
};

}  // namespace

ValuesFound find_inert_values(const json& release) { return InertValues(release).take(); }

}  // namespace postflight
