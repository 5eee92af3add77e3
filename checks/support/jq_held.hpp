#pragma once

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

  // What those fields are of it, for the caller to free. The fields must outlive this.
  jv value(const JqFields& fields) const;

  // By one program, to all questions of one list: the outputs of each expression, and nothing for
  // what need not be asked. Empty when they could not be answered together.
  mutable const void* answered_by = nullptr;
  mutable std::vector<std::optional<std::vector<JqOutput>>> answers;

 private:
  const JsonElement element_;
  mutable const JqFields* made_for_ = nullptr;
  mutable jv made_ = jv_invalid();
};

}  // namespace postflight
