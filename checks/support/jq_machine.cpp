#include "checks/support/jq_machine.hpp"

#include <unistd.h>

#include <algorithm>
#include <condition_variable>
#include <cstdio>
#include <new>
#include <set>
#include <thread>

namespace postflight {
namespace {

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

}  // namespace

std::string jq_text_and_free(jv value) {
  auto string = jv_get_kind(value) == JV_KIND_STRING ? value : jv_dump_string(value, 0);
  std::string text(jv_string_value(string),
                   static_cast<std::size_t>(jv_string_length_bytes(jv_copy(string))));
  jv_free(string);
  return text;
}

// Ends what works for too long. jq_next looks at what jq_halt sets before every instruction.
class JqMachine::Watch {
 public:
  static Watch& instance() {
    static Watch watch;
    return watch;
  }

  void add(JqMachine* machine) {
    const std::lock_guard lock(mutex_);
    machines_.insert(machine);
    if (!thread_.joinable())
      thread_ = std::jthread([this](const std::stop_token& stop) { run(stop); });
  }
  void remove(JqMachine* machine) {
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

  static void look_at(JqMachine& machine) {
    const std::lock_guard lock(machine.mutex_);
    if (!machine.busy_ || machine.cut_) return;
    const auto memory = resident_bytes();
    if (!machine.memory_before_) machine.memory_before_ = memory;
    if (std::chrono::steady_clock::now() < machine.end_by_ &&
        memory < *machine.memory_before_ + most_memory)
      return;
    machine.cut_ = true;
    jq_halt(machine.state_, jv_null(), jv_null());
  }

  std::mutex mutex_;
  std::condition_variable_any wakes_;
  std::set<JqMachine*> machines_;
  std::jthread thread_;
};

// Marks a machine as at work for as long as it lives.
class JqMachine::AtWork {
 public:
  AtWork(JqMachine& machine, std::chrono::steady_clock::time_point deadline) : machine_(machine) {
    const std::lock_guard lock(machine.mutex_);
    machine.busy_ = true;
    machine.cut_ = false;
    machine.memory_before_.reset();
    machine.end_by_ = std::min(deadline, std::chrono::steady_clock::now() + longest_evaluation);
  }
  ~AtWork() {
    const std::lock_guard lock(machine_.mutex_);
    machine_.busy_ = false;
  }
  AtWork(const AtWork&) = delete;
  AtWork& operator=(const AtWork&) = delete;

  bool was_cut() const {
    const std::lock_guard lock(machine_.mutex_);
    return machine_.cut_;
  }

 private:
  JqMachine& machine_;
};

JqMachine::JqMachine(jq_state* state) : state_(state) { Watch::instance().add(this); }

JqMachine::~JqMachine() {
  Watch::instance().remove(this);
  jq_teardown(&state_);
}

JqMachine::Compiled JqMachine::compile(const std::string& text) {
  Compiled compiled;
  auto* state = jq_init();
  if (state == nullptr) throw std::bad_alloc();
  const auto keep = [](void* error, jv message) {
    auto& first = *static_cast<std::string*>(error);
    auto said = jq_text_and_free(message);
    if (first.empty()) first = std::move(said);
  };
  jq_set_error_cb(state, keep, &compiled.error);
  if (jq_compile(state, text.c_str()) != 0) {
    jq_set_error_cb(
        state, [](void*, jv message) { jv_free(message); }, nullptr);
    compiled.machine.reset(new JqMachine(state));
    return compiled;
  }
  jq_teardown(&state);
  if (compiled.error.empty()) compiled.error = "it cannot be compiled";
  return compiled;
}

JqMachine::Ending JqMachine::run(jv input, std::chrono::steady_clock::time_point deadline,
                                 const std::function<void(jv)>& output) {
  Ending ending;
  {
    const AtWork at_work(*this, deadline);
    jq_start(state_, input, 0);
    for (;;) {
      const auto value = jq_next(state_);
      if (jv_is_valid(value)) {
        output(value);
        continue;
      }
      if (jv_invalid_has_msg(jv_copy(value)) != 0) {
        ending.error = jq_text_and_free(jv_invalid_get_msg(value));
        if (ending.error.empty()) ending.error = "it failed";
      } else {
        jv_free(value);
      }
      break;
    }
    ending.was_cut = at_work.was_cut();
  }
  // What ended by itself has let go of the value; a value belongs to the thread that made it.
  if (ending.was_cut || !ending.error.empty()) jq_start(state_, jv_null(), 0);
  return ending;
}

}  // namespace postflight
