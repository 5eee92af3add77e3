#include "checks/support/terraform_judge.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "checks/support/findings.hpp"
#include "checks/support/terraform_plan.hpp"
#include "checks/support/text.hpp"
#include "text/counted.hpp"

namespace postflight {
namespace {

constexpr std::size_t most_told = 50;  // of each sort of fact

// What the diagnostic of a lock says of its holder; other parts of it are not repeated.
std::string lock_holder(std::string_view detail) {
  std::vector<std::string> parts;
  for (const std::string_view field : {"Who", "Operation", "Created", "ID"}) {
    const auto at = detail.find(fmt::format("{}:", field));
    if (at == detail.npos) continue;
    auto value = detail.substr(at + field.size() + 1);
    value = value.substr(0, value.find('\n'));
    value.remove_prefix(std::min(value.find_first_not_of(' '), value.size()));
    if (!value.empty()) parts.push_back(fmt::format("{}: {}", field, excerpt(value, 80)));
  }
  return fmt::format("{}", fmt::join(parts, ", "));
}

bool says_init(const TerraformPlan::Diagnostic& problem) {
  constexpr std::string_view words[] = {"terraform init", "tofu init", "Module not installed",
                                        "Inconsistent dependency lock file",
                                        "Required plugins are not installed"};
  return std::ranges::any_of(
      words, [&](auto word) { return problem.summary.find(word) != std::string::npos; });
}

// Judges what the program printed and how it ended.
class PlanJudge {
 public:
  PlanJudge(const PlanRules& rules, const CommandResult& result)
      : rules_(rules), result_(result), plan_(read_terraform_plan(result.output)) {}

  Outcome judge() {
    if (result_.signal != 0)
      throw CannotTell("plan-error",
                       fmt::format("{} was ended by signal {}", program(), result_.signal));
    if (plan_.has_errors()) throw_problems();
    if (result_.exit_code != 0 && result_.exit_code != 2)
      throw CannotTell("plan-error", fmt::format("{} ended with exit code {}{}", program(),
                                                 result_.exit_code, last_words()));
    judge_changes();
    const auto unallowed = findings_.count(Status::failed);
    if (plan_.summaries.empty())
      throw CannotTell("unreadable",
                       fmt::format("{} ended with exit code {} but printed no summary of a plan{}",
                                   program(), result_.exit_code, last_words()));
    if (result_.exit_code == 0 && (listed() > 0 || planned() > 0))
      throw CannotTell(
          "unreadable",
          fmt::format("{} says by exit code 0 that nothing changes, but lists {}", program(),
                      counted(std::max<std::size_t>(listed(), 1), "change")));
    if (result_.exit_code == 2 && listed() == 0) judge_unlisted();
    if (result_.exit_code == 2 && listed() > 0 && unallowed == 0) demand_complete_list();
    judge_summary();
    return findings_.outcome(summary(), examined());
  }

 private:
  const std::string& program() const { return rules_.program; }

  std::size_t changed_outputs() const {
    return static_cast<std::size_t>(std::ranges::count_if(
        plan_.outputs, [](const auto& output) { return output.action != "noop"; }));
  }
  std::size_t listed() const { return plan_.changes.size() + changed_outputs(); }
  std::int64_t planned() const {
    std::int64_t total = 0;
    for (const auto& counts : plan_.summaries) total += counts.total();
    return total;
  }

  // The last line on standard error: what a wrapper says when it fails before any plan.
  std::string last_words() const {
    const auto line = last_line(result_.errors);
    return line.empty() ? "" : ": " + line;
  }

  [[noreturn]] void throw_problems() const {
    std::vector<std::string> summaries;
    for (const auto& problem : plan_.problems) {
      if (problem.severity != "error") continue;
      if (problem.summary.find("acquiring the state lock") != std::string::npos) {
        const auto holder = lock_holder(problem.detail);
        throw CannotTell(
            "locked", fmt::format("the state is locked{}{}", holder.empty() ? "" : " by ", holder));
      }
      if (says_init(problem))
        throw CannotTell("configuration",
                         fmt::format("{} is not initialised ({}): run {} init there",
                                     rules_.directory, excerpt(problem.summary), program()));
      summaries.push_back(excerpt(problem.summary) +
                          (problem.address.empty() ? "" : " (" + problem.address + ")"));
    }
    const auto count = summaries.size();
    summaries.resize(std::min<std::size_t>(count, 5));
    throw CannotTell("plan-error",
                     fmt::format("{} cannot plan: {}{}", program(), fmt::join(summaries, "; "),
                                 count > 5 ? fmt::format(" and {} more", count - 5) : ""));
  }

  void judge_change(const std::string& address, const std::string& action) {
    const bool allowed = rules_.allows(address);
    if (allowed)
      ++allowed_;
    else
      unallowed_.push_back(fmt::format("{} ({})", address, action));
    if (allowed || unallowed_.size() <= most_told)
      findings_.add(allowed ? Status::passed : Status::failed, address, "no change",
                    allowed ? action + " (allowed)" : action);
  }

  void judge_changes() {
    for (const auto& change : plan_.changes) judge_change(change.address, change.action);
    for (const auto& output : plan_.outputs)
      if (output.action != "noop") judge_change("output." + output.address, output.action);
    if (unallowed_.size() > most_told)
      findings_.add(Status::failed, rules_.directory, "no change",
                    fmt::format("{} more changes", unallowed_.size() - most_told));
    for (std::size_t i = 0; i < std::min(plan_.drift.size(), most_told); ++i)
      findings_.add(Status::passed, plan_.drift[i].address, "for information",
                    plan_.drift[i].action + " made outside of Terraform");
    std::size_t warnings = 0;
    for (const auto& problem : plan_.problems)
      if (problem.severity != "error" && ++warnings <= most_told)
        findings_.add(Status::passed, problem.address.empty() ? "warning" : problem.address,
                      "for information", excerpt(problem.summary));
  }

  // Exit code 2 is also what many programs say of wrong usage: only a counted change is one.
  void judge_unlisted() {
    if (planned() == 0)
      throw CannotTell("unreadable",
                       fmt::format("{} says by exit code 2 that something changes, but lists "
                                   "nothing{}",
                                   program(), last_words()));
    unallowed_.emplace_back("changes that are counted but not listed");
    findings_.add(Status::failed, rules_.directory, "no change",
                  plan_.summaries.front().text() + ", but none is listed");
  }

  // Before known drift may pass: every change that is counted must be among the listed.
  void demand_complete_list() const {
    std::int64_t add = 0, change = 0, remove = 0, import = 0;
    for (const auto& planned : plan_.changes) {
      if (planned.action == "create" || planned.action == "replace") ++add;
      if (planned.action == "update") ++change;
      if (planned.action == "delete" || planned.action == "replace") ++remove;
      if (planned.importing) ++import;
    }
    for (const auto& counts : plan_.summaries) {
      add -= counts.add;
      change -= counts.change;
      remove -= counts.remove;
      import -= counts.import;
    }
    if (add < 0 || change < 0 || remove < 0 || import < 0)
      throw CannotTell("unreadable", fmt::format("{} counts more changes than it lists: {}",
                                                 program(), plan_.summaries.front().text()));
  }

  void judge_summary() {
    for (const auto& counts : plan_.summaries) {
      if (counts.operation != "plan")
        throw CannotTell("unreadable", fmt::format("{} summed up an operation {}, not plan",
                                                   program(), excerpt(counts.operation, 40)));
      auto observed = counts.text();
      if (!plan_.outputs.empty())
        observed += fmt::format("; {} of {} changed", changed_outputs(),
                                counted(plan_.outputs.size(), "output"));
      observed += fmt::format("; {} looked at", counted(plan_.looked_at.size(), "object"));
      if (!rules_.narrowed_by.empty())
        observed +=
            fmt::format(", only as far as {} lets it see", fmt::join(rules_.narrowed_by, " "));
      findings_.add(Status::passed, "plan of " + rules_.directory,
                    !unallowed_.empty() ? "a whole plan"
                    : allowed_ > 0      ? "allowed changes only"
                                        : "no change",
                    observed);
    }
  }

  // Without a refresh nothing tells which objects were compared: an empty configuration looks
  // alike.
  std::size_t examined() const { return plan_.looked_at.size() + plan_.outputs.size(); }

  std::string summary() const {
    if (unallowed_.empty())
      return fmt::format(
          "{}: no changes{} in {}", plan_.version.empty() ? program() : plan_.version,
          allowed_ > 0 ? fmt::format(" but {} allowed", allowed_) : "", rules_.directory);
    const auto told = std::min<std::size_t>(unallowed_.size(), 5);
    return fmt::format(
        "{} planned: {}{}", counted(unallowed_.size(), "change"),
        fmt::join(unallowed_.begin(), unallowed_.begin() + static_cast<std::ptrdiff_t>(told), ", "),
        unallowed_.size() > told ? fmt::format(" and {} more", unallowed_.size() - told) : "");
  }

  const PlanRules& rules_;
  const CommandResult& result_;
  TerraformPlan plan_;
  Findings findings_;
  std::vector<std::string> unallowed_;
  std::size_t allowed_ = 0;
};

}  // namespace

bool PlanRules::allows(const std::string& address) const {
  return std::ranges::any_of(allow, [&](const std::string& pattern) {
    if (!pattern.ends_with('*')) return pattern == address;
    return address.starts_with(std::string_view(pattern).substr(0, pattern.size() - 1));
  });
}

Outcome judge_plan(const PlanRules& rules, const CommandResult& result) {
  return PlanJudge(rules, result).judge();
}

}  // namespace postflight
