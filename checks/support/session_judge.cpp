#include "checks/support/session_judge.hpp"

#include <fmt/format.h>

#include <cmath>
#include <vector>

#include "checks/support/findings.hpp"
#include "checks/support/text.hpp"

namespace postflight {
namespace {

class SessionJudge {
 public:
  SessionJudge(const SessionExpectations& expected, const SessionSample& latest)
      : expected_(expected), latest_(latest) {}

  Outcome judge(const std::optional<GrowthProof>& growth) {
    const bool refuted = growth && !growth->error && written(*growth) == 0;
    judge_rows(growth);
    if (growth) judge_growth(*growth);
    if (latest_.fresh.rows > 0)
      judge_fresh_rows();
    else
      judge_newest_row(refuted);
    judge_cleanup();
    judge_logins();
    return findings_.outcome(summary(), latest_.rows);
  }

 private:
  std::string subject() const { return "table " + expected_.table; }
  std::string lifetime_text(Seconds lifetime) const {
    return fmt::format("in {}, give or take {}", rough(lifetime), rough(expected_.rules.tolerance));
  }

  void judge_rows(const std::optional<GrowthProof>& growth) {
    auto observed = counted(latest_.rows, "row");
    if (latest_.without_expiry > 0)
      observed += fmt::format(", {} of them without an expiry", latest_.without_expiry);
    if (latest_.rows > 0)
      findings_.add(Status::passed, subject(), "rows to judge by", observed);
    else if (!growth || growth->error)
      findings_.add_unknown(subject(), "rows to judge by", "nothing-examined",
                            "the table is empty: nothing says whether sessions are written");
  }

  std::size_t written(const GrowthProof& growth) const {
    return growth.anonymous_row ? latest_.fresh.anonymous : latest_.fresh.rows;
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
    const auto& fresh = latest_.fresh;
    const auto expects = lifetime_text(expected_.rules.lifetime);
    const auto others = fresh.anonymous - fresh.matching_anonymous;
    if (fresh.anonymous == 0 && fresh.matching == 0) {
      findings_.add_unknown("new rows expire", expects, "no-anonymous-row",
                            "only rows of logins were written, and such a row keeps the expiry it "
                            "began with: the validity cannot be told");
      return;
    }
    const auto other = fresh.other ? "in " + rough(*fresh.other) : "never";
    if (others == 0) {
      findings_.add(Status::passed, "new rows expire", expects,
                    "in " + rough(expected_.rules.lifetime));
    } else if (fresh.matching_anonymous == 0) {
      say(fmt::format("validity drifted: new rows expire {}, {} expected", other,
                      rough(expected_.rules.lifetime)));
      findings_.add(Status::failed, "new rows expire", expects, other);
    } else {
      say(fmt::format("{} of {} new rows expire {}, not in {}: another application's?", others,
                      fresh.anonymous, other, rough(expected_.rules.lifetime)));
      findings_.add(Status::warned, "new rows expire", expects,
                    fmt::format("{} in {}, {} {}", fresh.matching_anonymous,
                                rough(expected_.rules.lifetime), others, other));
    }
    findings_.add(Status::passed, "last write",
                  fmt::format("at most {} ago", rough(expected_.max_idle)), "during this check");
  }

  std::optional<Seconds> newest() const {
    return latest_.newest_anonymous ? latest_.newest_anonymous : latest_.newest;
  }

  // How long ago the newest row was written, if it was given the validity.
  std::optional<Seconds> idle() const {
    if (!newest()) return std::nullopt;
    return expected_.rules.lifetime - *newest();
  }

  std::string last_write_text() const {
    if (latest_.fresh.rows > 0) return "only rows of logins are written";
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
    if (latest_.rows == 0) return;
    const auto share =
        100.0 * static_cast<double>(latest_.overdue) / static_cast<double>(latest_.rows);
    const bool stopped = latest_.overdue > 0 && share > expected_.max_overdue_percent;
    const auto expects =
        expected_.max_overdue_percent > 0
            ? fmt::format("at most {:.4g} % of the rows overdue by more than {}",
                          expected_.max_overdue_percent, rough(expected_.rules.overdue_after))
            : fmt::format("no row overdue by more than {}", rough(expected_.rules.overdue_after));
    std::string observed = "none";
    if (latest_.overdue > 0) {
      const auto rows = counted(latest_.overdue, "row");
      const auto longest = rough(latest_.most_overdue.value_or(Seconds(0)));
      observed = fmt::format("{} ({:.4g} %), by up to {}", rows, share, longest);
      if (stopped) say(fmt::format("cleanup stopped: {} overdue by up to {}", rows, longest));
    }
    findings_.add(stopped ? Status::failed : Status::passed, "cleanup of expired rows", expects,
                  observed);
  }

  void judge_logins() {
    if (latest_.rows == 0 && expected_.min_logins == 0) return;
    const bool enough = latest_.logins >= expected_.min_logins;
    const auto observed = counted(latest_.logins, "row");
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
    const auto& fresh = latest_.fresh;
    return fmt::format(
        "sessions are written ({}), live {} and are cleaned up: {}",
        fresh.rows > 0 ? counted(fresh.rows, "new row") + " during this check" : last_write_text(),
        rough(expected_.rules.lifetime), counted(latest_.rows, "row"));
  }

  const SessionExpectations& expected_;
  const SessionSample& latest_;
  Findings findings_;
  std::vector<std::string> faults_;
};

}  // namespace

Outcome judge_sessions(const SessionExpectations& expected, const SessionSample& first,
                       const std::optional<SessionSample>& second,
                       const std::optional<GrowthProof>& growth) {
  return SessionJudge(expected, second ? *second : first).judge(growth);
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
