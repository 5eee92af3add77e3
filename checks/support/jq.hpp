#pragma once

#include <chrono>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "checks/support/jq_value.hpp"
#include "runner/value.hpp"

namespace postflight {

// One output of an expression.
struct JqOutput {
  bool is_text = false;  // a JSON string: `text` is its value; else the JSON text of the output
  std::string text;
};

// The expression failed on this value, or was cut off: nothing is known of it.
class JqError : public std::runtime_error {
 public:
  JqError(bool was_cut, const std::string& what) : std::runtime_error(what), was_cut_(was_cut) {}
  bool was_cut() const { return was_cut_; }

 private:
  bool was_cut_;
};

// What "now" is for an expression, and until when it may work on one value.
struct JqLimits {
  std::chrono::system_clock::time_point now;
  std::chrono::steady_clock::time_point deadline;
};

struct JqQuestion;

// A jq expression of a checklist. It reads its input and nothing else: no environment, no other
// inputs, no files; `now` is the time of the verdict, and what docs/kinds/k8s.resources.md names is
// defined beside jq's own functions. Copies share it. Safe to use from many threads.
class JqExpression {
 public:
  JqExpression() = default;  // absent
  JqExpression(std::string text, Position where);

  explicit operator bool() const { return shared_ != nullptr; }
  const std::string& text() const;

  // Compiles many expressions as few programs: see docs/decisions/0012. The questions are those
  // about the objects of one list each; they are answered in one call of jq for each object, unless
  // one of them fails. Returns what is wrong with any expression, in their order.
  static std::vector<Mistake> compile(const std::vector<std::vector<JqQuestion>>& lists);

  // All outputs, in order. Throws JqError. Work on one value ends after five seconds, or when it
  // takes 512 MiB.
  std::vector<JqOutput> evaluate(const JqValue& input, const JqLimits& limits) const;

 private:
  struct Compilation;
  struct Shared;
  static std::vector<std::shared_ptr<Shared>> shared_of(const JqQuestion& question);
  std::shared_ptr<Shared> shared_;
};

// What a check asks about an object.
struct JqQuestion {
  JqExpression where;              // may be absent; what follows is not asked where it yields false
  std::vector<JqExpression> then;  // none of them absent
};

}  // namespace postflight
