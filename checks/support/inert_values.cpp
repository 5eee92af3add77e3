#include "checks/support/inert_values.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <utility>

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

// The words of an action; what stands in parentheses is a word of its own, and a group of words.
class Words {
 public:
  explicit Words(std::string_view action) {
    std::vector<std::size_t> open{0};
    groups_.emplace_back();
    const auto add = [&](std::string_view text, std::size_t inside) {
      groups_[open.back()].words.push_back(words_.size());
      words_.push_back(
          {std::string(text), open.back(), groups_[open.back()].words.size() - 1, inside});
    };
    for (std::size_t at = 0; at < action.size();) {
      const char c = action[at];
      auto end = at + 1;
      if (c == '(') {
        groups_.push_back({});
        add("", groups_.size() - 1);
        groups_.back().word = words_.size() - 1;
        open.push_back(groups_.size() - 1);
      } else if (c == ')') {
        if (open.size() > 1) open.pop_back();
      } else if (c == '"') {
        end = std::min(action.find('"', at + 1), action.size() - 1) + 1;
        add(action.substr(at, end - at), 0);
      } else if (c != ' ') {
        end = std::min(action.find_first_of(" ()\"", at), action.size());
        add(action.substr(at, end - at), 0);
      }
      at = end;
    }
  }

  std::size_t size() const { return words_.size(); }
  const std::string& operator[](std::size_t index) const { return words_[index].text; }

  bool contains(std::string_view text) const {
    return std::ranges::any_of(words_, [&](const Word& word) { return word.text == text; });
  }

  // The template that is called with that word: include "name" WORD. Empty when none is.
  std::string called_with(std::size_t index) const {
    const auto name = before(index, 1), how = before(index, 2);
    if ((how != "include" && how != "template") || !name.starts_with('"')) return {};
    return unquoted(name);
  }

  // The same for (dict "key" WORD): the template, and the key.
  std::pair<std::string, std::string> called_with_map(std::size_t index) const {
    const auto& word = words_[index];
    const auto key = before(index, 1);
    const auto& group = groups_[word.group];
    if (word.group == 0 || words_[group.words.front()].text != "dict" || word.place % 2 != 0 ||
        !key.starts_with('"') || key == R"("")")
      return {};
    return {called_with(group.word), unquoted(key)};
  }

  // Calls handle(name) for each template that is called; with an empty name when no one can tell.
  template <typename Handle>
  void for_each_call(const Handle& handle) const {
    for (std::size_t index = 0; index < words_.size(); ++index) {
      const auto how = before(index, 1);
      if (how != "include" && how != "template") continue;
      if (words_[index].text.starts_with('"'))
        handle(unquoted(words_[index].text));
      else if (!is_file_of_chart(words_[index].inside))
        handle("");
    }
  }

  static std::string unquoted(std::string_view text) {
    return std::string(text.substr(1, text.size() < 2 ? 0 : text.size() - 2));
  }

 private:
  struct Word {
    std::string text;
    std::size_t group, place;  // and where in it
    std::size_t inside;        // the group that it is, or 0
  };
  struct Group {
    std::vector<std::size_t> words;
    std::size_t word = 0;  // that it is in the group around it
  };

  std::string_view before(std::size_t index, std::size_t count) const {
    const auto& word = words_[index];
    if (word.place < count) return {};
    return words_[groups_[word.group].words[word.place - count]].text;
  }

  // (print $.Template.BasePath "/secret.yaml"): a file beside this one.
  bool is_file_of_chart(std::size_t group) const {
    const auto& words = groups_[group].words;
    return group != 0 && words.size() == 3 && words_[words[0]].text == "print" &&
           words_[words[1]].text.ends_with(".Template.BasePath");
  }

  std::vector<Word> words_;
  std::vector<Group> groups_;
};

// An action in its place.
struct Step {
  Words words;
  bool only_tests = false;
  bool dot_is_changed = false;     // by a with or range around it
  std::vector<Path> wanted_empty;  // what has to be empty for this place to be rendered
};

// All that templates say of values.
class Mentions {
 public:
  void read(std::string_view text) {
    std::vector<Block> open;
    std::vector<Step>* body = &files_;
    for (const auto& action : template_actions(text)) {
      const auto word = first_word(action);
      const auto rest = std::string_view(action).substr(std::min(word.size() + 1, action.size()));
      const bool is_else = word == "else", is_else_if = is_else && rest.starts_with("if ");
      const bool is_test = word == "if" || is_else_if;
      if ((is_else || word == "end") && !open.empty()) {
        if (open.back().defines) body = &files_;
        open.pop_back();
      }
      if (word == "define" || word == "block") {
        const Words words(action);
        body = &defined_[words.size() < 2 ? "" : Words::unquoted(words[1])];
      }
      body->push_back(step_of(action, is_test, open));
      if (is_test)
        open.push_back({wanted_empty(is_else_if ? rest.substr(3) : rest), false, false});
      else if (is_else || word == "with" || word == "range" || word == "define" || word == "block")
        open.push_back(
            {{}, word == "with" || word == "range", word == "define" || word == "block"});
    }
  }

  // Of all that was read.
  void gather() {
    gather(files_);
    for (const auto& [name, body] : defined_) gather(body);
  }

  const std::vector<Mention>& all() const { return all_; }
  // Whether a template is called that is none of these, or that no one can name beforehand.
  bool calls_others() const { return calls_others_; }

 private:
  struct Block {
    std::vector<Path> wanted_empty;
    bool changes_dot = false, defines = false;
  };

  static Step step_of(const std::string& action, bool is_test, const std::vector<Block>& open) {
    Step step{Words(action), false, false, {}};
    step.only_tests = is_test && !step.words.contains(":=") && !step.words.contains("=") &&
                      !step.words.contains("include") && !step.words.contains("tpl");
    for (const auto& block : open) {
      step.wanted_empty.insert(step.wanted_empty.end(), block.wanted_empty.begin(),
                               block.wanted_empty.end());
      step.dot_is_changed = step.dot_is_changed || block.changes_dot;
    }
    return step;
  }

  void gather(const std::vector<Step>& body) {
    for (const auto& step : body) {
      step.words.for_each_call([&](const std::string& name) {
        calls_others_ = calls_others_ || name.empty() || !defined_.contains(name);
      });
      for (std::size_t index = 0; index < step.words.size(); ++index)
        for (const auto& path : values_in(step.words[index])) hand_on(step, index, path, {});
    }
  }

  // A word that is the value of `path`: it is used here, or by the template that gets it in a map.
  void hand_on(const Step& step, std::size_t word, const Path& path, std::vector<Path> wanted) {
    wanted.insert(wanted.end(), step.wanted_empty.begin(), step.wanted_empty.end());
    if (const auto [name, key] = step.words.called_with_map(word); !name.empty())
      follow(name, key, path, wanted);
    else
      all_.push_back({path, step.only_tests, std::move(wanted)});
  }

  // What that template does with the value of `path`, which is the key of the map that it gets.
  void follow(const std::string& name, const std::string& key, const Path& path,
              const std::vector<Path>& wanted) {
    constexpr std::size_t deepest = 8;
    const auto body = defined_.find(name);
    if (body == defined_.end() || following_.size() == deepest) {
      all_.push_back({path, false, wanted});
      return;
    }
    const auto here = fmt::format("{} {} {}", name, key, text_of(path));
    if (std::ranges::find(following_, here) != following_.end()) return;
    following_.push_back(here);
    for (const auto& step : body->second)
      for (std::size_t index = 0; index < step.words.size(); ++index)
        follow_word(step, index, key, path, wanted);
    following_.pop_back();
  }

  void follow_word(const Step& step, std::size_t index, const std::string& key, const Path& path,
                   const std::vector<Path>& wanted) {
    std::string_view word = step.words[index];
    if (word.starts_with("$.")) word.remove_prefix(1);
    if (word == "$" || (word == "." && !step.dot_is_changed)) {
      if (const auto name = step.words.called_with(index); !name.empty())
        follow(name, key, path, wanted);
      else
        all_.push_back({path, false, wanted});  // the map goes on as a whole
      return;
    }
    const auto fields = fields_at(word, 0);
    if (fields.empty() || fields.front() != key) return;
    auto longer = path;
    longer.insert(longer.end(), fields.begin() + 1, fields.end());
    hand_on(step, index, longer, wanted);
  }

  std::vector<Step> files_;  // outside of any define
  std::map<std::string, std::vector<Step>> defined_;
  std::vector<Mention> all_;
  std::vector<std::string> following_;  // calls that led here
  bool calls_others_ = false;
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
    mentions_.gather();
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
    if (!is_mentioned) return;
    if (mentions_.calls_others())
      found_.undecided.push_back(text_of(path));
    else
      found_.inert.push_back({text_of(path), text_of(secret) +
                                                 " is set, and the chart uses it only where that "
                                                 "is not"});
  }

  json config_, values_;
  Mentions mentions_;
  std::set<std::string> dependencies_;
  ValuesFound found_;
};

}  // namespace

ValuesFound find_inert_values(const json& release) { return InertValues(release).take(); }

}  // namespace postflight
