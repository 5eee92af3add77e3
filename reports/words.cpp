#include "reports/words.hpp"

namespace postflight {

std::string reasoned_summary(const CheckResult& result) {
  if (result.reason.empty() || result.summary.starts_with(result.reason)) return result.summary;
  return result.summary.empty() ? result.reason : result.reason + ": " + result.summary;
}

}  // namespace postflight
