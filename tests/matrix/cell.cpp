#include "tests/matrix/cell.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <nlohmann/json.hpp>
#include <thread>

#include "runner/setting.hpp"
#include "tests/cli/program.hpp"
#include "tests/matrix/verdict.hpp"
#include "tests/support/harmless.hpp"
#include "tests/support/sanitized.hpp"

namespace postflight::matrix {

namespace {

using namespace std::chrono_literals;
using Json = nlohmann::json;

constexpr int slowness = test::is_sanitized ? 3 : 1;
constexpr std::size_t cells_at_once = test::is_sanitized ? 12 : 8;  // most of them only wait
constexpr auto grace = 5s * slowness;

int exit_code_of(const std::string& status) {
  if (status == "failed") return 1;
  return status == "errored" ? 2 : 0;
}

// Reads the one check of a report; says in `trouble` why it is no whole report.
void read_report(const std::string& text, Found& found) {
  try {
    const auto report = Json::parse(text);
    if (report.at("checks").size() != 1) throw std::runtime_error("not one check");
    const auto& check = report.at("checks").at(0);
    found.status = check.at("status");
    found.summary = check.at("summary");
    found.reason = check.at("reason").is_null() ? "" : check.at("reason");
    found.duration = std::chrono::milliseconds(check.at("duration_ms").get<long>());
    if (report.at("exit_code") != exit_code_of(found.status))
      found.trouble = "the report's exit code is " + report.at("exit_code").dump();
  } catch (const std::exception& error) {
    found.trouble = fmt::format("no whole report ({}): {}", error.what(), text.substr(0, 200));
  }
}

// Whatever the world said, it steers no terminal and breaks no document.
std::string harm_in_any(const std::vector<std::pair<std::string, std::string>>& texts) {
  for (const auto& [name, text] : texts)
    if (const auto harm = test::harm_in(text); !harm.empty())
      return fmt::format("{} holds harm: {}", name, harm);
  return "";
}

}  // namespace

std::string Cell::name() const {
  return fmt::format("{} | {} | {}", subject->name(), failure->name,
                     question == nullptr ? "everything" : question->name);
}

std::chrono::milliseconds short_timeout() { return 2s * slowness; }
// Enough for a hundred megabytes, on a machine that does much else: 1 MB a second was seen.
std::chrono::milliseconds long_timeout() { return 240s * slowness; }

Found run_check(const Subject& subject, const Addresses& addresses,
                std::chrono::milliseconds timeout) {
  const test::TemporaryDirectory directory;
  const auto checklist = directory.path() + "/checklist.yaml";
  const auto report = directory.path() + "/report.json", junit = directory.path() + "/report.xml";
  test::write_file(
      checklist, fmt::format("checklist: cell\nchecks:\n- id: cell\n  title: the world is fine\n"
                             "  kind: {}\n  timeout: {}\n  with: {}\n",
                             subject.kind, format_duration(timeout), subject.settings(addresses)));
  test::Words arguments{"run",      checklist,       "--report", "json=" + report,
                        "--report", "junit=" + junit};
  if (!addresses.kubeconfig.empty())
    arguments.insert(arguments.end(), {"--kubeconfig", addresses.kubeconfig});
  arguments.insert(arguments.begin(), test::program);
  const auto patience = std::chrono::duration_cast<std::chrono::seconds>(timeout + grace + 60s);
  const auto ended = test::Running(arguments, test::plain_environment(), patience).end();
  Found found;
  const auto report_text = test::read_file(report);
  read_report(report_text, found);
  if (found.trouble.empty())
    found.trouble = harm_in_any({{"standard output", ended.output},
                                 {"standard error", ended.errors},
                                 {"the JSON report", report_text},
                                 {"the JUnit report", test::read_file(junit)}});
  if (found.trouble.empty() && ended.exit_code != exit_code_of(found.status))
    found.trouble = fmt::format("exit code {}", ended.exit_code);
  if (found.trouble.empty() && found.duration > timeout + grace)
    found.trouble = fmt::format("took {} with a timeout of {}", format_duration(found.duration),
                                format_duration(timeout));
  if (!found.trouble.empty()) found.trouble += "\n" + ended.errors;
  return found;
}

namespace {

bool is_about(const Failure& failure, const Question& question) {
  return failure.questions.empty() || failure.questions.count(question.name) != 0;
}

bool concerns(const Failure& failure, const Subject& subject) {
  return failure.questions.empty() ||
         std::any_of(subject.questions.begin(), subject.questions.end(),
                     [&](const Question& question) { return is_about(failure, question); });
}

std::vector<Cell> cells_of(const Family& family) {
  std::vector<Cell> cells;
  for (const auto& failure : family.failures)
    for (const auto& subject : subjects()) {
      if (!subject.families.count(family.name) || !concerns(failure, subject)) continue;
      if (failure.questions.empty() || !failure.hits_one_question)
        cells.push_back({&failure, &subject});
      if (!failure.hits_one_question) continue;
      for (const auto& question : subject.questions)
        if (is_about(failure, question)) cells.push_back({&failure, &subject, &question});
    }
  return cells;
}

void run_cell(const World& world, Cell& cell) {
  const auto broken = cell.failure->break_world(world, cell.subject->part,
                                                cell.question ? cell.question->pattern : "");
  cell.found = run_check(*cell.subject, broken->addresses,
                         cell.failure->until_deadline ? short_timeout() : long_timeout());
  if (cell.found.trouble.empty()) cell.found.trouble = broken->trouble();
  cell.wrong = what_is_wrong(cell);
}

}  // namespace

std::vector<Cell> run_family(const World& world, const Family& family) {
  auto cells = test::share_of(cells_of(family), 6);
  std::atomic<std::size_t> next = 0;
  const auto work = [&] {
    for (std::size_t at; (at = next++) < cells.size();) {
      try {
        run_cell(world, cells[at]);
      } catch (const std::exception& error) {
        cells[at].wrong = error.what();
      }
    }
  };
  std::vector<std::jthread> threads;
  for (std::size_t i = 0; i < cells_at_once; ++i) threads.emplace_back(work);
  threads.clear();
  return cells;
}

}  // namespace postflight::matrix
