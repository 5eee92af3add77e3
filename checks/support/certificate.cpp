#include "checks/support/certificate.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "checks/support/http_excerpt.hpp"
#include "checks/support/text.hpp"
#include "checks/support/timestamps.hpp"

namespace postflight {

std::vector<Evidence> judge_certificates(const CertificateDays& wanted,
                                         std::span<const HttpCertificate> chain,
                                         std::chrono::system_clock::time_point now) {
  using Days = std::chrono::days;
  const auto days = [](std::int64_t count, const char* unit) {
    return counted(static_cast<std::size_t>(std::max<std::int64_t>(count, 0)), unit);
  };
  const auto least = std::max(wanted.fail.value_or(0), wanted.warn.value_or(0));
  std::vector<Evidence> facts;
  for (const auto& certificate : chain) {
    Evidence fact{"certificate " + public_excerpt(certificate.subject),
                  "valid for " + days(least, "more day"), "", Status::passed};
    const auto left = std::chrono::floor<Days>(certificate.not_after - now).count();
    const auto until = format_timestamp(certificate.not_after);
    fact.observed = fmt::format("{} left, until {}", days(left, "day"), until);
    if (certificate.not_after <= now) {
      fact.observed = "expired on " + until;
      fact.status = Status::failed;
    } else if (certificate.not_before > now) {
      fact.observed = "not valid before " + format_timestamp(certificate.not_before);
      fact.status = Status::failed;
    } else if (wanted.fail && left < *wanted.fail) {
      fact.status = Status::failed;
    } else if (wanted.warn && left < *wanted.warn) {
      fact.status = Status::warned;
    }
    facts.push_back(std::move(fact));
  }
  return facts;
}

}  // namespace postflight
