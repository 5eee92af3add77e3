#pragma once

#include <chrono>
#include <initializer_list>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "runner/value.hpp"

namespace postflight {

// A JSON value as jq sees it. Copies share it.
class JqValue {
 public:
  // At least 64 bytes behind the text must be readable. Throws CannotTell("unreadable") for what is
  // no JSON or nested deeper than 200 levels.
  explicit JqValue(std::string_view json_with_room);
  // Any text, which is copied.
  static JqValue of(std::string_view json);

  // The text in that field of a field; empty when there is none.
  std::string text_at(std::initializer_list<const char*> path) const;

  enum class Type { null, boolean, number, text, list, map };
  Type type() const;
  bool boolean() const;                                  // of a boolean
  double number() const;                                 // of a number
  std::string text() const;                              // of a text
  std::optional<JqValue> member(const char* key) const;  // of a map; nothing for anything else
  std::vector<JqValue> elements() const;                 // of a list
  std::vector<std::pair<std::string, JqValue>> members() const;  // of a map

  struct Held;
  const Held& held() const { return *held_; }

 private:
  explicit JqValue(std::shared_ptr<const Held> held) : held_(std::move(held)) {}
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
