#include "checks/support/series_judge.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "checks/support/findings.hpp"
#include "checks/support/text.hpp"
#include "runner/setting.hpp"

namespace postflight {
namespace {

using std::chrono::milliseconds;

std::string joined(const std::vector<std::string>& parts) {
  return fmt::format("{}", fmt::join(parts, ", "));
}

double seconds_of(Moment::duration time) { return std::chrono::duration<double>(time).count(); }

// What a series did from its first value to its last.
double growth_of(const Series& series, bool is_counter) {
  const auto& values = series.values;
  if (!is_counter) return values.back().value - values.front().value;
  double growth = 0;
  for (std::size_t i = 1; i < values.size(); ++i) {
    const auto before = values[i - 1].value, after = values[i].value;
    growth += after < before ? after : after - before;
  }
  return growth;
}

class SeriesJudge {
 public:
  SeriesJudge(const SeriesWanted& wanted, const QueryAnswer& answer, Moment now)
      : wanted_(wanted), answer_(answer), now_(now) {}

  Outcome judge(std::optional<std::size_t> among) {
    check_type();
    if (among) judge_among(*among);
    judge_count();
    for (const auto& matchers : wanted_.must_exist) judge_existence(matchers);
    if (answer_.series.empty())
      judge_emptiness();
    else
      for (const auto& series : answer_.series) judge_one(series);
    for (const auto& info : answer_.infos)
      findings_.add(Status::passed, "remark of Prometheus", "shown, not judged", info);
    const auto looked_at = std::max<std::size_t>(answer_.series.size(), 1);
    return findings_.outcome(summary(), among.value_or(looked_at));
  }

 private:
  void check_type() const {
    const bool is_range = answer_.type == QueryAnswer::Type::matrix;
    if (is_range && !wanted_.growth)
      throw CannotTell("unreadable",
                       "the query yields ranges of values, not one value each: give 'over', or "
                       "use a function such as rate()");
    if (!is_range && wanted_.growth)
      throw CannotTell("unreadable", "a range was asked for, and single values were answered");
  }

  std::string name_of(const Series& series) const {
    const auto text = labels_text(series.labels, "__name__");
    return text.empty() ? excerpt(wanted_.query, 100) : text;
  }

  // The first fault of a status is what the summary tells.
  void fault(Status status, std::string text) {
    auto& first = status == Status::failed    ? first_failure_
                  : status == Status::errored ? first_unknown_
                                              : first_warning_;
    if (first.empty()) first = std::move(text);
  }

  void unknown(const std::string& subject, const std::string& expected, const std::string& reason,
               const std::string& why) {
    findings_.add_unknown(subject, expected, reason, why);
    fault(Status::errored, fmt::format("{}: {}", subject, why));
  }

  void judge_among(std::size_t among) {
    const auto* subject = "series that the query looks through";
    if (among > 0)
      findings_.add(Status::passed, subject, "at least 1", fmt::format("{}", among));
    else
      unknown(subject, "at least 1", "no-series", "none: nothing was there to be looked through");
  }

  // A number of series that the checklist asks for is judged; without one, an answer without
  // series tells nothing.
  void judge_count() {
    const auto count = static_cast<std::int64_t>(answer_.series.size());
    const bool is_right = count >= wanted_.min && (!wanted_.max || count <= *wanted_.max);
    const auto* subject = "series of the answer";
    const auto observed = count == 0 ? "none" : fmt::format("{}", count);
    if (is_right) {
      if (wanted_.min > 0 || wanted_.max)
        findings_.add(Status::passed, subject, wanted_.count_text(), observed);
    } else if (count == 0 && !wanted_.min_given) {
      if (wanted_.must_exist.empty())
        unknown(subject, wanted_.count_text(), "no-series",
                fmt::format("no such series: '{}' yields nothing. Where that is the healthy "
                            "answer, say allow-empty: true",
                            excerpt(wanted_.query, 200)));
    } else {
      findings_.add(Status::failed, subject, wanted_.count_text(), observed);
      fault(Status::failed,
            fmt::format("'{}' yields {}, {} expected", excerpt(wanted_.query, 200),
                        count == 0 ? "no series" : series_counted(answer_.series.size()),
                        wanted_.count_text()));
    }
  }

  static std::string series_counted(std::size_t count) { return fmt::format("{} series", count); }

  void judge_existence(const LabelMatchers& matchers) {
    const auto count = static_cast<std::size_t>(std::ranges::count_if(
        answer_.series, [&](const Series& series) { return matchers.match(series.labels); }));
    const auto expected = "a series with " + matchers.text();
    if (count == 0)
      fault(Status::failed, fmt::format("there is no series with {}", matchers.text()));
    findings_.add(count > 0 ? Status::passed : Status::failed, matchers.text(), expected,
                  count > 0 ? series_counted(count) : "no such series");
  }

  // The healthy answer was empty: what would have made it wrong is still told.
  void judge_emptiness() {
    if (!wanted_.allow_empty) return;
    if (wanted_.value.any())
      findings_.add(Status::passed, "any series", wanted_.value.text(), "no series");
    if (wanted_.growth)
      findings_.add(Status::passed, "any series", wanted_.growth->text(), "no series");
  }

  void judge_one(const Series& series) {
    const auto name = name_of(series);
    const auto expected = wanted_.growth        ? wanted_.growth->text()
                          : wanted_.value.any() ? wanted_.value.text()
                          : wanted_.max == 0    ? wanted_.count_text()
                                                : "a number";
    if (series.is_histogram)
      return unknown(
          name, expected, "not-a-number",
          "a native histogram, which is no number: ask histogram_quantile() or the like");
    if (series.values.empty()) return unknown(name, expected, "no-series", "it has no values");
    for (const auto& value : series.values)
      if (!std::isfinite(value.value))
        return unknown(
            name, expected, "not-a-number",
            fmt::format("{} at {}, which is no number", value.text, format_timestamp(value.at)));
    if (const auto why = stale(series.values.back().at); !why.empty())
      return unknown(name, expected, "stale", why);
    if (wanted_.growth)
      judge_growth(series, name, expected);
    else
      judge_value(series.values.back(), name, expected);
  }

  std::string stale(Moment at) const {
    const auto most =
        wanted_.max_age + (wanted_.growth ? 2 * wanted_.growth->step : milliseconds(0));
    if (now_ - at > most)
      return fmt::format("its last value is of {}, more than {} ago", format_timestamp(at),
                         format_duration(most));
    if (at - now_ > wanted_.max_age)
      return fmt::format("its last value is of {}, which is still to come: the clocks differ",
                         format_timestamp(at));
    return {};
  }

  void judge_value(const SeriesValue& value, const std::string& name, const std::string& expected) {
    const bool is_unwanted = !wanted_.value.any() && wanted_.max == 0;
    const auto status = is_unwanted ? Status::failed : wanted_.value.judge(value.value);
    if (status != Status::passed && !is_unwanted)
      fault(status, fmt::format("{} is {}, {} expected", name, value.text, expected));
    findings_.add(status, name, expected, value.text);
    ++judged_;
    lowest_ = std::min(lowest_.value_or(value.value), value.value);
    highest_ = std::max(highest_.value_or(value.value), value.value);
  }

  void judge_growth(const Series& series, const std::string& name, const std::string& expected) {
    const auto& growth = *wanted_.growth;
    const auto& first = series.values.front();
    const auto& last = series.values.back();
    const auto seconds = seconds_of(last.at - first.at);
    // Points lie at whole steps, so that both ends may be missed by almost one.
    if (last.at - first.at < growth.over - 2 * growth.step || seconds <= 0)
      return unknown(name, expected, "short-history",
                     fmt::format("its values begin at {}: {} are not known",
                                 format_timestamp(first.at), format_duration(growth.over)));
    const auto grown = growth_of(series, growth.is_counter);
    const bool is_right = growth.holds(grown, seconds);
    const auto observed = fmt::format(
        "from {} to {} in {}: grows by {:.6g}, {:.3g} a second", first.text, last.text,
        format_duration(milliseconds(std::llround(seconds) * 1000)), grown, grown / seconds);
    if (!is_right)
      fault(Status::failed, fmt::format("{}: {}, {} expected", name, observed, expected));
    findings_.add(is_right ? Status::passed : Status::failed, name, expected, observed);
    ++judged_;
  }

  std::string summary() const {
    switch (findings_.status()) {
      case Status::failed:
        return with_more(first_failure_, Status::failed);
      case Status::errored:
        return with_more(first_unknown_, Status::errored);
      case Status::warned:
        return with_more(first_warning_, Status::warned);
      default:
        return summary_of_pass();
    }
  }

  std::string with_more(const std::string& first, Status status) const {
    const auto others = findings_.count(status) - 1;
    // Each series that should not be there is a fact of its own, and no other fault.
    const bool is_count = status == Status::failed && wanted_.max == 0 && !wanted_.value.any();
    return others == 0 || is_count ? first : fmt::format("{} (and {} more)", first, others);
  }

  std::string summary_of_pass() const {
    const auto query = excerpt(wanted_.query, 100);
    if (answer_.series.empty()) return fmt::format("no series of '{}', as is right", query);
    if (wanted_.growth)
      return fmt::format("{} of '{}': {}", series_counted(judged_), query, wanted_.growth->text());
    if (judged_ == 1)
      return fmt::format("{} is {}", name_of(answer_.series.front()),
                         answer_.series.front().values.back().text);
    return fmt::format("{} of '{}', with values from {} to {}", series_counted(judged_), query,
                       *lowest_, *highest_);
  }

  const SeriesWanted& wanted_;
  const QueryAnswer& answer_;
  const Moment now_;
  Findings findings_;
  std::string first_failure_, first_unknown_, first_warning_;
  std::size_t judged_ = 0;
  std::optional<double> lowest_, highest_;
};

}  // namespace

std::string ValueWanted::text() const {
  std::vector<std::string> parts, warnings;
  if (equals) parts.push_back(fmt::format("exactly {}", *equals));
  if (min) parts.push_back(fmt::format("at least {}", *min));
  if (max) parts.push_back(fmt::format("at most {}", *max));
  if (warn_min) warnings.push_back(fmt::format("below {}", *warn_min));
  if (warn_max) warnings.push_back(fmt::format("above {}", *warn_max));
  if (warnings.empty()) return joined(parts);
  return joined(parts) + (parts.empty() ? "" : "; ") +
         fmt::format("a warning {}", fmt::join(warnings, " or "));
}

Status ValueWanted::judge(double value) const {
  if ((equals && value != *equals) || (min && value < *min) || (max && value > *max))
    return Status::failed;
  if ((warn_min && value < *warn_min) || (warn_max && value > *warn_max)) return Status::warned;
  return Status::passed;
}

std::string GrowthWanted::text() const {
  std::vector<std::string> parts;
  if (grows) parts.emplace_back("grows");
  if (min) parts.push_back(fmt::format("grows by at least {}", *min));
  if (max) parts.push_back(fmt::format("grows by at most {}", *max));
  if (min_rate) parts.push_back(fmt::format("grows by at least {} a second", *min_rate));
  if (max_rate) parts.push_back(fmt::format("grows by at most {} a second", *max_rate));
  return joined(parts) + " over " + format_duration(over);
}

bool GrowthWanted::holds(double growth, double seconds) const {
  const auto rate = growth / seconds;
  return (!grows || growth > 0) && (!min || growth >= *min) && (!max || growth <= *max) &&
         (!min_rate || rate >= *min_rate) && (!max_rate || rate <= *max_rate);
}

std::string SeriesWanted::count_text() const {
  if (max && *max == 0) return "none";
  if (max && *max == min) return fmt::format("exactly {}", min);
  if (max && min == 0) return fmt::format("at most {}", *max);
  return max ? fmt::format("{} to {}", min, *max) : fmt::format("at least {}", min);
}

Outcome judge_series(const SeriesWanted& wanted, const QueryAnswer& answer,
                     std::optional<std::size_t> among, Moment now) {
  return SeriesJudge(wanted, answer, now).judge(among);
}

}  // namespace postflight
