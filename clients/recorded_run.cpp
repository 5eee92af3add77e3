#include "clients/recorded_run.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "clients/recording_json.hpp"
#include "clients/recording_text.hpp"
#include "text/json_depth.hpp"

namespace postflight {
namespace {

using Json = nlohmann::ordered_json;
using std::chrono::milliseconds;
using std::chrono::system_clock;

constexpr const char* format_name = "postflight.recording/v1";
constexpr int deepest_index = 16;
// Time is reckoned with: nothing may come near the ends of what it can be.
constexpr std::int64_t longest = 366LL * 24 * 3600 * 1000;  // milliseconds
const system_clock::time_point latest = std::chrono::sys_days(std::chrono::year(2200) / 1 / 1);

// For the names of files: what the question is about, without its longer parts.
std::string name_of(const Question& question) {
  auto name = question.kind;
  for (const auto& field : question.fields) {
    if (field.name == "sql" || field.name == "headers" || field.name == "environment") continue;
    if (question.kind == question_kind::postgres) continue;
    if (question.kind == question_kind::http && field.name != "method" && field.name != "url")
      continue;
    for (const auto& value : field.values) name += "-" + value.substr(0, value.find('?'));
  }
  return name;
}

Json json_of(const Question& question, TextWriter& texts) {
  auto json = Json::object();
  for (const auto& field : question.fields) {
    auto values = Json::array();
    for (const auto& value : field.values)
      values.push_back(texts.write(value, name_of(question) + "-" + field.name));
    json[field.name] = values.size() == 1 ? values[0] : values;
  }
  return json;
}

Question question_of(const RecordedObject& exchange, TextReader& texts) {
  Question question{exchange.text("kind"), {}};
  const auto place = exchange.place_of("question");
  const auto& json = exchange.member("question");
  if (!json.is_object()) throw RecordingError(place + " must be an object");
  for (const auto& [name, value] : json.items()) {
    auto& field = question.fields.emplace_back(Question::Field{name, {}});
    if (!value.is_array())
      field.values.push_back(texts.read(value, place + "." + name));
    else
      for (const auto& item : value) field.values.push_back(texts.read(item, place + "." + name));
  }
  return question;
}

// The answers to one question of one check, in order; what repeats itself is written once.
Json json_of(const std::vector<const Exchange*>& answers, const std::string& name,
             TextWriter& texts) {
  auto list = Json::array();
  std::vector<std::size_t> times;
  for (const auto* exchange : answers) {
    auto json = json_of(exchange->answer, name, texts);
    if (!list.empty() && list.back() == json) {
      times.back() += exchange->times;
      continue;
    }
    list.push_back(std::move(json));
    times.push_back(exchange->times);
  }
  for (std::size_t index = 0; index < times.size(); ++index)
    if (times[index] > 1) list[index]["times"] = times[index];
  return list;
}

Json exchanges_of(const RecordedRun& run, RecordingFiles& files) {
  struct Group {
    const Exchange* first;
    std::vector<const Exchange*> answers;
  };
  std::vector<Group> groups;
  std::map<std::pair<std::string, Question>, std::size_t> places;
  for (const auto& exchange : run.exchanges) {
    const auto [place, is_new] =
        places.emplace(std::pair(exchange.asked_by, exchange.question), groups.size());
    if (is_new) groups.push_back({&exchange, {}});
    groups[place->second].answers.push_back(&exchange);
  }
  TextWriter texts(files);
  auto list = Json::array();
  for (const auto& [first, answers] : groups)
    list.push_back({{"asked_by", first->asked_by},
                    {"kind", first->question.kind},
                    {"question", json_of(first->question, texts)},
                    {"answers", json_of(answers, name_of(first->question), texts)}});
  return list;
}

Json attempts_of(const RecordedRun& run) {
  auto json = Json::object();
  for (const auto& [id, attempts] : run.attempts) {
    auto list = Json::array();
    for (const auto& attempt : attempts)
      list.push_back({{"began", recorded_time(attempt.began)},
                      {"took_ms", attempt.took ? Json(attempt.took->count()) : Json()}});
    json[id] = list;
  }
  return json;
}

system_clock::time_point moment_of(const RecordedObject& json, const char* name) {
  const auto moment = json.time(name);
  if (moment < system_clock::time_point() || moment > latest)
    json.refuse(name, "between 1970 and 2200");
  return moment;
}

void read_attempts(const RecordedObject& index, RecordedRun& run) {
  const auto attempts = index.object("attempts");
  for (const auto& [id, list] : index.member("attempts").items()) {
    if (!list.is_array()) attempts.refuse(id.c_str(), "a list");
    for (std::size_t number = 0; number < list.size(); ++number) {
      const RecordedObject json(list[number], attempts.place_of(id.c_str(), number));
      RecordedAttempt attempt{moment_of(json, "began"), {}};
      if (!json.member("took_ms").is_null()) {
        const auto took = json.integer("took_ms");
        if (took < 0 || took > longest) json.refuse("took_ms", "from 0 to a year");
        attempt.took = milliseconds(took);
      }
      json.refuse_unknown();
      run.attempts[id].push_back(attempt);
    }
  }
}

void read_options(const RecordedObject& index, RecordedRun& run) {
  const auto variables = index.object("variables");
  for (const auto& [name, value] : index.member("variables").items())
    run.variables.emplace_back(name, variables.text(name.c_str()));
  run.secret_variables = index.texts("secret_variables");
  const auto durations = index.object("durations_ms");
  for (const auto& [name, value] : index.member("durations_ms").items()) {
    const auto duration = durations.integer(name.c_str());
    if (duration < 0 || duration > longest) durations.refuse(name.c_str(), "from 0 to a year");
    run.durations[name] = milliseconds(duration);
  }
  const auto selection = index.object("selection");
  for (const auto& [name, value] : index.member("selection").items())
    run.selection[name] = selection.texts(name.c_str());
}

void read_exchanges(const RecordedObject& index, const RecordingFiles& files, RecordedRun& run) {
  constexpr std::int64_t most = 1'000'000'000;
  TextReader texts(files);
  const auto& list = index.list("exchanges");
  for (std::size_t number = 0; number < list.size(); ++number) {
    const RecordedObject json(list[number], index.place_of("exchanges", number));
    const auto asked_by = json.text("asked_by");
    const auto question = question_of(json, texts);
    const auto& answers = json.list("answers");
    for (std::size_t turn = 0; turn < answers.size(); ++turn) {
      const RecordedObject answer(answers[turn], json.place_of("answers", turn));
      const auto times = answer.has("times") ? answer.integer("times") : 1;
      if (times < 1 || times > most) answer.refuse("times", "at least 1");
      run.exchanges.push_back({asked_by, question, answer_of(answer, question.kind, texts),
                               static_cast<std::size_t>(times)});
      answer.refuse_unknown();
    }
    json.refuse_unknown();
  }
}

Json parsed_index(const RecordingFiles& files) {
  const auto file = files.find(recording_index);
  if (file == files.end())
    throw RecordingError(std::string("there is no ") + recording_index + " in it");
  if (!is_nested_at_most(file->second, deepest_index))
    throw RecordingError(std::string(recording_index) + ": this JSON is nested too deeply");
  try {
    return Json::parse(file->second);
  } catch (const Json::exception& error) {
    throw RecordingError(std::string(recording_index) + ": this is not JSON: " + error.what());
  }
}

}  // namespace

RecordingFiles write_recording(const RecordedRun& run) {
  RecordingFiles files;
  auto variables = Json::object(), durations = Json::object(), selection = Json::object();
  for (const auto& [name, value] : run.variables) variables[name] = value;
  for (const auto& [name, duration] : run.durations) durations[name] = duration.count();
  for (const auto& [name, list] : run.selection) selection[name] = list;
  const Json index = {{"format", format_name},
                      {"program", run.program},
                      {"recorded", recorded_time(run.started)},
                      {"checklist", run.checklist},
                      {"target", run.target},
                      {"variables", variables},
                      {"secret_variables", run.secret_variables},
                      {"durations_ms", durations},
                      {"selection", selection},
                      {"attempts", attempts_of(run)},
                      {"exchanges", exchanges_of(run, files)}};
  files[recording_index] = index.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
  return files;
}

RecordedRun read_recording(const RecordingFiles& files) {
  const auto json = parsed_index(files);
  const RecordedObject index(json, recording_index);
  if (const auto format = index.text("format"); format != format_name)
    throw RecordingError(std::string(recording_index) + ": the format is '" + format +
                         "', this program reads " + format_name);
  RecordedRun run;
  run.program = index.text("program");
  run.started = moment_of(index, "recorded");
  run.checklist = index.text("checklist");
  run.target = index.text("target");
  read_options(index, run);
  read_attempts(index, run);
  read_exchanges(index, files, run);
  index.refuse_unknown();
  return run;
}

}  // namespace postflight
