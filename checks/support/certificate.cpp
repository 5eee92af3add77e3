#include "checks/support/certificate.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "checks/support/http_excerpt.hpp"
#include "checks/support/timestamps.hpp"
#include "text/counted.hpp"

namespace postflight {

Evidence judge_dates(const CertificateDays& wanted, std::string subject,
                     std::chrono::system_clock::time_point not_before,
                     std::chrono::system_clock::time_point not_after,
                     std::chrono::system_clock::time_point now) {
  const auto days = [](std::int64_t count, const char* unit) {
    return counted(static_cast<std::size_t>(std::max<std::int64_t>(count, 0)), unit);
  };
  const auto least = std::max(wanted.fail.value_or(0), wanted.warn.value_or(0));
  Evidence fact{std::move(subject), "valid for " + days(least, "more day"), "", Status::passed};
  const auto left = std::chrono::floor<std::chrono::days>(not_after - now).count();
  const auto until = format_timestamp(not_after);
  fact.observed = fmt::format("{} left, until {}", days(left, "day"), until);
  if (not_after <= now) {
    fact.observed = "expired on " + until;
    fact.status = Status::failed;
  } else if (not_before > now) {
    fact.observed = "not valid before " + format_timestamp(not_before);
    fact.status = Status::failed;
  } else if (wanted.fail && left < *wanted.fail) {
    fact.status = Status::failed;
  } else if (wanted.warn && left < *wanted.warn) {
    fact.status = Status::warned;
  }
  return fact;
}

std::vector<Evidence> judge_certificates(const CertificateDays& wanted,
                                         std::span<const HttpCertificate> chain,
                                         std::chrono::system_clock::time_point now) {
  std::vector<Evidence> facts;
  for (const auto& certificate : chain)
    facts.push_back(judge_dates(wanted, "certificate " + public_excerpt(certificate.subject),
                                certificate.not_before, certificate.not_after, now));
  return facts;
}

}  // namespace postflight
