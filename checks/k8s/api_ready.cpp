#include <fmt/format.h>

#include <optional>

#include "checks/support/clock_difference.hpp"
#include "checks/support/findings.hpp"
#include "checks/support/limits.hpp"
#include "checks/support/server_version.hpp"
#include "checks/support/text.hpp"
#include "clients/clients.hpp"
#include "runner/check.hpp"

namespace postflight {
extern constinit const CheckKind k8s_api_ready;

namespace {

constexpr Setting settings_of_api_ready[] = {
    {"min-version", SettingType::text, "oldest version of the API server that is right: 1.30"},
    {"clock-skew", SettingType::duration,
     "how far the clock of the API server may be from ours; written out, it must be known", false,
     "5m"},
};

constexpr char clock_subject[] = "clock of the API server";

using std::chrono::milliseconds;

// What /readyz says behind each "[-]", joined; empty when there is none. The answer may have been
// folded into one line.
std::string failing_lines(std::string_view answer) {
  std::string failing;
  for (auto at = answer.find("[-]"); at != std::string_view::npos; at = answer.find("[-]", at)) {
    at += 3;
    auto end = answer.find('\n', at);
    for (const auto* mark : {"[+]", "[-]"}) end = std::min(end, answer.find(mark, at));
    auto line = answer.substr(at, end - at);
    while (line.ends_with(' ') || line.ends_with(';')) line.remove_suffix(1);
    failing += (failing.empty() ? "" : ", ") + excerpt(line, 80);
  }
  return failing;
}

// The API server's own words that it is not ready, or nothing when it was somebody else (a load
// balancer) who said 5xx.
std::optional<std::string> not_ready_answer(std::string_view answer) {
  if (auto failing = failing_lines(answer); !failing.empty()) return failing;
  if (answer.find("readyz check failed") != std::string_view::npos) return excerpt(answer);
  return std::nullopt;
}

class ApiReady : public Check {
 public:
  ApiReady(std::string min_version, milliseconds clock_skew, bool needs_clock)
      : min_version_(std::move(min_version)), clock_skew_(clock_skew), needs_clock_(needs_clock) {}

  std::vector<std::string> kubernetes_paths() const override { return {"/readyz", "/version"}; }

  Outcome run(const CheckContext& context) const override {
    auto& kubernetes = context.clients.kubernetes;
    Findings findings;
    examine_readiness(kubernetes, context, findings);
    const auto version = examine_version(kubernetes, context, findings);
    return findings.outcome(summary(findings, kubernetes.server(), version), findings.all().size());
  }

 private:
  static void examine_readiness(Kubernetes& kubernetes, const CheckContext& context,
                                Findings& findings) {
    auto limits = limits_of(context);
    // A server that says 5xx is asked again until the time is up: leave some for its reasons.
    const auto now = context.clock.now();
    limits.deadline = std::min(limits.deadline, now + (limits.deadline - now) / 2);
    try {
      const auto answer = *kubernetes.get("/readyz", limits);
      if (excerpt(answer) != "ok")
        throw CannotTell(
            "unreadable",
            fmt::format("{}/readyz must answer ok; this is not an API server's answer: "
                        "{}",
                        kubernetes.server(), excerpt(answer, 100)));
      findings.add(Status::passed, "GET /readyz", "ok", "ok");
    } catch (const KubernetesError& error) {
      if (error.status() < 500) throw;
      const auto why = reasons_of(kubernetes, context, error);
      if (!why) throw;
      findings.add(Status::failed, "GET /readyz", "ok", "not ready: " + *why);
    }
  }

  static std::optional<std::string> reasons_of(Kubernetes& kubernetes, const CheckContext& context,
                                               const KubernetesError& refusal) {
    if (auto why = not_ready_answer(refusal.what())) return why;
    try {
      return not_ready_answer(*kubernetes.get("/readyz?verbose", limits_of(context)));
    } catch (const ClientError& error) {
      return not_ready_answer(error.what());
    }
  }

  // The version, and the clock in the same answer; of a clock that is not known the version says
  // so, unless it must be known.
  std::string examine_version(Kubernetes& kubernetes, const CheckContext& context,
                              Findings& findings) const {
    const auto expected =
        min_version_.empty() ? "a gitVersion" : fmt::format("{} or newer", min_version_);
    try {
      const auto version = server_version(kubernetes, limits_of(context));
      const bool old = !min_version_.empty() && version.numbers < *parse_version(min_version_);
      Findings clock;
      const auto unknown = examine_clock(kubernetes, context, clock);
      findings.add(old ? Status::failed : Status::passed, "GET /version", expected,
                   unknown.empty() ? version.text
                                   : fmt::format("{} ({}, so that its clock was not compared)",
                                                 version.text, unknown));
      findings.add_all(clock);
      return version.text;
    } catch (...) {
      findings.add_unknown("GET /version", expected, std::current_exception());
      return {};
    }
  }

  // Why it is not known; empty when a finding tells.
  std::string examine_clock(Kubernetes& kubernetes, const CheckContext& context,
                            Findings& findings) const {
    const auto expected = fmt::format("at most {} from ours", format_duration(clock_skew_));
    try {
      const auto answer = kubernetes.clock(limits_of(context));
      if (const auto difference = clock_difference(answer)) {
        judge_clock(*difference, expected, findings);
        return {};
      }
      const auto why = answer.date.empty() ? "the answer had no Date"
                                           : fmt::format(
                                                 "the answer had the Date '{}', which is "
                                                 "none",
                                                 excerpt(answer.date, 60));
      if (!needs_clock_) return why;
      findings.add_unknown(clock_subject, expected, std::string(reason::unreadable), why);
    } catch (const ClientError& error) {
      // Recordings of before clocks were compared are judged as they were then.
      if (error.reason() == reason::not_recorded && !needs_clock_)
        return "the recording holds no clock";
      findings.add_unknown(clock_subject, expected, std::current_exception());
    }
    return {};
  }

  void judge_clock(const ClockDifference& difference, const std::string& expected,
                   Findings& findings) const {
    if (difference.least() > clock_skew_)
      findings.add(Status::failed, clock_subject, expected, difference.text());
    else if (difference.most() <= clock_skew_)
      findings.add(Status::passed, clock_subject, expected, difference.text());
    else
      findings.add_unknown(clock_subject, expected, std::string(reason::unreadable),
                           difference.text() + ": too near to the limit to tell");
  }

  std::string summary(const Findings& findings, const std::string& server,
                      const std::string& version) const {
    if (const auto* failed = findings.first(Status::failed)) {
      if (failed->subject == "GET /readyz")
        return fmt::format("the API server {} is {}", server, failed->observed);
      if (failed->subject == clock_subject)
        return fmt::format(
            "the clock of the API server {} is {}: every age that is reckoned here is wrong by as "
            "much",
            server, failed->observed);
      return fmt::format("the API server {} is {}, older than {}", server, version, min_version_);
    }
    if (const auto* unknown = findings.first(Status::errored))
      return fmt::format("the API server {} is ready, but its {} cannot be {}: {}", server,
                         unknown->subject == clock_subject ? "clock" : "version",
                         unknown->subject == clock_subject ? "told" : "read", unknown->observed);
    return fmt::format("the API server {} is ready and runs {}", server, version);
  }

  std::string min_version_;
  milliseconds clock_skew_;
  bool needs_clock_;  // what cannot be told of the clock is unknown, not left out
};

std::unique_ptr<Check> create_api_ready(const Settings& settings) {
  auto min_version = settings.text("min-version");
  if (settings.has("min-version") && !parse_version(min_version))
    settings.mistake(
        "min-version",
        fmt::format("'min-version' must be a version such as 1.30, not '{}'", min_version));
  const auto clock_skew = settings.duration("clock-skew");
  if (clock_skew < std::chrono::seconds(2))
    settings.mistake("clock-skew",
                     "'clock-skew' must be at least 2s: the Date of an answer counts in seconds");
  return std::make_unique<ApiReady>(std::move(min_version), clock_skew, settings.has("clock-skew"));
}

}  // namespace

constinit const CheckKind k8s_api_ready{
    "k8s.api-ready", "the API server answers, is ready, and has a clock like ours",
    settings_of_api_ready, create_api_ready, true};

}  // namespace postflight
