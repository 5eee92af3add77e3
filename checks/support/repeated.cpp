#include "checks/support/repeated.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace postflight {
namespace {

constexpr std::size_t most_groups = 4;   // of one question and status: a report stays readable
constexpr std::size_t most_numbers = 6;  // listed one by one

// The answers that say the same about one question.
struct Group {
  Evidence fact;
  std::vector<std::size_t> answers;
  bool is_mixed = false;  // the texts differ, the verdict does not
};

bool same_question(const Evidence& one, const Evidence& other) {
  return one.subject == other.subject && one.expected == other.expected;
}

// Where the fact belongs: passed ones stay together whatever their text, others only with the same
// text until there are too many.
Group* group_of(std::vector<Group>& groups, const Evidence& fact) {
  Group* last = nullptr;
  std::size_t alike = 0;
  for (auto& group : groups) {
    if (!same_question(group.fact, fact) || group.fact.status != fact.status) continue;
    if (fact.status == Status::passed || group.fact.observed == fact.observed) return &group;
    last = &group;
    ++alike;
  }
  return alike >= most_groups ? last : nullptr;
}

// Questions keep the order in which they were first asked.
void insert(std::vector<Group>& groups, const Evidence& fact, std::size_t answer) {
  auto place = groups.end();
  for (auto group = groups.begin(); group != groups.end(); ++group)
    if (same_question(group->fact, fact)) place = group + 1;
  groups.insert(place, Group{fact, {answer}, false});
}

}  // namespace

std::string answers_text(const std::vector<std::size_t>& which, std::size_t total) {
  if (which.size() == total) return fmt::format("{0} of {0} answers", total);
  if (which.size() == 1) return fmt::format("answer {} of {}", which.front() + 1, total);
  if (which.size() > most_numbers) return fmt::format("{} of {} answers", which.size(), total);
  std::string text = "answers ";
  for (std::size_t i = 0; i < which.size(); ++i)
    text += fmt::format("{}{}", i == 0 ? "" : i + 1 == which.size() ? " and " : ", ", which[i] + 1);
  return text + fmt::format(" of {}", total);
}

std::vector<Evidence> fold_answers(const std::vector<std::vector<Evidence>>& answers) {
  std::vector<Group> groups;
  for (std::size_t answer = 0; answer < answers.size(); ++answer) {
    for (const auto& fact : answers[answer]) {
      if (auto* group = group_of(groups, fact)) {
        if (group->answers.back() != answer) group->answers.push_back(answer);
        group->is_mixed = group->is_mixed || group->fact.observed != fact.observed;
      } else {
        insert(groups, fact, answer);
      }
    }
  }
  std::vector<Evidence> facts;
  for (auto& group : groups) {
    if (answers.size() > 1)
      group.fact.observed = fmt::format("{}: {}{}", answers_text(group.answers, answers.size()),
                                        group.is_mixed ? "such as " : "", group.fact.observed);
    facts.push_back(std::move(group.fact));
  }
  return facts;
}

}  // namespace postflight
