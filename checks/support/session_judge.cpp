#include "checks/support/session_judge.hpp"

#include <fmt/format.h>

#include <cmath>
#include <vector>

#include "checks/support/findings.hpp"
#include "text/counted.hpp"

namespace postflight {
namespace {

class SessionJudge {
 public:
  SessionJudge(const SessionExpectations& expected, const SessionSample& sample,
               const FreshRows& fresh)
      : expected_(expected), sample_(sample), fresh_(fresh) {}

  Outcome judge(const std::optional<GrowthProof>& growth) {
    const bool refuted = growth && !growth->error && written(*growth) == 0;
    judge_rows(growth);
    if (growth) judge_growth(*growth);
    if (fresh_.rows > 0)
      judge_fresh_rows();
    else
      judge_newest_row(refuted);
    judge_cleanup();
    judge_logins();
    return findings_.outcome(summary(), sample_.rows + fresh_.rows);
  }

 private:
  std::string subject() const { return "table " + expected_.table; }
  std::string lifetime_text(Seconds lifetime) const {
    return fmt::format("in {}, give or take {}", rough(lifetime), rough(expected_.rules.tolerance));
  }

  void judge_rows(const std::optional<GrowthProof>& growth) {
    auto observed = counted(sample_.rows, "row");
    if (sample_.without_expiry > 0)
      observed += fmt::format(", {} of them without an expiry", sample_.without_expiry);
    if (sample_.rows > 0)
      findings_.add(Status::passed, subject(), "rows to judge by", observed);
    else if (!growth || growth->error)
      findings_.add_unknown(subject(), "rows to judge by", "nothing-examined",
                            "the table is empty: nothing says whether sessions are written");
  }

  std::size_t written(const GrowthProof& growth) const {
    return growth.anonymous_row ? fresh_.anonymous : fresh_.rows;
  }

  void judge_growth(const GrowthProof& growth) {
    if (growth.error) {
      findings_.add_unknown(growth.subject, growth.expected, growth.error);
      return;
    }
    const auto rows = written(growth);
    const auto observed = rows > 0 ? counted(rows, "new row") : "no new row";
    if (rows == 0)
      say(fmt::format("nothing writes sessions: {}; {}{} created no row", last_write_text(),
                      growth.subject,
                      growth.attempt.empty() ? "" : fmt::format(" ({})", growth.attempt)));
    findings_.add(rows > 0 ? Status::passed : Status::failed, growth.subject, growth.expected,
                  growth.attempt.empty() ? observed : growth.attempt + ", " + observed);
  }

  // Written between the two looks, so that their expiry tells the validity exactly. A row of a
  // login is judged only where it matches: saving one again keeps the expiry it began with.
  void judge_fresh_rows() {
    const auto expects = lifetime_text(expected_.rules.lifetime);
    const auto others = fresh_.anonymous - fresh_.matching_anonymous;
    if (fresh_.anonymous == 0 && fresh_.matching == 0) {
      findings_.add_unknown("new rows expire", expects, "no-anonymous-row",
                            "only rows of logins were written, and such a row keeps the expiry it "
                            "began with: the validity cannot be told");
      return;
    }
    const auto other = fresh_.other ? "in " + rough(*fresh_.other) : "never";
    if (others == 0) {
      findings_.add(Status::passed, "new rows expire", expects,
                    "in " + rough(expected_.rules.lifetime));
    } else if (fresh_.matching_anonymous == 0) {
      say(fmt::format("validity drifted: new rows expire {}, {} expected", other,
                      rough(expected_.rules.lifetime)));
      findings_.add(Status::failed, "new rows expire", expects, other);
    } else {
      say(fmt::format("{} of {} new rows expire {}, not in {}: another application's?", others,
                      fresh_.anonymous, other, rough(expected_.rules.lifetime)));
      findings_.add(Status::warned, "new rows expire", expects,
                    fmt::format("{} in {}, {} {}", fresh_.matching_anonymous,
                                rough(expected_.rules.lifetime), others, other));
    }
    findings_.add(Status::passed, "last write",
                  fmt::format("at most {} ago", rough(expected_.max_idle)), "during this check");
  }

  std::optional<Seconds> newest() const {
    return sample_.newest_anonymous ? sample_.newest_anonymous : sample_.newest;
  }

  // How long ago the newest row was written, if it was given the validity.
  std::optional<Seconds> idle() const {
    if (!newest()) return std::nullopt;
    return expected_.rules.lifetime - *newest();
  }

  std::string last_write_text() const {
    if (fresh_.rows > 0) return "only rows of logins are written";
    if (!idle()) return "the table is empty";
    return fmt::format("last write {} ago", rough(std::max(*idle(), Seconds(0))));
  }

  // Without a new row the newest expiry has to do: it is the time of the last write plus the
  // validity, so that an old write and a shorter validity look the same.
  void judge_newest_row(bool growth_refuted) {
    const auto& rules = expected_.rules;
    if (!idle()) return;
    if (*idle() < -rules.tolerance) {
      say(fmt::format("validity drifted: the newest row expires in {}, {} expected",
                      rough(*newest()), rough(rules.lifetime)));
      findings_.add(Status::failed, "the newest row expires", lifetime_text(rules.lifetime),
                    "in " + rough(*newest()));
      return;
    }
    const bool frozen = *idle() > expected_.max_idle;
    const auto expiry = fmt::format("the newest row {}", from_now(*newest()));
    if (frozen && !growth_refuted)
      say(fmt::format("nothing writes sessions: {}, unless new rows live less than {} now ({})",
                      last_write_text(), rough(rules.lifetime), expiry));
    findings_.add(frozen ? Status::failed : Status::passed, "last write",
                  fmt::format("at most {} ago", rough(expected_.max_idle)),
                  fmt::format("{} ago: {}", rough(std::max(*idle(), Seconds(0))), expiry));
  }

  static std::string from_now(Seconds distance) {
    return distance < Seconds(0) ? fmt::format("expired {} ago", rough(-distance))
                                 : "expires in " + rough(distance);
  }

  void judge_cleanup() {
    if (sample_.rows == 0) return;
    const auto share =
        100.0 * static_cast<double>(sample_.overdue) / static_cast<double>(sample_.rows);
    const bool stopped = sample_.overdue > 0 && share > expected_.max_overdue_percent;
    const auto expects =
        expected_.max_overdue_percent > 0
            ? fmt::format("at most {:.4g} % of the rows overdue by more than {}",
                          expected_.max_overdue_percent, rough(expected_.rules.overdue_after))
            : fmt::format("no row overdue by more than {}", rough(expected_.rules.overdue_after));
    std::string observed = "none";
    if (sample_.overdue > 0) {
      const auto rows = counted(sample_.overdue, "row");
      const auto longest = rough(sample_.most_overdue.value_or(Seconds(0)));
      observed = fmt::format("{} ({:.4g} %), by up to {}", rows, share, longest);
      if (stopped) say(fmt::format("cleanup stopped: {} overdue by up to {}", rows, longest));
    }
    findings_.add(stopped ? Status::failed : Status::passed, "cleanup of expired rows", expects,
                  observed);
  }

  void judge_logins() {
    if (sample_.rows == 0 && expected_.min_logins == 0) return;
    const bool enough = sample_.logins >= expected_.min_logins;
    const auto observed = counted(sample_.logins, "row");
    if (!enough)
      say(fmt::format("{} of a login, at least {} expected", observed, expected_.min_logins));
    findings_.add(
        enough ? Status::passed : Status::failed, "rows of logins",
        expected_.min_logins == 0 ? "any number" : fmt::format("at least {}", expected_.min_logins),
        observed);
  }

  void say(std::string fault) { faults_.push_back(std::move(fault)); }

  std::string summary() const {
    if (!faults_.empty()) return fmt::format("{}", fmt::join(faults_, "; "));
    if (const auto* unknown = findings_.first(Status::errored))
      return fmt::format("{}: {}", unknown->subject, unknown->observed);
    const auto rows = counted(sample_.rows, "row");
    return fresh_.rows > 0
               ? fmt::format(
                     "sessions are written ({} during this check, {} before), live {} and "
                     "are cleaned up",
                     counted(fresh_.rows, "new row"), rows, rough(expected_.rules.lifetime))
               : fmt::format("sessions are written ({}, {}), live {} and are cleaned up",
                             last_write_text(), rows, rough(expected_.rules.lifetime));
  }

  const SessionExpectations& expected_;
  const SessionSample& sample_;
  const FreshRows& fresh_;
  Findings findings_;
  std::vector<std::string> faults_;
};

}  // namespace

Outcome judge_sessions(const SessionExpectations& expected, const SessionSample& sample,
                       const std::optional<FreshRows>& fresh,
                       const std::optional<GrowthProof>& growth) {
  return SessionJudge(expected, sample, fresh.value_or(FreshRows{})).judge(growth);
}

std::string rough(Seconds duration) {
  const bool long_enough = duration >= std::chrono::hours(1);
  auto left = std::llround(duration.count());
  if (long_enough) left = std::llround(duration.count() / 60) * 60;
  std::string text;
  for (const auto& [unit, seconds] :
       {std::pair{"d", 86400}, std::pair{"h", 3600}, std::pair{"m", 60}, std::pair{"s", 1}}) {
    if (left >= seconds) text += fmt::format("{}{}", left / seconds, unit);
    left %= seconds;
  }
  return text.empty() ? "0s" : text;
}

}  // namespace postflight
