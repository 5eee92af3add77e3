#include "checks/support/findings.hpp"

#include <algorithm>

#include "clients/error.hpp"

namespace postflight {

void Findings::add(Status status, std::string subject, std::string expected, std::string observed) {
  if (status == Status::errored) note_cause("");
  evidence_.push_back({std::move(subject), std::move(expected), std::move(observed), status});
}

void Findings::note_cause(const std::string& cause) {
  cause_ = cause_.value_or(cause) == cause ? cause : "";
}

void Findings::add_unknown(std::string subject, std::string expected, const std::string& reason,
                           std::string why, const std::string& cause) {
  if (reason_.empty()) reason_ = reason;
  note_cause(cause);
  evidence_.push_back({std::move(subject), std::move(expected), std::move(why), Status::errored});
}

void Findings::add_unknown(std::string subject, std::string expected,
                           const std::exception_ptr& error) {
  try {
    std::rethrow_exception(error);
  } catch (const CannotTell& unknown) {
    add_unknown(std::move(subject), std::move(expected), unknown.reason(), unknown.what());
  } catch (const ClientError& unknown) {
    add_unknown(std::move(subject), std::move(expected), unknown.reason(), unknown.what(),
                unknown.cause());
  }
}

void Findings::add_all(const Findings& other) {
  evidence_.insert(evidence_.end(), other.evidence_.begin(), other.evidence_.end());
  if (reason_.empty()) reason_ = other.reason_;
  if (other.cause_) note_cause(*other.cause_);
}

const Evidence* Findings::first(Status status) const {
  const auto found = std::ranges::find(evidence_, status, &Evidence::status);
  return found == evidence_.end() ? nullptr : &*found;
}

const Evidence* Findings::first_expecting(Status status, const std::string& expected) const {
  const auto found = std::ranges::find_if(evidence_, [&](const Evidence& fact) {
    return fact.status == status && fact.expected == expected;
  });
  return found == evidence_.end() ? nullptr : &*found;
}

std::size_t Findings::count(Status status) const {
  return static_cast<std::size_t>(std::ranges::count(evidence_, status, &Evidence::status));
}

Outcome Findings::outcome(std::string summary, std::size_t examined) const {
  Outcome outcome{status(), std::move(summary), evidence_, examined};
  const bool knows_nothing = count(Status::errored) == evidence_.size();
  if (outcome.status == Status::errored && knows_nothing) outcome.cause = cause_.value_or("");
  if (outcome.status == Status::errored)
    outcome.reason = reason_.empty() ? "nothing-examined" : reason_;
  return outcome;
}

}  // namespace postflight
