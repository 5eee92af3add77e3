#pragma once

#include "clients/limits.hpp"
#include "runner/check.hpp"

namespace postflight {

// What bounds a client call made for this check.
inline Limits limits_of(const CheckContext& context) {
  return {context.deadline, context.stop, context.fresh_since, context.check};
}

}  // namespace postflight
