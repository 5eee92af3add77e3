#include "checks/support/jq.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <future>
#include <map>
#include <mutex>
#include <string_view>
#include <thread>
#include <utility>

#include "checks/support/jq_program.hpp"
#include "checks/support/jq_syntax.hpp"

namespace postflight {
namespace {

// Among how many programs expressions are shared out. Compiling takes some 30 ms for any program,
// and then more with each expression that is in it already.
std::size_t programs_for(std::size_t expressions) {
  const auto processors = static_cast<std::size_t>(std::thread::hardware_concurrency());
  return std::min({expressions / 8 + 1, std::max<std::size_t>(processors, 1), std::size_t{4}});
}

// "jq: error: syntax error, unexpected '|' (Unix shell quoting issues?) at <top-level>, line 2:..."
Mistake mistake_of(const std::string& said, const Position& where) {
  auto what = said.substr(0, said.find('\n'));
  for (const std::string_view noise :
       {"jq: error: ", "jq: error ", " (Unix shell quoting issues?)", " at <top-level>"})
    if (const auto at = what.find(noise); at != std::string::npos) what.erase(at, noise.size());
  int line = 0;
  if (const auto at = what.rfind(", line "); at != std::string::npos) {
    line = std::atoi(what.c_str() + at + 7) - 1;  // the first line is ours
    what.erase(at);
  }
  return {where, fmt::format("the jq expression is wrong{}: {}",
                             line > 0 ? fmt::format(" in its line {}", line) : "", what)};
}

}  // namespace

struct JqExpression::Shared {
  std::string text;
  Position where;
  JqText read;
  std::mutex mutex;
  std::shared_ptr<JqProgram> program;
  std::size_t number = 0;  // in the program
};

JqExpression::JqExpression(std::string text, Position where) : shared_(std::make_shared<Shared>()) {
  shared_->read = read_jq_text(text);
  shared_->text = std::move(text);
  shared_->where = std::move(where);
}

const std::string& JqExpression::text() const { return shared_->text; }

std::vector<std::shared_ptr<JqExpression::Shared>> JqExpression::shared_of(
    const JqQuestion& question) {
  std::vector<std::shared_ptr<Shared>> all;
  if (question.where) all.push_back(question.where.shared_);
  for (const auto& expression : question.then) all.push_back(expression.shared_);
  return all;
}

// What becomes one program.
struct JqExpression::Compilation {
  JqProgram::Parts parts;
  std::vector<std::vector<std::shared_ptr<Shared>>> by_number;  // those of the same text share one
  std::map<std::pair<std::vector<std::string>, std::vector<std::string>>, JqProgramQuestion>
      known;  // of a list

  void add_list(const std::vector<JqQuestion>& questions) {
    parts.lists.emplace_back();
    known.clear();
    for (const auto& question : questions)
      if (std::ranges::all_of(shared_of(question),
                              [](const auto& shared) { return shared->read.error.empty(); }))
        add(question);
    // One expression is asked by itself.
    const auto& asked = parts.lists.back();
    if (asked.empty() ||
        (asked.size() == 1 && asked[0].then.size() + (asked[0].where ? 1 : 0) == 1))
      parts.lists.pop_back();
  }

  // Its program, or what jq says is wrong.
  std::string compile() {
    if (by_number.empty()) return {};
    auto compiled = JqProgram::compile(parts);
    if (compiled.program == nullptr) return std::move(compiled.error);
    for (std::size_t number = 0; number < by_number.size(); ++number)
      for (const auto& shared : by_number[number]) {
        const std::lock_guard lock(shared->mutex);
        shared->program = compiled.program;
        shared->number = number;
      }
    return {};
  }

 private:
  void add(const JqQuestion& question) {
    if (shared_of(question).empty()) return;
    std::pair<std::vector<std::string>, std::vector<std::string>> texts;
    if (question.where) texts.first.push_back(question.where.text());
    for (const auto& expression : question.then) texts.second.push_back(expression.text());
    const auto [same, is_new] = known.try_emplace(texts);
    auto& numbers = same->second;
    if (is_new) {
      if (question.where) numbers.where = number_of(question.where.text());
      for (const auto& text : texts.second) numbers.then.push_back(number_of(text));
      parts.lists.back().push_back(numbers);
    }
    if (question.where) by_number[*numbers.where].push_back(question.where.shared_);
    for (std::size_t at = 0; at < question.then.size(); ++at)
      by_number[numbers.then[at]].push_back(question.then[at].shared_);
  }

  std::size_t number_of(const std::string& text) {
    parts.expressions.push_back(text);
    by_number.emplace_back();
    return by_number.size() - 1;
  }
};

std::vector<Mistake> JqExpression::compile(const std::vector<std::vector<JqQuestion>>& lists) {
  std::vector<std::shared_ptr<Shared>> all;
  for (const auto& list : lists)
    for (const auto& question : list)
      for (const auto& shared : shared_of(question)) all.push_back(shared);

  std::vector<Compilation> programs(programs_for(all.size()));
  for (const auto& list : lists)
    std::ranges::min_element(programs, {}, [](const Compilation& program) {
      return program.by_number.size();
    })->add_list(list);
  std::vector<std::future<std::string>> errors;
  for (auto& program : programs)
    errors.push_back(std::async(std::launch::async | std::launch::deferred,
                                [&program] { return program.compile(); }));
  for (auto& error : errors) error.wait();

  // What is in no program is tried by itself, to say which is wrong.
  std::vector<Mistake> mistakes;
  for (const auto& shared : all) {
    if (shared->program != nullptr) continue;
    if (!shared->read.error.empty())
      mistakes.push_back(
          {shared->where, fmt::format("the jq expression is wrong in its line {}: {}",
                                      shared->read.error_line, shared->read.error)});
    else if (const auto alone = JqProgram::compile({{shared->text}, {}}); alone.program == nullptr)
      mistakes.push_back(mistake_of(alone.error, shared->where));
  }
  return mistakes;
}

std::vector<JqOutput> JqExpression::evaluate(const JqValue& input, const JqLimits& limits) const {
  std::shared_ptr<JqProgram> program;
  std::size_t number = 0;
  const auto look = [&] {
    const std::lock_guard lock(shared_->mutex);
    program = shared_->program;
    number = shared_->number;
  };
  look();
  if (program == nullptr) {
    if (const auto mistakes = compile({{{{}, {*this}}}}); !mistakes.empty())
      throw JqError(false, mistakes.front().what);
    look();
  }
  return program->evaluate(number, input, limits);
}

}  // namespace postflight
