#pragma once

#include <chrono>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "clients/list_use.hpp"
#include "runner/value.hpp"

namespace postflight {

// An item of a list as jq sees it. Of the thread that made it. Copies share it.
class JqValue {
 public:
  // Throws CannotTell("unreadable"), as JsonDocument.
  explicit JqValue(const ListItem& item);

  struct Held;
  const Held& held() const { return *held_; }

 private:
  std::shared_ptr<const Held> held_;
};

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

class JqProgram;

// A jq expression of a checklist. It reads its input and nothing else: no environment, no other
// inputs, no files; `now` is the time of the verdict, and what docs/expressions.md names is defined
// beside jq's own functions. Copies share it. Safe to use from many threads.
class JqExpression {
 public:
  JqExpression() = default;  // absent
  JqExpression(std::string text, Position where);

  explicit operator bool() const { return shared_ != nullptr; }
  const std::string& text() const;

  // Makes few programs of many expressions, each of which stays by itself: with libjq 1.6 a program
  // takes some 30 ms to compile, whatever is in it. Returns what is wrong with any, in their order.
  static std::vector<Mistake> compile(const std::vector<JqExpression>& expressions);

  // All outputs, in order. Throws JqError. Work on one value ends after five seconds, or when it
  // takes 512 MiB.
  std::vector<JqOutput> evaluate(const JqValue& input, const JqLimits& limits) const;

 private:
  static std::string compile_together(const std::vector<JqExpression>& expressions);

  struct Shared;
  std::shared_ptr<Shared> shared_;
};

}  // namespace postflight
