#include "tests/matrix/shell.hpp"

#include <fmt/format.h>
#include <re2/re2.h>

#include <algorithm>
#include <atomic>
#include <filesystem>
#include <thread>

#include "tests/cli/program.hpp"
#include "tests/matrix/verdict.hpp"

namespace postflight::matrix {

namespace {

constexpr char outpost[] = "ak-outpost-authentik-embedded-outpost";
constexpr char patience[] = "45";          // seconds
constexpr std::size_t steps_at_once = 32;  // those that hang only wait

const std::vector<Step>& steps() {
  static const std::vector<Step> all{{"1 endpoints", "1_endpoints.sh", "k8s.service-endpoints"},
                                     {"2 selector", "2_selector.sh", "k8s.service-selector"},
                                     {"3 log", "3_log.sh", "k8s.pod-logs"},
                                     {"4 files", "4_files.sh", "k8s.tmpfs-usage"},
                                     {"5 sessions", "5_sessions.sh", "postgres.query"},
                                     {"6 edge", "6_edge.sh", "http.response (forward auth)"},
                                     {"7 terraform", "7_terraform.sh", "terraform.plan-clean"}};
  return all;
}

const Subject& subject_of(const Step& step) {
  for (const auto& subject : subjects())
    if (subject.name() == step.subject) return subject;
  throw std::logic_error("no subject " + step.subject);
}

test::Words environment_of(const Addresses& world, const std::string& home) {
  return {"PATH=/usr/local/bin:/usr/bin:/bin",
          "HOME=" + home,
          "LC_ALL=C.UTF-8",
          std::string("OUTPOST=") + outpost,
          "KUBECONFIG=" + world.kubeconfig,
          "DATABASE_URL=" + world.database_url,
          "PGPASSWORD=" + world.database_password,
          "SESSION_TABLE=" + world.session_table,
          "APP_URL=" + world.edge_url,
          "EDGE_ADDRESS=" + world.edge_address,
          "EDGE_CA_FILE=" + world.edge_ca_file,
          "EDGE_CERTIFICATE_FILE=" + world.edge_certificate_file,
          "EDGE_KEY_FILE=" + world.edge_key_file,
          "TERRAFORM=" + world.terraform,
          "TERRAFORM_DIRECTORY=" + world.terraform_directory};
}

test::Ended run_step(const Step& step, const Addresses& world) {
  const test::TemporaryDirectory home;
  const auto file = std::string(SOURCE_ROOT) + "/tests/matrix/seven_steps/" + step.file;
  // The outer shell keeps its output open to its very end: who closed it early would be killed.
  return test::Running(
             {"/bin/sh", "-c", "timeout --signal=KILL $1 sh \"$0\"; exit $?", file, patience},
             environment_of(world, home.path()))
      .end();
}

Reading read_step(const Step& step, const Addresses& world) {
  const auto ended = run_step(step, world);
  if (ended.exit_code == 0) return Reading::passed;
  if (ended.exit_code == 137) return Reading::no_answer;
  return ended.errors.empty() ? Reading::failed : Reading::error;
}

// The questions of a subject that a failure is about: as one pattern, and the first of them.
std::string pattern_of(const Failure& failure, const Subject& subject, const Question*& first) {
  std::string pattern;
  if (failure.questions.empty()) return pattern;
  for (const auto& question : subject.questions) {
    if (failure.hits_one_question && failure.questions.count(question.name) == 0) continue;
    if (failure.hits_one_question && first == nullptr) first = &question;
    pattern += (pattern.empty() ? "" : "|") + question.pattern;
  }
  return pattern;
}

bool is_heavy(const Failure& failure) {
  return RE2::FullMatch(failure.name, "1 GB of .*|body of 100 MB");
}

bool concerns(const Failure& failure, const Subject& subject) {
  return failure.questions.empty() ||
         std::any_of(subject.questions.begin(), subject.questions.end(),
                     [&](const auto& question) { return failure.questions.count(question.name); });
}

void run(const World& world, Comparison& comparison) {
  auto& cell = comparison.ours;
  const auto pattern = pattern_of(*cell.failure, *cell.subject, cell.question);
  {
    const auto broken = cell.failure->break_world(world, cell.subject->part, pattern);
    comparison.shell = read_step(*comparison.step, broken->addresses);
    if (!broken->was_met()) comparison.shell = Reading::not_asked;
  }
  const auto broken = cell.failure->break_world(world, cell.subject->part, pattern);
  cell.found = run_check(*cell.subject, broken->addresses,
                         cell.failure->until_deadline ? short_timeout() : long_timeout());
  cell.wrong = what_is_wrong(cell);
}

bool shell_passes_falsely(const Comparison& comparison) {
  return comparison.shell == Reading::passed && !may_be_green(comparison.ours);
}
bool shell_fails_falsely(const Comparison& comparison) {
  return comparison.shell == Reading::failed && !may_be_red(comparison.ours);
}
bool shell_hangs(const Comparison& comparison) { return comparison.shell == Reading::no_answer; }
bool shell_was_asked(const Comparison& comparison) {
  return comparison.shell != Reading::not_asked;
}

std::string text_of(const Comparison& comparison) {
  if (shell_passes_falsely(comparison)) return "**false pass**";
  if (shell_fails_falsely(comparison)) return "**false failure**";
  switch (comparison.shell) {
    case Reading::passed:
      return "passed";
    case Reading::failed:
      return "failed";
    case Reading::error:
      return "error";
    case Reading::no_answer:
      return "**no answer**";
    case Reading::not_asked:
      return "not asked";
  }
  return "";
}

std::string table_of(const Family& family, const std::vector<Comparison>& comparisons) {
  std::vector<const Step*> columns;
  const auto in_family = [&](const Comparison& comparison) {
    return std::any_of(family.failures.begin(), family.failures.end(),
                       [&](const auto& failure) { return comparison.ours.failure == &failure; });
  };
  for (const auto& step : steps())
    if (std::any_of(comparisons.begin(), comparisons.end(),
                    [&](const auto& one) { return one.step == &step && in_family(one); }))
      columns.push_back(&step);
  std::string table = "| " + family.title + " |", rule = "|---|";
  for (const auto* step : columns) {
    table += fmt::format(" {} | postflight |", step->name);
    rule += "---|---|";
  }
  table += "\n" + rule + "\n";
  for (const auto& failure : family.failures) {
    std::string row;
    bool any = false;
    for (const auto* step : columns) {
      const auto found = std::find_if(comparisons.begin(), comparisons.end(), [&](const auto& one) {
        return one.step == step && one.ours.failure == &failure;
      });
      any = any || found != comparisons.end();
      row += found == comparisons.end()
                 ? " | |"
                 : fmt::format(" {} | {} {} |", text_of(*found), found->ours.found.status,
                               found->ours.found.reason);
    }
    if (any) table += "| " + failure.name + " |" + row + "\n";
  }
  return table;
}

}  // namespace

std::string missing_programs() {
  std::string missing;
  for (const std::string program : {"kubectl", "psql", "curl", "timeout"})
    if (!std::filesystem::exists("/usr/bin/" + program) &&
        !std::filesystem::exists("/usr/local/bin/" + program))
      missing += (missing.empty() ? "" : ", ") + program;
  return missing;
}

std::string complaints_about_health(const World& world) {
  std::string complaints;
  for (const auto& step : steps())
    if (const auto ended = run_step(step, world.addresses()); ended.exit_code != 0)
      complaints += fmt::format("{}: {}{}\n", step.name, ended.output, ended.errors);
  return complaints;
}

std::vector<Comparison> compare(const World& world, const std::vector<Family>& families) {
  std::vector<Comparison> comparisons;
  for (const auto& family : families)
    for (const auto& failure : family.failures)
      for (const auto& step : steps()) {
        const auto& subject = subject_of(step);
        const bool meets = subject.families.count(family.name) != 0;
        // How long the heavy ones take says more about the machine.
        if (meets && !is_heavy(failure) && concerns(failure, subject))
          comparisons.push_back({&step, {&failure, &subject}});
      }
  std::atomic<std::size_t> next = 0;
  const auto work = [&] {
    for (std::size_t at; (at = next++) < comparisons.size();) {
      try {
        run(world, comparisons[at]);
      } catch (const std::exception& error) {
        comparisons[at].ours.wrong = error.what();
      }
    }
  };
  std::vector<std::jthread> threads;
  for (std::size_t i = 0; i < steps_at_once; ++i) threads.emplace_back(work);
  threads.clear();
  return comparisons;
}

std::string comparison_section(const std::string& name, const std::string& title,
                               const std::vector<Family>& families,
                               const std::vector<Comparison>& comparisons) {
  const auto count = [&](auto what) {
    return std::count_if(comparisons.begin(), comparisons.end(), what);
  };
  auto text = fmt::format(
      "<!-- begin {} -->\n## {}\n\n"
      "{} steps met a failure. Shell commands: {} false passes, {} false failures, {} without an "
      "answer (45 s). postflight in the same worlds: {}, {}, 0.\n\n",
      name, title, count(shell_was_asked), count(shell_passes_falsely), count(shell_fails_falsely),
      count(shell_hangs), count([](const auto& one) { return is_false_pass(one.ours); }),
      count([](const auto& one) { return is_false_failure(one.ours); }));
  for (const auto& family : families) text += table_of(family, comparisons) + "\n";
  return text + fmt::format("<!-- end {} -->\n", name);
}

}  // namespace postflight::matrix
