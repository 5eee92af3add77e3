#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "checks/support/jq.hpp"
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

  // To all questions of the list that has these fields: the outputs of each expression, and nothing
  // for what need not be asked. Empty when they could not be answered together.
  mutable std::shared_ptr<const JqFields> answered_for;
  mutable std::vector<std::optional<std::vector<JqOutput>>> answers;

 private:
  const JsonElement element_;
  mutable std::shared_ptr<const JqFields> made_for_;
  mutable jv made_ = jv_invalid();
};

}  // namespace postflight
