#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "checks/support/jq.hpp"
#include "checks/support/jq_alike.hpp"
#include "checks/support/jq_fields.hpp"
#include "checks/support/jq_machine.hpp"

namespace postflight {

// What is asked about each object of a list, as expressions by their number in the program.
struct JqProgramQuestion {
  std::optional<std::size_t> where;  // what follows is not asked where this yields false
  std::vector<std::size_t> then;
};

// Expressions that were compiled together: see docs/decisions/0012. Safe to use from many threads.
class JqProgram {
 public:
  // Which expressions: their texts, and which of them are asked about the same objects. Each
  // belongs to one question at most.
  struct Parts {
    std::vector<std::string> expressions;
    std::vector<std::vector<JqProgramQuestion>> lists;
  };
  struct Compiled {
    std::shared_ptr<JqProgram> program;
    std::string error;  // jq's first words about what is wrong, when there is no program
  };
  static Compiled compile(Parts parts);

  JqProgram(const JqProgram&) = delete;
  JqProgram& operator=(const JqProgram&) = delete;

  // The outputs of one expression. Throws JqError.
  std::vector<JqOutput> evaluate(std::size_t expression, const JqValue& input,
                                 const JqLimits& limits);

 private:
  using Duration = std::chrono::steady_clock::duration;

  // A list whose questions are answered in one call to jq.
  struct Together {
    std::size_t list;
    std::shared_ptr<JqFields> fields = std::make_shared<JqFields>();
    std::unique_ptr<JqAlike> alike;
    std::atomic<unsigned> calls = 0, failures = 0;
    std::atomic<bool> is_off = false;
  };
  // Where the answer to an expression is found.
  struct Place {
    Together* list = nullptr;                // nullptr: by itself only
    std::size_t at = 0;                      // in the answers of the list
    std::shared_ptr<const JqFields> fields;  // that are read by it, or by the list
  };

  JqProgram(const Parts& parts, std::string text, std::unique_ptr<JqMachine> first, Duration took);

  JqMachine::Ending run(std::size_t which, const std::shared_ptr<const JqFields>& fields,
                        const JqValue& input, const JqLimits& limits,
                        const std::function<void(jv)>& output);
  std::optional<JqAnswers> ask_together(Together& list, const JqValue& input,
                                        const JqLimits& limits);
  static JqAlike::Ask compile_together(const std::vector<std::string>& expressions);

  std::unique_ptr<JqMachine> take(std::chrono::steady_clock::time_point deadline);
  void give_back(std::unique_ptr<JqMachine> machine);

  const std::string text_;
  const Duration patience_;  // how long threads may wait for a machine before another is made
  const std::size_t lists_;
  std::deque<Together> together_;
  std::vector<Place> places_;  // of the expressions

  std::mutex mutex_;
  std::condition_variable is_idle_;
  int made_ = 1;
  Duration waited_{};  // of all threads, since the last machine was made
  std::vector<std::unique_ptr<JqMachine>> idle_;
};

}  // namespace postflight
