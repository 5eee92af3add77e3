#pragma once

#include <chrono>
#include <optional>
#include <string>

#include "clients/kubernetes.hpp"

namespace postflight {

// How far the API server's clock is from ours: `ahead` (negative: behind), give or take `margin`,
// which is half of the time that the answer took and half of the second that a Date counts in.
struct ClockDifference {
  std::chrono::milliseconds ahead{0}, margin{0};

  std::chrono::milliseconds least() const;  // that it is apart, either way
  std::chrono::milliseconds most() const;
  std::string text() const;  // "2m ahead of ours, give or take 1s"
};

// Nothing when the answer's Date is none.
std::optional<ClockDifference> clock_difference(const ClockAnswer& answer);

}  // namespace postflight
