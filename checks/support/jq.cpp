#include "checks/support/jq.hpp"

#include <fmt/format.h>
#include <simdjson.h>
#include <unistd.h>

#include <algorithm>
#include <bit>
#include <condition_variable>
#include <cstdio>
#include <future>
#include <map>
#include <mutex>
#include <set>
#include <thread>
#include <unordered_map>
#include <utility>

#include "checks/support/jq_syntax.hpp"
#include "checks/support/json_document.hpp"
#include "runner/check.hpp"

extern "C" {
#include <jq.h>
#include <jv.h>
}

namespace postflight {

struct JqValue::Held {
  explicit Held(jv taken) : value(taken) {}
  ~Held() { jv_free(value); }
  Held(const Held&) = delete;
  Held& operator=(const Held&) = delete;
  jv value;
};

namespace {

namespace dom = simdjson::dom;

// What wrote which field: the API server's bookkeeping, a third of an object. Nobody judges it, and
// kubectl does not show it either.
constexpr std::string_view bookkeeping = "managedFields";

jv string_of(std::string_view text) {
  return jv_string_sized(text.data(), static_cast<int>(text.size()));
}

// The keys of objects, each made once: the same few come again in every object, and jq keeps the
// hash of a string with it. Of one thread, as all values are.
class Keys {
 public:
  Keys() = default;
  ~Keys() {
    for (const auto& [text, key] : known_) jv_free(key);
  }
  Keys(const Keys&) = delete;
  Keys& operator=(const Keys&) = delete;

  jv get(std::string_view text) {
    if (const auto found = known_.find(text); found != known_.end()) return jv_copy(found->second);
    auto key = string_of(text);
    if (known_.size() >= most) return key;
    // The view is of the string that jq holds, which stays where it is.
    known_.emplace(std::string_view(jv_string_value(key), text.size()), jv_copy(key));
    return key;
  }

 private:
  static constexpr std::size_t most = 1024;  // labels and annotations may be called anything
  std::unordered_map<std::string_view, jv> known_;
};

jv value_of(const dom::element& element, Keys& keys) {
  switch (element.type()) {
    case dom::element_type::OBJECT: {
      auto object = jv_object();
      for (const auto [key, value] : dom::object(element))
        if (key != bookkeeping)
          object = jv_object_set(object, keys.get(key), value_of(value, keys));
      return object;
    }
    case dom::element_type::ARRAY: {
      const dom::array list(element);
      auto array = jv_array_sized(static_cast<int>(list.size()));
      for (const auto value : list) array = jv_array_append(array, value_of(value, keys));
      return array;
    }
    case dom::element_type::STRING:
      return string_of(element);
    case dom::element_type::INT64:
      return jv_number(static_cast<double>(std::int64_t(element)));
    case dom::element_type::UINT64:
      return jv_number(static_cast<double>(std::uint64_t(element)));
    case dom::element_type::DOUBLE:
      return jv_number(double(element));
    case dom::element_type::BOOL:
      return jv_bool(bool(element) ? 1 : 0);
    case dom::element_type::NULL_VALUE:
      return jv_null();
  }
  return jv_null();
}

// Before every expression, on one line: what it may use beside jq's own, and what is taken away
// because it would be something else than the input.
constexpr std::string_view prelude =
    R"(.[0] as $__which | .[1] as $__now | .[2] | )"
    R"(def now: $__now; )"
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

constexpr auto longest_evaluation = std::chrono::seconds(5);
constexpr std::size_t most_memory = 512u << 20;  // that one evaluation may add, bytes

std::size_t resident_bytes() {
  std::size_t pages = 0;
  if (auto* file = std::fopen("/proc/self/statm", "r")) {
    if (std::fscanf(file, "%*u %zu", &pages) != 1) pages = 0;
    std::fclose(file);
  }
  return pages * static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
}

// A compiled program, used by one thread at a time, and what a watcher needs to cut it off.
struct Machine {
  explicit Machine(jq_state* made) : state(made) {}
  ~Machine() { jq_teardown(&state); }
  Machine(const Machine&) = delete;
  Machine& operator=(const Machine&) = delete;

  jq_state* state;
  std::mutex mutex;
  bool busy = false, cut = false;
  std::chrono::steady_clock::time_point end_by;
  std::optional<std::size_t> memory_before;  // set when it was first seen at work
};

// Ends what works for too long. jq_next looks at what jq_halt sets before every instruction.
class Watch {
 public:
  static Watch& instance() {
    static Watch watch;
    return watch;
  }

  void add(Machine* machine) {
    const std::lock_guard lock(mutex_);
    machines_.insert(machine);
    if (!thread_.joinable())
      thread_ = std::jthread([this](const std::stop_token& stop) { run(stop); });
  }
  void remove(Machine* machine) {
    const std::lock_guard lock(mutex_);
    machines_.erase(machine);
  }

 private:
  void run(const std::stop_token& stop) {
    std::unique_lock lock(mutex_);
    while (!stop.stop_requested()) {
      wakes_.wait_for(lock, stop, std::chrono::milliseconds(25), [] { return false; });
      for (auto* machine : machines_) look_at(*machine);
    }
  }

  static void look_at(Machine& machine) {
    const std::lock_guard lock(machine.mutex);
    if (!machine.busy || machine.cut) return;
    const auto memory = resident_bytes();
    if (!machine.memory_before) machine.memory_before = memory;
    if (std::chrono::steady_clock::now() < machine.end_by &&
        memory < *machine.memory_before + most_memory)
      return;
    machine.cut = true;
    jq_halt(machine.state, jv_null(), jv_null());
  }

  std::mutex mutex_;
  std::condition_variable_any wakes_;
  std::set<Machine*> machines_;
  std::jthread thread_;
};

// Marks a machine as at work for as long as it lives.
class AtWork {
 public:
  AtWork(Machine& machine, std::chrono::steady_clock::time_point deadline) : machine_(machine) {
    const std::lock_guard lock(machine.mutex);
    machine.busy = true;
    machine.cut = false;
    machine.memory_before.reset();
    machine.end_by = std::min(deadline, std::chrono::steady_clock::now() + longest_evaluation);
  }
  ~AtWork() {
    const std::lock_guard lock(machine_.mutex);
    machine_.busy = false;
  }
  AtWork(const AtWork&) = delete;
  AtWork& operator=(const AtWork&) = delete;

  bool was_cut() const {
    const std::lock_guard lock(machine_.mutex);
    return machine_.cut;
  }

 private:
  Machine& machine_;
};

std::string text_and_free(jv value) {
  auto string = jv_get_kind(value) == JV_KIND_STRING ? value : jv_dump_string(value, 0);
  std::string text(jv_string_value(string),
                   static_cast<std::size_t>(jv_string_length_bytes(jv_copy(string))));
  jv_free(string);
  return text;
}

JqOutput output_of(jv value) {
  const bool is_text = jv_get_kind(value) == JV_KIND_STRING;
  return {is_text, text_and_free(value)};
}

using Duration = std::chrono::steady_clock::duration;

struct Compiled {
  jq_state* state = nullptr;  // nullptr when it is not right
  std::string error;          // jq's first words about it
};

Compiled compile_text(const std::string& text) {
  Compiled compiled;
  compiled.state = jq_init();
  if (compiled.state == nullptr) throw std::bad_alloc();
  const auto keep = [](void* error, jv message) {
    auto& first = *static_cast<std::string*>(error);
    auto said = text_and_free(message);
    if (first.empty()) first = std::move(said);
  };
  jq_set_error_cb(compiled.state, keep, &compiled.error);
  if (jq_compile(compiled.state, text.c_str()) != 0) {
    jq_set_error_cb(
        compiled.state, [](void*, jv message) { jv_free(message); }, nullptr);
    return compiled;
  }
  jq_teardown(&compiled.state);
  compiled.state = nullptr;
  if (compiled.error.empty()) compiled.error = "it cannot be compiled";
  return compiled;
}

// Chooses among the expressions first .. end-1 by $__which, halving.
void add_choice(std::string& text, const std::vector<std::string>& expressions, std::size_t first,
                std::size_t end) {
  if (end - first == 1) {
    text += "(\n" + expressions[first] + "\n)";
    return;
  }
  const auto middle = first + (end - first) / 2;
  text += fmt::format("(if $__which < {} then ", middle);
  add_choice(text, expressions, first, middle);
  text += " else ";
  add_choice(text, expressions, middle, end);
  text += " end)";
}

std::string program_text(const std::vector<std::string>& expressions) {
  std::string text(prelude);
  add_choice(text, expressions, 0, expressions.size());
  return text;
}

int processors() { return std::max(1, static_cast<int>(std::thread::hardware_concurrency())); }

// Among how many programs expressions are shared out. Compiling takes some 30 ms for any program,
// and then more with each expression that is in it already.
std::size_t programs_for(std::size_t expressions) {
  return std::min<std::size_t>(expressions / 8 + 1, std::min(processors(), 4));
}

// "jq: error: syntax error, unexpected '|' (Unix shell quoting issues?) at <top-level>, line 2:..."
Mistake mistake_of(const std::string& said, const Position& where) {
  auto what = said.substr(0, said.find('\n'));
  for (const std::string_view noise :
       {"jq: error: ", "jq: error ", " (Unix shell quoting issues?)", " at <top-level>"})
    if (const auto at = what.find(noise); at != std::string::npos) what.erase(at, noise.size());
  int line = 0;
  if (const auto at = what.rfind(", line "); at != std::string::npos) {
    line = std::atoi(what.c_str() + at + 7) - 1;  // the first line is ours
    what.erase(at);
  }
  return {where, fmt::format("the jq expression is wrong{}: {}",
                             line > 0 ? fmt::format(" in its line {}", line) : "", what)};
}

}  // namespace

JqValue::JqValue(const ListItem& item) {
  thread_local Keys keys;
  const auto place = item.as<JsonDocument>().root().place();
  held_ = std::make_shared<const Held>(value_of(std::bit_cast<dom::element>(place), keys));
}

// The expressions that were compiled together. A thread that finds the machine taken waits for it:
// another one is made when all that waiting has cost as much as making it does, and there is a
// processor for it.
class JqProgram {
 public:
  // `took` is how long `first` took to compile.
  JqProgram(const std::vector<std::string>& expressions, jq_state* first, Duration took)
      : text_(program_text(expressions)), took_(took) {
    give_back(own(first));
  }
  ~JqProgram() {
    for (const auto& machine : idle_) Watch::instance().remove(machine.get());
  }
  JqProgram(const JqProgram&) = delete;
  JqProgram& operator=(const JqProgram&) = delete;

  std::vector<JqOutput> evaluate(std::size_t which, const JqValue& input, const JqLimits& limits) {
    auto machine = take(limits.deadline);
    std::vector<JqOutput> outputs;
    std::string error;
    bool was_cut = false;
    {
      const AtWork at_work(*machine, limits.deadline);
      const auto now = std::chrono::duration<double>(limits.now.time_since_epoch()).count();
      auto call = jv_array_append(jv_array(), jv_number(static_cast<double>(which)));
      call = jv_array_append(call, jv_number(now));
      call = jv_array_append(call, jv_copy(input.held().value));
      jq_start(machine->state, call, 0);
      for (;;) {
        auto value = jq_next(machine->state);
        if (jv_is_valid(value)) {
          outputs.push_back(output_of(value));
          continue;
        }
        const bool has_error = jv_invalid_has_msg(jv_copy(value)) != 0;
        if (has_error)
          error = text_and_free(jv_invalid_get_msg(value));
        else
          jv_free(value);
        if (has_error && error.empty()) error = "it failed";
        break;
      }
      was_cut = at_work.was_cut();
    }
    // What ended by itself has let go of the value; a value belongs to the thread that made it.
    if (was_cut || !error.empty()) jq_start(machine->state, jv_null(), 0);
    give_back(std::move(machine));
    if (was_cut) throw JqError(true, "the expression took too long, or too much memory");
    if (!error.empty()) throw JqError(false, error);
    return outputs;
  }

 private:
  std::unique_ptr<Machine> own(jq_state* state) {
    auto machine = std::make_unique<Machine>(state);
    Watch::instance().add(machine.get());
    return machine;
  }

  std::unique_ptr<Machine> take(std::chrono::steady_clock::time_point deadline) {
    std::unique_lock lock(mutex_);
    while (idle_.empty()) {
      const auto began = std::chrono::steady_clock::now();
      if (waited_ >= took_ && made_ < most_machines()) {
        ++made_;
        waited_ = {};
        lock.unlock();
        return another();
      }
      if (began >= deadline)
        throw JqError(true, "other expressions took all the time that there was");
      const auto until =
          made_ < most_machines() ? std::min(deadline, began + (took_ - waited_)) : deadline;
      is_idle_.wait_until(lock, until, [&] { return !idle_.empty(); });
      waited_ += std::chrono::steady_clock::now() - began;
    }
    auto machine = std::move(idle_.back());
    idle_.pop_back();
    return machine;
  }

  std::unique_ptr<Machine> another() {
    auto compiled = compile_text(text_);
    if (compiled.state == nullptr) throw JqError(false, compiled.error);
    return own(compiled.state);
  }

  void give_back(std::unique_ptr<Machine> machine) {
    {
      const std::lock_guard lock(mutex_);
      idle_.push_back(std::move(machine));
    }
    is_idle_.notify_one();
  }

  static int most_machines() { return std::min(processors(), 8); }

  const std::string text_;
  const Duration took_;
  std::mutex mutex_;
  std::condition_variable is_idle_;
  int made_ = 1;
  Duration waited_{};  // of all threads, since the last machine was made
  std::vector<std::unique_ptr<Machine>> idle_;
};

struct JqExpression::Shared {
  std::string text;
  Position where;
  JqText read;
  std::mutex mutex;
  std::shared_ptr<JqProgram> program;
  std::size_t which = 0;
};

JqExpression::JqExpression(std::string text, Position where) : shared_(std::make_shared<Shared>()) {
  shared_->read = read_jq_text(text);
  shared_->text = std::move(text);
  shared_->where = std::move(where);
}

const std::string& JqExpression::text() const { return shared_->text; }

std::vector<Mistake> JqExpression::compile(const std::vector<JqExpression>& expressions) {
  std::map<std::size_t, Mistake> mistakes;  // by the expression's place in the list
  std::vector<std::vector<std::size_t>> programs(programs_for(expressions.size()));
  std::size_t sound = 0;
  for (std::size_t at = 0; at < expressions.size(); ++at) {
    const auto& of = *expressions[at].shared_;
    if (of.read.error.empty())
      programs[sound++ % programs.size()].push_back(at);
    else
      mistakes.emplace(
          at, Mistake{of.where, fmt::format("the jq expression is wrong in its line {}: {}",
                                            of.read.error_line, of.read.error)});
  }
  std::vector<std::future<std::string>> errors;
  for (const auto& places : programs)
    errors.push_back(std::async(std::launch::async | std::launch::deferred, [&] {
      std::vector<JqExpression> together;
      for (const auto at : places) together.push_back(expressions[at]);
      return compile_together(together);
    }));
  for (std::size_t program = 0; program < programs.size(); ++program) {
    const auto error = errors[program].get();
    if (error.empty()) continue;
    for (const auto at : programs[program]) {
      const auto alone =
          programs[program].size() == 1 ? error : compile_together({expressions[at]});
      if (!alone.empty()) mistakes.emplace(at, mistake_of(alone, expressions[at].shared_->where));
    }
  }
  std::vector<Mistake> all;
  for (auto& [at, mistake] : mistakes) all.push_back(std::move(mistake));
  return all;
}

// What jq says is wrong; empty when they are one program now.
std::string JqExpression::compile_together(const std::vector<JqExpression>& expressions) {
  if (expressions.empty()) return {};
  std::vector<std::string> texts;
  for (const auto& expression : expressions) texts.push_back(expression.text());
  const auto began = std::chrono::steady_clock::now();
  const auto compiled = compile_text(program_text(texts));
  if (compiled.state == nullptr) return compiled.error;
  const auto program =
      std::make_shared<JqProgram>(texts, compiled.state, std::chrono::steady_clock::now() - began);
  for (std::size_t which = 0; which < expressions.size(); ++which) {
    auto& shared = *expressions[which].shared_;
    const std::lock_guard lock(shared.mutex);
    shared.program = program;
    shared.which = which;
  }
  return {};
}

std::vector<JqOutput> JqExpression::evaluate(const JqValue& input, const JqLimits& limits) const {
  std::shared_ptr<JqProgram> program;
  std::size_t which = 0;
  const auto look = [&] {
    const std::lock_guard lock(shared_->mutex);
    program = shared_->program;
    which = shared_->which;
  };
  look();
  if (program == nullptr) {
    if (const auto mistakes = compile({*this}); !mistakes.empty())
      throw JqError(false, mistakes.front().what);
    look();
  }
  return program->evaluate(which, input, limits);
}

}  // namespace postflight
