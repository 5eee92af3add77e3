#include "tests/matrix/shell.hpp"

#include <re2/re2.h>

#include <algorithm>
#include <atomic>
#include <thread>

#include "tests/matrix/verdict.hpp"

namespace postflight::matrix {

namespace {

constexpr std::size_t steps_at_once = 32;  // those that hang only wait

bool is_heavy(const Failure& failure) {
  return RE2::FullMatch(failure.name, "1 GB of .*|body of 100 MB");
}

bool is_about(const Failure& failure, const std::string& question) {
  return failure.questions.empty() || failure.questions.count(question) != 0;
}

// The subject's question that is the nearest to the step's, of those that the failure is about.
const Question* peer_of(const StepQuestion& asked, const Failure& failure, const Subject& subject) {
  for (const auto& peer : asked.peers)
    for (const auto& question : subject.questions)
      if (question.name == peer && is_about(failure, peer)) return &question;
  return nullptr;
}

// As the matrix breaks its worlds: for everything, and for one question after the other.
void add_comparisons(const Step& step, const Failure& failure, std::vector<Comparison>& all) {
  const auto& subject = subject_of(step);
  const bool concerned = std::any_of(
      step.questions.begin(), step.questions.end(),
      [&](const StepQuestion& asked) { return is_about(failure, asked.question.name); });
  if (failure.questions.empty() || (!failure.hits_one_question && concerned))
    all.push_back({&step, nullptr, {&failure, &subject}});
  if (!failure.hits_one_question) return;
  for (const auto& asked : step.questions)
    if (is_about(failure, asked.question.name))
      if (const auto* peer = peer_of(asked, failure, subject))
        all.push_back({&step, &asked, {&failure, &subject, peer}});
}

void run(const World& world, Comparison& comparison) {
  auto& cell = comparison.ours;
  const auto part = cell.subject->part;
  {
    const auto* asked = comparison.question;
    const auto broken =
        cell.failure->break_world(world, part, asked ? asked->question.pattern : "");
    comparison.shell = read_step(*comparison.step, broken->addresses);
    if (!broken->was_met()) comparison.shell = Reading::not_asked;
  }
  const auto broken =
      cell.failure->break_world(world, part, cell.question ? cell.question->pattern : "");
  cell.found = run_check(*cell.subject, broken->addresses,
                         cell.failure->until_deadline ? short_timeout() : long_timeout());
  cell.wrong = what_is_wrong(cell);
}

}  // namespace

std::vector<Comparison> compare(const World& world, const std::vector<Family>& families) {
  std::vector<Comparison> comparisons;
  for (const auto& family : families)
    for (const auto& failure : family.failures)
      for (const auto& step : steps())
        // How long the heavy ones take says more about the machine.
        if (step.families.count(family.name) && !is_heavy(failure) &&
            !RE2::FullMatch(failure.name, step.no_failures))
          add_comparisons(step, failure, comparisons);
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

}  // namespace postflight::matrix
