#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>

#include "checks/support/json_reader.hpp"
#include "checks/support/pattern.hpp"
#include "checks/support/plug_in.hpp"
#include "checks/support/plug_in_ending.hpp"
#include "checks/support/text.hpp"
#include "text/json_depth.hpp"

namespace postflight {
namespace {

using nlohmann::json;

constexpr int deepest = 4;  // the document, its evidence, a fact
constexpr std::int64_t most_examined = 1'000'000'000;

// By their exit code, as monitoring plug-ins have it.
constexpr Status statuses[] = {Status::passed, Status::warned, Status::failed, Status::errored};

class OutcomeReader {
 public:
  OutcomeReader(const std::string& name, const CommandResult& result)
      : what_("the outcome that " + name + " printed"), result_(result) {}

  Outcome read() const {
    const auto document = parse();
    const JsonReader reader(document, what_);
    require_members(document, "", {"status", "summary", "examined", "evidence", "reason"});
    Outcome outcome;
    outcome.status = status_of(reader, "status");
    outcome.summary = words_of(reader, "", "summary");
    outcome.examined = examined(reader);
    outcome.evidence = evidence(document, reader);
    outcome.reason = reason(reader, outcome.status);
    require_agreement(outcome);
    return outcome;
  }

 private:
  [[noreturn]] void refuse(const std::string& why) const {
    throw CannotTell("unreadable", what_ + ": " + why + last_words(result_));
  }

  // Of a key that is there twice, readers differ in which one they take.
  json parse() const {
    if (!is_nested_at_most(result_.output, deepest)) refuse("it is nested too deeply");
    std::vector<std::set<std::string>> keys;
    std::string twice;
    const auto note = [&](int, json::parse_event_t event, const json& value) {
      if (event == json::parse_event_t::object_start) keys.emplace_back();
      if (event == json::parse_event_t::object_end) keys.pop_back();
      if (event == json::parse_event_t::key && !keys.back().insert(value).second)
        twice = value.get<std::string>();
      return true;
    };
    json document;
    try {
      document = json::parse(result_.output, note);
    } catch (const json::exception&) {  // a number beyond all bounds, too
      refuse("it is not one JSON document: " + excerpt(result_.output, 80));
    }
    if (!twice.empty()) refuse(fmt::format("the key '{}' is there twice", excerpt(twice, 40)));
    if (!document.is_object())
      refuse(fmt::format("it must be a map, not {}", document.type_name()));
    return document;
  }

  void require_members(const json& object, const std::string& place,
                       const std::set<std::string_view>& known) const {
    for (const auto& [key, value] : object.items()) {
      if (!known.contains(key)) refuse(fmt::format("{}unknown key '{}'", place, excerpt(key, 40)));
      if (value.is_null()) refuse(fmt::format("{}{} must not be null", place, key));
    }
  }

  Status status_of(const JsonReader& reader, const char* field) const {
    const auto word = reader.required_text(field);
    const auto found = std::ranges::find_if(
        statuses, [&](const Status status) { return to_string(status) == word; });
    if (found == std::end(statuses))
      refuse(fmt::format("a status is passed, warned, failed or errored, not '{}'",
                         excerpt(word, 40)));
    return *found;
  }

  std::string words_of(const JsonReader& reader, const std::string& place,
                       const char* field) const {
    auto text = reader.required_text(field);
    if (text.find_first_not_of(" \t\r\n") == std::string::npos)
      refuse(fmt::format("{}{} says nothing", place, field));
    return text;
  }

  std::size_t examined(const JsonReader& reader) const {
    const auto count = reader.integer("examined");
    if (!count) refuse("examined is missing: say how many objects were really looked at");
    if (*count < 0 || *count > most_examined)
      refuse(fmt::format("examined must be from 0 to {}", most_examined));
    return static_cast<std::size_t>(*count);
  }

  std::vector<Evidence> evidence(const json& document, const JsonReader& reader) const {
    if (!reader.has("evidence")) refuse("evidence is missing");
    std::vector<Evidence> list;
    for (const auto& fact : reader.maps("evidence")) {
      const auto place = fmt::format("evidence[{}]: ", list.size());
      require_members(document["evidence"][list.size()], place,
                      {"subject", "expected", "observed", "status"});
      list.push_back({words_of(fact, place, "subject"), words_of(fact, place, "expected"),
                      words_of(fact, place, "observed"), status_of(fact, "status")});
    }
    return list;
  }

  std::string reason(const JsonReader& reader, Status status) const {
    static const Pattern word("^[a-z0-9]+(-[a-z0-9]+)*$");
    constexpr std::size_t longest = 60;
    if (status != Status::errored) {
      if (reader.has("reason")) refuse("a reason belongs to errored only");
      return "";
    }
    auto text = reader.required_text("reason");
    if (text.size() > longest || !word.found_in(text))
      refuse("a reason is a few lower case words joined by dashes");
    return text;
  }

  void require_agreement(const Outcome& outcome) const {
    const auto said = to_string(outcome.status);
    const bool knows_nothing = outcome.status == Status::errored && outcome.evidence.empty();
    if (!knows_nothing && worst_of(outcome.evidence) != outcome.status)
      refuse(outcome.evidence.empty() ? fmt::format("it says {} without evidence", said)
                                      : fmt::format("it says {}, and its evidence {}", said,
                                                    to_string(worst_of(outcome.evidence))));
    const auto by_exit = statuses[result_.exit_code];
    if (by_exit != outcome.status)
      refuse(fmt::format("it says {}, and the exit code {} says {}", said, result_.exit_code,
                         to_string(by_exit)));
  }

  const std::string what_;
  const CommandResult& result_;
};

}  // namespace

Outcome judge_printed_outcome(const std::string& name, const CommandResult& result) {
  require_end(name, result);
  return OutcomeReader(name, result).read();
}

}  // namespace postflight
