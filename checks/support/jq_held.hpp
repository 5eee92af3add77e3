#pragma once

#include <memory>
#include <string>

#include "checks/support/jq_alike.hpp"
#include "checks/support/jq_fields.hpp"
#include "checks/support/json_document.hpp"

extern "C" {
#include <jv.h>
}

namespace postflight {

// What a JqValue holds: libjq's value, and what was answered about it already.
class JqValue::Held {
 public:
  explicit Held(JsonElement element) : element_(element) {}
  ~Held() { jv_free(made_); }
  Held(const Held&) = delete;
  Held& operator=(const Held&) = delete;

  // What those fields are of it, for the caller to free.
  jv value(const std::shared_ptr<const JqFields>& fields) const;

  // What those fields can tell apart of it: of values that have the same, they tell none apart.
  std::string likeness(const JqFields& fields) const;

  // To all questions of the list that has these fields: the outputs of each expression, and nothing
  // for what need not be asked. Empty when they could not be answered together.
  mutable std::shared_ptr<const JqFields> answered_for;
  mutable JqAnswers answers;
  // The same of another object that it is like; nullptr when none is known.
  mutable std::shared_ptr<const JqFields> likened_for;
  mutable std::shared_ptr<const JqAnswers> likewise;

 private:
  const JsonElement element_;
  mutable std::shared_ptr<const JqFields> made_for_;
  mutable jv made_ = jv_invalid();
};

}  // namespace postflight
