#include "tests/matrix/page.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <re2/re2.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <map>

#include "tests/cli/program.hpp"
#include "tests/matrix/verdict.hpp"

namespace postflight::matrix {

namespace {

const std::string path = std::string(SOURCE_ROOT) + "/docs/verdict-matrix.md";
const std::string first_section = "<!-- begin ";

std::string begin_mark(const std::string& name) { return "<!-- begin " + name + " -->\n"; }
std::string end_mark(const std::string& name) { return "<!-- end " + name + " -->\n"; }

// Notes of one section, numbered as they come up.
class Notes {
 public:
  std::string mark(const Exception* exception) {
    if (exception == nullptr) return "";
    auto at = std::find(whys_.begin(), whys_.end(), exception->why);
    if (at == whys_.end()) at = whys_.insert(whys_.end(), exception->why);
    return fmt::format(" ({})", at - whys_.begin() + 1);
  }
  std::string text() const {
    std::string text;
    for (std::size_t i = 0; i < whys_.size(); ++i) text += fmt::format("{}. {}\n", i + 1, whys_[i]);
    return text;
  }

 private:
  std::vector<std::string> whys_;
};

std::string verdict_of(const Cell& cell, Notes& notes) {
  const auto& found = cell.found;
  std::string text = found.status == "errored" ? found.status : "**" + found.status + "**";
  if (!found.reason.empty()) text += " " + found.reason;
  return text + notes.mark(exception_for(cell));
}

// Cells of a row and a column that came to the same.
struct Alike {
  std::string verdict;
  std::vector<std::string> questions;
  bool ran_out_of_time = true;
  std::chrono::milliseconds longest{0};

  std::string text() const {
    for (const auto seconds : {10, 30, 60})
      if (!ran_out_of_time && longest < std::chrono::seconds(seconds))
        return fmt::format("{}, <{} s", verdict, seconds);
    return verdict + (ran_out_of_time ? ", 2 s" : ", >60 s");
  }
};

// What most questions have in common is told once, the others by their names.
std::string text_of(const std::vector<const Cell*>& cells, Notes& notes) {
  std::vector<Alike> groups;
  for (const auto* cell : cells) {
    const auto verdict = verdict_of(*cell, notes);
    auto at = std::find_if(groups.begin(), groups.end(),
                           [&](const Alike& group) { return group.verdict == verdict; });
    if (at == groups.end()) at = groups.insert(at, Alike{verdict, {}});
    at->questions.push_back(cell->question == nullptr ? "all" : cell->question->name);
    at->longest = std::max(at->longest, cell->found.duration);
    at->ran_out_of_time =
        at->ran_out_of_time && cell->failure->until_deadline && cell->found.reason == "timeout";
  }
  std::stable_sort(groups.begin(), groups.end(), [](const Alike& one, const Alike& other) {
    return one.questions.size() > other.questions.size();
  });
  std::string all;
  for (const auto& group : groups)
    all += all.empty() ? group.text()
                       : fmt::format("<br>{}: {}", fmt::join(group.questions, ", "), group.text());
  return all;
}

std::string table_of(const Family& family, const std::vector<Cell>& cells, Notes& notes) {
  std::vector<const Subject*> columns;
  for (const auto& subject : subjects())
    if (std::any_of(cells.begin(), cells.end(),
                    [&](const Cell& cell) { return cell.subject == &subject; }))
      columns.push_back(&subject);
  std::string table = "| |", rule = "|---|";
  for (const auto* subject : columns) {
    table += " " + subject->kind;
    if (!subject->variant.empty()) table += "<br>" + subject->variant;
    table += " |";
    rule += "---|";
  }
  table += "\n" + rule + "\n";
  for (const auto& failure : family.failures) {
    table += "| " + failure.name + " |";
    for (const auto* subject : columns) {
      std::vector<const Cell*> here;
      for (const auto& cell : cells)
        if (cell.failure == &failure && cell.subject == subject) here.push_back(&cell);
      table += " " + text_of(here, notes) + " |";
    }
    table += "\n";
  }
  return table;
}

std::size_t count(const std::vector<Cell>& cells, bool (*what)(const Cell&)) {
  return static_cast<std::size_t>(std::count_if(cells.begin(), cells.end(), what));
}

std::string counts_text(std::size_t cells, std::size_t passes, std::size_t failures) {
  return fmt::format("{} cells: {} false passes, {} false failures.\n", cells, passes, failures);
}

std::string beginning(const std::string& counts) {
  std::string questions;
  for (const auto& subject : subjects()) {
    std::vector<std::string> names;
    for (const auto& question : subject.questions) names.push_back(question.name);
    if (!names.empty())
      questions += fmt::format("| {} | {} |\n", subject.name(), fmt::join(names, ", "));
  }
  return fmt::format(
      "# The verdict matrix\n\n"
      "Every kind of check against every way its world can fail, run with the real program against "
      "real servers. What could not be found out has to end as `errored`,\nwith a reason that is "
      "true, within the check's time, with exit code 2 and a whole report: never green, and red "
      "only "
      "for what is the checked thing's own fault.\n\n"
      "{}\n"
      "`test_matrix` runs all of it and compares this page with what it found; "
      "`UPDATE_GOLDEN=1 ctest --preset dev -R '^matrix: '` writes it (the shell commands with "
      "`COMPARE_WITH_SHELL=1`). "
      "How to add a failure or a kind: [tests/matrix](../tests/matrix/README.md).\n\n"
      "A cell is verdict, reason word and seconds. It stands for several runs where the kind asks "
      "several questions: in one of them everything it asks fails, in each other one only one of "
      "its questions,\nand what differs from the rest is told by the question's name. `2 s` is the "
      "time that these checks had (`timeout: 2s`). Bold is what is not errored; a number leads to "
      "the note below the table that says why\nthis is right.\n\n"
      "| kind | its questions |\n|---|---|\n{}\n",
      counts, questions);
}

// Only one test at a time changes the page.
class Lock {
 public:
  Lock() : file_(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644)) {
    ::flock(file_, LOCK_EX);
  }
  ~Lock() { ::close(file_); }
  Lock(const Lock&) = delete;
  Lock& operator=(const Lock&) = delete;

 private:
  int file_;
};

std::string totals_of(const std::string& page) {
  static const re2::RE2 counts(R"((?m)^(\d+) cells: (\d+) false passes, (\d+) false failures\.$)");
  std::size_t all[3] = {0, 0, 0}, some[3];
  re2::StringPiece rest(page);
  while (re2::RE2::FindAndConsume(&rest, counts, &some[0], &some[1], &some[2]))
    for (int i = 0; i < 3; ++i) all[i] += some[i];
  return counts_text(all[0], all[1], all[2]);
}

// What the sections beside shell commands come to.
std::string shell_totals_of(const std::string& page) {
  static const re2::RE2 counts(
      R"((\d+) steps met a failure\. Shell commands: (\d+) false passes, (\d+) false failures, )"
      R"((\d+) without)");
  std::size_t all[4] = {0, 0, 0, 0}, some[4];
  re2::StringPiece rest(page);
  while (re2::RE2::FindAndConsume(&rest, counts, &some[0], &some[1], &some[2], &some[3]))
    for (int i = 0; i < 4; ++i) all[i] += some[i];
  return fmt::format(
      "Beside it, at the end of this page: the shell commands of an upgrade checklist in {} of the "
      "same broken worlds come to {} false passes, {} false failures and {} times no answer.\n",
      all[0], all[1], all[2], all[3]);
}

std::string sections(const std::string& page) {
  const auto at = page.find(first_section);
  return at == std::string::npos ? "" : page.substr(at);
}

std::string section(const std::string& page, const std::string& name) {
  const auto begin = page.find(begin_mark(name)), end = page.find(end_mark(name));
  if (begin == std::string::npos || end == std::string::npos) return "";
  return page.substr(begin, end + end_mark(name).size() - begin);
}

void put_section(const std::string& name, const std::string& text) {
  const Lock lock;
  auto all = sections(test::read_file(path));
  const auto old = section(all, name);
  if (!old.empty() && without_seconds(old) == without_seconds(text)) return;
  if (old.empty())
    all += (all.empty() ? "" : "\n") + text;
  else
    all.replace(all.find(old), old.size(), text);
  test::write_file(path, beginning(totals_of(all) + shell_totals_of(all)) + all);
}

}  // namespace

std::string without_seconds(std::string section) {
  static const re2::RE2 seconds(R"(, [<>]?\d+ s\b)");
  re2::RE2::GlobalReplace(&section, seconds, "");
  return section;
}

std::string section_of(const Family& family, const std::vector<Cell>& cells) {
  Notes notes;
  const auto table = table_of(family, cells, notes);
  return begin_mark(family.name) + "## " + family.title + "\n\n" +
         counts_text(cells.size(), count(cells, is_false_pass), count(cells, is_false_failure)) +
         "\n" + table + "\n" + notes.text() + end_mark(family.name);
}

std::string section_in_page(const std::string& name, const std::string& found) {
  if (std::getenv("UPDATE_GOLDEN") != nullptr) put_section(name, found);
  return section(test::read_file(path), name);
}

std::string beginning_in_page() {
  const auto page = test::read_file(path);
  return page.substr(0, page.find(first_section));
}

std::string beginning_from_sections() {
  const auto all = sections(test::read_file(path));
  return beginning(totals_of(all) + shell_totals_of(all));
}

}  // namespace postflight::matrix
