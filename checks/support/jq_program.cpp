#include "checks/support/jq_program.hpp"

#include <fmt/format.h>

#include <time.h>

#include <algorithm>
#include <string_view>
#include <thread>
#include <utility>

#include "checks/support/jq_held.hpp"

namespace postflight {
namespace {

// Before every expression, on one line: what it may use beside jq's own, and what is taken away
// because it would be something else than the input.
constexpr std::string_view prelude =
    R"(.[0] as $__which | .[1] as $__now | .[2] | )"
    R"(def now: $__now; )"
    // Of jq 1.6 error(null) is the same as empty.
    R"(def __raise(f): error(f); def error(f): __raise(f | if . == null then "null" else . end); def error: error(.); )"
    R"(def __no($what): error($what + " is not there: an expression sees its input and nothing else"); )"
    R"(def env: __no("env"); def input: __no("input"); def inputs: __no("inputs"); )"
    R"(def halt: __no("halt"); def halt_error: __no("halt_error"); def halt_error(f): __no("halt_error"); )"
    R"(def debug: __no("debug"); def debug(f): __no("debug"); def stderr: __no("stderr"); )"
    R"(def input_filename: __no("input_filename"); def input_line_number: __no("input_line_number"); )"
    R"(def seconds_since(f): f as $t | if $t == null then null )"
    R"(elif $t[19:] == "Z" or ($t[19:20] == "." and $t[-1:] == "Z") then $__now - ($t[0:19] + "Z" | fromdateiso8601) )"
    R"(else error("\($t) is no time in UTC, as the API writes it") end; )"
    R"(def age: seconds_since(.metadata.creationTimestamp); )"
    R"(def condition($type): (.status.conditions // [])[] | select(.type == $type); )"
    R"(def quantity: if type == "number" then . elif type != "string" then error("it is no quantity") else )"
    R"((capture("^(?<n>[+-]?[0-9.]+)(?<e>[eE][+-]?[0-9]+)?(?<u>[numkKMGTPE]?i?)$") // error("it is no quantity: " + .)) as $q | )"
    R"(($q.n + ($q.e // "") | tonumber) * ({"": 1, "n": 1e-9, "u": 1e-6, "m": 0.001, "k": 1000, "M": 1e6, "G": 1e9, "T": 1e12, "P": 1e15, "E": 1e18, )"
    R"("Ki": 1024, "Mi": 1048576, "Gi": 1073741824, "Ti": 1099511627776, "Pi": 1125899906842624, "Ei": 1152921504606846976}[$q.u] // error("it is no quantity: " + .)) end; )";

// Chooses among the parts first .. end-1 by $__which, halving.
void add_choice(std::string& text, const std::vector<std::string>& parts, std::size_t first,
                std::size_t end) {
  if (end - first == 1) {
    text += parts[first];
    return;
  }
  const auto middle = first + (end - first) / 2;
  text += fmt::format("(if $__which < {} then ", middle);
  add_choice(text, parts, first, middle);
  text += " else ";
  add_choice(text, parts, middle, end);
  text += " end)";
}

std::string name_of(std::size_t expression) { return fmt::format("__expression{}", expression); }

// Yields an array of the outputs for each of its expressions, in their order.
std::string text_of(const JqProgramQuestion& question) {
  std::string all, none;
  for (const auto expression : question.then) {
    all += fmt::format("{}[{}]", all.empty() ? "" : ", ", name_of(expression));
    none += fmt::format("{}null", none.empty() ? "" : ", ");
  }
  if (!question.where) return all;
  if (question.then.empty()) return fmt::format("[{}]", name_of(*question.where));
  return fmt::format("([{}] as $__is | $__is, (if $__is == [false] then {} else {} end))",
                     name_of(*question.where), none, all);
}

// The input is [which part, now, the object]: the lists first, then the expressions.
std::string program_text(const JqProgram::Parts& parts) {
  std::string text(prelude);
  for (std::size_t at = 0; at < parts.expressions.size(); ++at)
    text += fmt::format("def {}: (\n{}\n);", name_of(at), parts.expressions[at]);
  std::vector<std::string> choices;
  for (const auto& list : parts.lists) {
    std::string answers;
    for (const auto& question : list)
      answers += fmt::format("{}{}", answers.empty() ? "" : ", ", text_of(question));
    choices.push_back(fmt::format("[{}]", answers));
  }
  for (std::size_t at = 0; at < parts.expressions.size(); ++at) choices.push_back(name_of(at));
  add_choice(text, choices, 0, choices.size());
  return text;
}

// Of the processor, by this thread.
std::chrono::nanoseconds time_spent() {
  timespec spent{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &spent);
  return std::chrono::seconds(spent.tv_sec) + std::chrono::nanoseconds(spent.tv_nsec);
}

int most_machines() {
  return std::clamp(static_cast<int>(std::thread::hardware_concurrency()), 1, 8);
}

JqOutput output_of(jv value) {
  switch (jv_get_kind(value)) {
    case JV_KIND_TRUE:
      return {false, "true"};
    case JV_KIND_FALSE:
      return {false, "false"};
    case JV_KIND_STRING:
      return {true, jq_text_and_free(value)};
    default:
      return {false, jq_text_and_free(value)};
  }
}

// Of an array of outputs; nothing for what is no array. Frees it.
std::optional<std::vector<JqOutput>> outputs_of(jv answer) {
  std::optional<std::vector<JqOutput>> outputs;
  if (jv_get_kind(answer) == JV_KIND_ARRAY) {
    outputs.emplace();
    const int count = jv_array_length(jv_copy(answer));
    for (int at = 0; at < count; ++at)
      outputs->push_back(output_of(jv_array_get(jv_copy(answer), at)));
  }
  jv_free(answer);
  return outputs;
}

}  // namespace

JqProgram::Compiled JqProgram::compile(Parts parts) {
  auto text = program_text(parts);
  const auto began = time_spent();
  auto compiled = JqMachine::compile(text);
  if (compiled.machine == nullptr) return {nullptr, std::move(compiled.error)};
  const auto took = time_spent() - began;
  return {std::shared_ptr<JqProgram>(
              new JqProgram(parts, std::move(text), std::move(compiled.machine), took)),
          {}};
}

JqProgram::JqProgram(const Parts& parts, std::string text, std::unique_ptr<JqMachine> first,
                     Duration took)
    : text_(std::move(text)),
      patience_(4 * took),
      lists_(parts.lists.size()),
      places_(parts.expressions.size()) {
  idle_.push_back(std::move(first));
  for (std::size_t list = 0; list < parts.lists.size(); ++list) {
    auto& together = together_.emplace_back();
    together.list = list;
    std::vector<std::string> texts;
    const auto add = [&](std::size_t expression) {
      places_[expression] = {&together, texts.size(), together.fields};
      texts.push_back(parts.expressions[expression]);
    };
    for (const auto& question : parts.lists[list]) {
      if (question.where) add(*question.where);
      for (const auto expression : question.then) add(expression);
    }
    together.alike = std::make_unique<JqAlike>(std::move(texts), compile_together, took);
  }
  for (std::size_t at = 0; at < places_.size(); ++at) {
    auto& place = places_[at];
    if (place.list == nullptr) {
      const auto fields = std::make_shared<JqFields>();
      fields->add_read_by(parts.expressions[at]);
      place.fields = fields;
    } else {
      place.list->fields->add_read_by(parts.expressions[at]);
    }
  }
}

// A thread that finds the machine taken waits for it: another one is made when all that waiting has
// taken several times as long as making it does, and there is a processor for it. Until then the
// processors have other work, as a rule: pages to fetch and to parse.
std::unique_ptr<JqMachine> JqProgram::take(std::chrono::steady_clock::time_point deadline) {
  std::unique_lock lock(mutex_);
  while (idle_.empty()) {
    const auto began = std::chrono::steady_clock::now();
    if (waited_ >= patience_ && made_ < most_machines()) {
      ++made_;
      waited_ = {};
      lock.unlock();
      auto another = JqMachine::compile(text_);
      if (another.machine == nullptr) throw JqError(false, another.error);
      return std::move(another.machine);
    }
    if (began >= deadline)
      throw JqError(true, "other expressions took all the time that there was");
    const auto until =
        made_ < most_machines() ? std::min(deadline, began + (patience_ - waited_)) : deadline;
    is_idle_.wait_until(lock, until, [&] { return !idle_.empty(); });
    waited_ += std::chrono::steady_clock::now() - began;
  }
  auto machine = std::move(idle_.back());
  idle_.pop_back();
  return machine;
}

void JqProgram::give_back(std::unique_ptr<JqMachine> machine) {
  {
    const std::lock_guard lock(mutex_);
    idle_.push_back(std::move(machine));
  }
  is_idle_.notify_one();
}

JqMachine::Ending JqProgram::run(std::size_t which, const std::shared_ptr<const JqFields>& fields,
                                 const JqValue& input, const JqLimits& limits,
                                 const std::function<void(jv)>& output) {
  auto machine = take(limits.deadline);
  const auto now = std::chrono::duration<double>(limits.now.time_since_epoch()).count();
  auto call = jv_array_append(jv_array_sized(3), jv_number(static_cast<double>(which)));
  call = jv_array_append(call, jv_number(now));
  call = jv_array_append(call, input.held().value(fields));
  auto ending = machine->run(call, limits.deadline, output);
  give_back(std::move(machine));
  return ending;
}

std::optional<JqAnswers> JqProgram::ask_together(Together& list, const JqValue& input,
                                                 const JqLimits& limits) {
  if (list.is_off) return std::nullopt;
  JqAnswers all;
  const auto ending = run(list.list, list.fields, input, limits, [&](jv answers) {
    const int count = jv_array_length(jv_copy(answers));
    all.resize(static_cast<std::size_t>(count));
    for (int at = 0; at < count; ++at)
      all[static_cast<std::size_t>(at)] = outputs_of(jv_array_get(jv_copy(answers), at));
    jv_free(answers);
  });
  ++list.calls;
  if (!ending.was_cut && ending.error.empty()) return all;
  // One of them fails, and each is asked by itself then: where that comes often, at once.
  constexpr unsigned few = 8;
  const auto failures = ++list.failures;
  if (ending.was_cut || (failures > few && failures * 2 > list.calls)) list.is_off = true;
  return std::nullopt;
}

// A program of expressions that are asked together about the objects of one list.
JqAlike::Ask JqProgram::compile_together(const std::vector<std::string>& expressions) {
  Parts parts{expressions, {{{}}}};
  for (std::size_t at = 0; at < expressions.size(); ++at)
    parts.lists.front().front().then.push_back(at);
  auto program = compile(std::move(parts)).program;
  if (program == nullptr) return {};
  return [program](const JqValue& object, const JqLimits& limits) {
    return program->ask_together(program->together_.front(), object, limits);
  };
}

std::vector<JqOutput> JqProgram::evaluate(std::size_t expression, const JqValue& input,
                                          const JqLimits& limits) {
  const auto& place = places_[expression];
  if (place.list != nullptr) {
    const auto& held = input.held();
    // Told for what they are once they are there: before, they are another list's, and asking may
    // throw.
    if (held.likened_for != place.fields) {
      held.likewise = place.list->alike->answers_to(input, limits);
      held.likened_for = place.fields;
    }
    if (held.likewise != nullptr && (*held.likewise)[place.at]) return *(*held.likewise)[place.at];
    if (held.answered_for != place.fields) {
      const auto began = time_spent();
      held.answers = ask_together(*place.list, input, limits).value_or(JqAnswers());
      held.answered_for = place.fields;
      place.list->alike->note(input, held.answers, time_spent() - began);
    }
    if (place.at < held.answers.size() && held.answers[place.at]) return *held.answers[place.at];
  }
  std::vector<JqOutput> outputs;
  const auto ending = run(lists_ + expression, place.fields, input, limits,
                          [&](jv value) { outputs.push_back(output_of(value)); });
  if (ending.was_cut) throw JqError(true, "the expression took too long, or too much memory");
  if (!ending.error.empty()) throw JqError(false, ending.error);
  return outputs;
}

}  // namespace postflight
