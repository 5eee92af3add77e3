#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "clients/http.hpp"
#include "runner/check.hpp"

namespace postflight {

// How many days a certificate must still be valid, or the check fails or warns.
struct CertificateDays {
  std::optional<std::int64_t> fail, warn;
  bool any() const { return fail || warn; }
};

// The fact about the dates of one certificate: `subject` says which. An expired one and one that is
// not valid yet have failed whatever the thresholds.
Evidence judge_dates(const CertificateDays& wanted, std::string subject,
                     std::chrono::system_clock::time_point not_before,
                     std::chrono::system_clock::time_point not_after,
                     std::chrono::system_clock::time_point now);

// One fact for each certificate of a chain, the leaf first.
std::vector<Evidence> judge_certificates(const CertificateDays& wanted,
                                         std::span<const HttpCertificate> chain,
                                         std::chrono::system_clock::time_point now);

}  // namespace postflight
