#include "runner/checklist_entry.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "runner/suggest.hpp"

namespace postflight {
namespace {

constexpr std::chrono::milliseconds usual_pause = std::chrono::seconds(5);      // of wait
constexpr std::chrono::milliseconds usual_sampling = std::chrono::seconds(15);  // of hold

// A map of which the keys are known: hands out their values and reports what has the wrong shape.
class Fields {
 public:
  Fields(const Value& map, std::string_view what, std::vector<std::string_view> keys,
         std::vector<Mistake>& mistakes)
      : map_(map), mistakes_(mistakes) {
    for (const auto& member : map.members)
      if (std::ranges::find(keys, member.key) == keys.end())
        wrong(member.where, fmt::format("unknown key '{}' of {}{}", member.key, what,
                                        did_you_mean(member.key, keys)));
  }

  const Value* find(std::string_view key) const { return map_.find(key); }

  void wrong(const Position& where, std::string what) const {
    mistakes_.push_back({where, std::move(what)});
  }

  // Empty when it is not there, or reported.
  std::string text(std::string_view key) const {
    const auto* value = map_.find(key);
    if (value == nullptr) return {};
    if (value->type == Value::Type::scalar) return value->text;
    wrong(value->where, fmt::format("'{}' must be one value", key));
    return {};
  }

  std::string required_text(std::string_view key) const {
    const auto* value = map_.find(key);
    if (value == nullptr || value->type == Value::Type::null ||
        (value->type == Value::Type::scalar && value->text.empty()))
      wrong(value == nullptr ? map_.where : value->where, fmt::format("'{}' is missing", key));
    else
      return text(key);
    return {};
  }

  // Each with its place; one value stands for a list of one.
  std::vector<std::pair<std::string, Position>> texts(std::string_view key) const {
    const auto* value = map_.find(key);
    std::vector<std::pair<std::string, Position>> list;
    if (value == nullptr || value->type == Value::Type::null) return list;
    const auto add = [&](const Value& item) {
      if (item.type == Value::Type::scalar && !item.text.empty())
        list.emplace_back(item.text, item.where);
      else
        wrong(item.where, fmt::format("'{}' must hold words", key));
    };
    if (value->type == Value::Type::list)
      for (const auto& item : value->items) add(item);
    else
      add(*value);
    return list;
  }

  bool flag(std::string_view key) const {
    const auto* value = map_.find(key);
    if (value == nullptr) return false;
    if (value->text != "true" && value->text != "false")
      wrong(value->where, fmt::format("'{}' must be true or false", key));
    return value->text == "true";
  }

  // More than nothing; `usual` when it is not there, or reported.
  std::chrono::milliseconds duration(std::string_view key, std::chrono::milliseconds usual) const {
    const auto* value = map_.find(key);
    if (value == nullptr) return usual;
    const auto read = parse_duration(value->text);
    if (read && read->count() > 0) return *read;
    wrong(value->where,
          fmt::format("'{}' must be a duration above zero, such as 30s, 5m or 28d{}", key,
                      value->text.empty() ? "" : fmt::format(", not '{}'", value->text)));
    return usual;
  }

 private:
  const Value& map_;
  std::vector<Mistake>& mistakes_;
};

bool is_map(const Value& value, std::string_view key, const Fields& fields) {
  if (value.type == Value::Type::map) return true;
  fields.wrong(value.where, fmt::format("'{}' must be a map", key));
  return false;
}

bool is_id(std::string_view text) {
  const auto is_letter_or_digit = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
  };
  return !text.empty() && is_letter_or_digit(text[0]) && std::ranges::all_of(text, [&](char c) {
    return is_letter_or_digit(c) || c == '-' || c == '_' || c == '.';
  });
}

std::optional<std::chrono::year_month_day> parse_day(std::string_view text) {
  if (text.size() != 10 || text[4] != '-' || text[7] != '-') return std::nullopt;
  const auto number = [&](std::size_t from, std::size_t length) {
    int value = -1;
    const auto* end = text.data() + from + length;
    return std::from_chars(text.data() + from, end, value).ptr == end ? value : -1;
  };
  const auto year = number(0, 4), month = number(5, 2), day = number(8, 2);
  if (year < 0 || month < 0 || day < 0) return std::nullopt;
  const std::chrono::year_month_day date{std::chrono::year(year),
                                         std::chrono::month(static_cast<unsigned>(month)),
                                         std::chrono::day(static_cast<unsigned>(day))};
  return date.ok() ? std::optional(date) : std::nullopt;
}

struct Repetition {
  std::chrono::milliseconds length{0}, every{0};
};

// {for, every} of `wait` and `hold`. `about` is what the length means.
Repetition read_repetition(const Value& value, std::string_view key, std::string_view about,
                           std::chrono::milliseconds usual, const Fields& entry,
                           std::vector<Mistake>& mistakes) {
  if (!is_map(value, key, entry)) return {};
  const Fields fields(value, fmt::format("'{}'", key), {"for", "every"}, mistakes);
  if (value.find("for") == nullptr) {
    fields.wrong(value.where, fmt::format("'for' is missing: {}", about));
    return {};
  }
  Repetition read;
  read.length = fields.duration("for", usual);
  read.every = fields.duration("every", std::min(usual, read.length));
  if (const auto* every = value.find("every"); every != nullptr && read.every > read.length)
    fields.wrong(every->where,
                 fmt::format("'every' ({}) is longer than 'for' ({})", format_duration(read.every),
                             format_duration(read.length)));
  return read;
}

void read_repetitions(const Value& value, const Fields& fields, ChecklistEntry& entry,
                      std::vector<Mistake>& mistakes) {
  if (const auto* wait = value.find("wait")) {
    const auto read = read_repetition(*wait, "wait", "how long to wait, such as 2m", usual_pause,
                                      fields, mistakes);
    entry.wait = {read.length, read.every};
  }
  if (const auto* hold = value.find("hold")) {
    const auto read = read_repetition(*hold, "hold", "how long it must stay true, such as 10m",
                                      usual_sampling, fields, mistakes);
    entry.hold = {read.length, read.every};
  }
}

std::optional<Waiver> read_waiver(const Value& value, const Fields& entry,
                                  std::vector<Mistake>& mistakes) {
  if (!is_map(value, "waive", entry)) return std::nullopt;
  const Fields fields(value, "'waive'", {"reason", "until"}, mistakes);
  Waiver waiver;
  waiver.reason = fields.required_text("reason");
  const auto until = fields.required_text("until");
  if (until.empty()) return std::nullopt;
  const auto day = parse_day(until);
  if (!day) {
    fields.wrong(value.find("until")->where,
                 fmt::format("'until' must be a day, YYYY-MM-DD, not '{}'", until));
    return std::nullopt;
  }
  waiver.until = *day;
  return waiver;
}

const CheckKind* read_kind(const std::string& name, const Position& where,
                           const ChecklistSources& sources, std::vector<Mistake>& mistakes) {
  const auto* kind = sources.find_kind ? sources.find_kind(name) : nullptr;
  if (kind != nullptr) return kind;
  const auto near = sources.suggest_kind ? sources.suggest_kind(name) : std::string();
  mistakes.push_back({where, fmt::format("there is no kind '{}'{}", name,
                                         near.empty() ? "" : "; did you mean '" + near + "'?")});
  return nullptr;
}

// The kind sees only settings of the declared shape, so that it can read them without care.
std::shared_ptr<const Check> build(const CheckKind& kind, const Value& with,
                                   std::vector<Mistake>& mistakes) {
  std::vector<Mistake> wrong;
  validate_settings(kind.settings, with, wrong);
  std::shared_ptr<const Check> check;
  if (wrong.empty()) {
    try {
      check = kind.create(Settings(kind.settings, with, wrong));
    } catch (const std::exception& e) {
      wrong.push_back({with.where, fmt::format("these settings could not be read: {}", e.what())});
    }
    if (check == nullptr && wrong.empty())
      wrong.push_back({with.where, "the kind made no check of these settings"});
  }
  mistakes.insert(mistakes.end(), wrong.begin(), wrong.end());
  return check;
}

void read_words(const Fields& fields, ChecklistEntry& entry, const std::string& checklist_name) {
  entry.id = fields.required_text("id");
  if (!entry.id.empty() && !is_id(entry.id))
    fields.wrong(fields.find("id")->where,
                 fmt::format("'{}' cannot be an id: a letter or digit, then letters, digits, '-', "
                             "'_' and '.'",
                             entry.id));
  entry.title = fields.required_text("title");
  entry.section = fields.text("section");
  if (entry.section.empty()) entry.section = checklist_name;
  entry.hint = fields.text("hint");
  entry.page = fields.text("page");
  for (auto& [tag, where] : fields.texts("tags")) entry.tags.push_back(tag);
  for (auto& [need, where] : fields.texts("needs")) {
    if (need == entry.id) fields.wrong(where, fmt::format("'{}' needs itself", need));
    entry.needs.push_back(need);
    entry.need_places.push_back(where);
  }
  if (const auto* severity = fields.find("severity")) {
    if (severity->text != "blocking" && severity->text != "advisory")
      fields.wrong(severity->where, "'severity' must be blocking or advisory");
    if (severity->text == "advisory") entry.severity = Severity::advisory;
  }
}

}  // namespace

ChecklistEntry read_entry(const Value& value, const std::string& checklist_name,
                          const ChecklistSources& sources, std::vector<Mistake>& mistakes) {
  ChecklistEntry entry;
  entry.where = value.where;
  if (value.type != Value::Type::map) {
    mistakes.push_back({value.where, "a check must be a map with id, title and kind"});
    return entry;
  }
  const Fields fields(value, "a check",
                      {"id", "title", "kind", "with", "needs", "tags", "severity", "timeout",
                       "wait", "hold", "waive", "allow-empty", "when", "section", "hint", "page"},
                      mistakes);
  read_words(fields, entry, checklist_name);
  entry.timeout = fields.duration("timeout", entry.timeout);
  entry.allow_empty = fields.flag("allow-empty");
  if (const auto* when = fields.find("when")) {
    if (when->text != "installed") fields.wrong(when->where, "'when' must be installed");
    entry.when_installed = when->text == "installed";
  }
  read_repetitions(value, fields, entry, mistakes);
  if (const auto* waive = value.find("waive")) entry.waiver = read_waiver(*waive, fields, mistakes);

  const auto kind = fields.required_text("kind");
  if (kind.empty()) return entry;
  if (entry.page.empty()) entry.page = "docs/kinds/" + kind + ".md";
  entry.kind = read_kind(kind, value.find("kind")->where, sources, mistakes);
  if (entry.kind == nullptr) return entry;
  entry.settings.where = value.where;
  if (const auto* with = value.find("with")) entry.settings = *with;
  entry.check = build(*entry.kind, entry.settings, mistakes);
  return entry;
}

}  // namespace postflight
