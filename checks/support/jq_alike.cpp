#include "checks/support/jq_alike.hpp"

#include <algorithm>
#include <atomic>
#include <unordered_map>
#include <utility>

#include "checks/support/jq_held.hpp"

namespace postflight {
namespace {

constexpr std::size_t sample_size = 64;    // objects, of which is chosen what is asked
constexpr std::size_t most_of_sample = 8;  // kinds of them that an expression may tell apart
constexpr std::size_t most_known = 512;    // kinds that are remembered
constexpr std::size_t longest = 4096;      // bytes of what is told apart of one
constexpr std::size_t trial = 256;         // objects of which half must have had their answers

}  // namespace

// Chosen once; what is remembered grows.
struct JqAlike::Known {
  struct Part {
    std::size_t expression;
    bool is_whole;
  };
  std::vector<Part> parts;  // in the order of what is asked
  JqFields fields;          // of all of them
  Ask ask;

  std::mutex mutex;
  std::chrono::system_clock::time_point now;  // that the answers are for
  std::unordered_map<std::string, std::shared_ptr<const JqAnswers>> answers;
  std::size_t looked_for = 0, in_vain = 0;
  std::atomic<bool> is_off = false;

  // What was remembered of its likes; nullptr in it when nothing is to be.
  std::optional<std::shared_ptr<const JqAnswers>> remembered(const std::string& likeness,
                                                             const JqLimits& limits) {
    const std::scoped_lock lock(mutex);
    if (std::exchange(now, limits.now) != limits.now) answers.clear();
    ++looked_for;
    if (const auto same = answers.find(likeness); same != answers.end()) return same->second;
    if (answers.size() >= most_known || likeness.size() > longest) return nullptr;
    return std::nullopt;
  }

  // The expressions themselves had to be asked nevertheless.
  void note_in_vain() {
    const std::scoped_lock lock(mutex);
    ++in_vain;
    if (looked_for >= trial && in_vain * 2 > looked_for) is_off = true;
  }

  void remember(std::string likeness, std::shared_ptr<const JqAnswers> what,
                const JqLimits& limits) {
    const std::scoped_lock lock(mutex);
    if (now == limits.now) answers.emplace(std::move(likeness), std::move(what));
  }

  // What these answers say of the expressions.
  std::shared_ptr<const JqAnswers> meaning_of(JqAnswers told, std::size_t expressions) const {
    auto meant = std::make_shared<JqAnswers>(expressions);
    for (std::size_t at = 0; at < parts.size() && at < told.size(); ++at)
      if (told[at] && (parts[at].is_whole || told[at]->empty()))
        (*meant)[parts[at].expression] = std::move(told[at]);
    return meant;
  }
};

JqAlike::JqAlike(std::vector<std::string> expressions, Compile compile, Duration wait)
    : expressions_(std::move(expressions)), compile_(std::move(compile)), wait_(wait) {}

// For each expression, what says most of it first.
std::vector<JqAlike::Candidate> JqAlike::candidates_of(
    const std::vector<std::string>& expressions) {
  std::vector<Candidate> candidates;
  const auto add = [&](std::size_t expression, bool is_whole, std::string text) {
    Candidate candidate{expression, is_whole, std::move(text), {}, {}};
    candidate.fields.add_read_by(candidate.text);
    if (!candidate.fields.is_all()) candidates.push_back(std::move(candidate));
  };
  for (std::size_t at = 0; at < expressions.size(); ++at) {
    add(at, true, expressions[at]);
    auto stages = JqFields::stages_of(expressions[at]);
    for (auto stage = stages.rbegin(); stage != stages.rend(); ++stage)
      add(at, false, "(" + std::string(*stage) + "\n) | null");
  }
  return candidates;
}

// Whether it says all that the expression came to.
bool JqAlike::Candidate::says(const JqAnswers& answers) const {
  return is_whole || (answers[expression] && answers[expression]->empty());
}

// The parts that say most and tell few of the sample apart, if most of the sample needs no more.
std::shared_ptr<JqAlike::Known> JqAlike::choose(const std::vector<Candidate>& candidates,
                                                const std::vector<JqAnswers>& sample) const {
  std::vector<const Candidate*> chosen(expressions_.size());
  for (const auto& candidate : candidates)
    if (auto& best = chosen[candidate.expression];
        best == nullptr && candidate.likenesses.size() <= most_of_sample)
      best = &candidate;
  const auto is_enough = [&](const JqAnswers& answers) {
    if (answers.size() != chosen.size()) return false;  // one of them failed
    for (std::size_t at = 0; at < answers.size(); ++at)
      if (answers[at] && (chosen[at] == nullptr || !chosen[at]->says(answers))) return false;
    return true;
  };
  auto known = std::make_shared<Known>();
  known->is_off = true;
  if (static_cast<std::size_t>(std::ranges::count_if(sample, is_enough)) * 2 < sample.size())
    return known;
  std::vector<std::string> texts;
  for (const auto* candidate : chosen) {
    if (candidate == nullptr) continue;
    known->parts.push_back({candidate->expression, candidate->is_whole});
    known->fields.add_read_by(candidate->text);
    texts.push_back(candidate->text);
  }
  known->ask = compile_(texts);
  known->is_off = !known->ask;
  return known;
}

std::shared_ptr<JqAlike::Known> JqAlike::known() const {
  const std::scoped_lock lock(mutex_);
  return known_;
}

std::shared_ptr<const JqAnswers> JqAlike::answers_to(const JqValue& object,
                                                     const JqLimits& limits) {
  const auto known = this->known();
  if (known == nullptr || known->is_off) return nullptr;
  auto likeness = object.held().likeness(known->fields);
  if (auto same = known->remembered(likeness, limits)) return *same;
  std::shared_ptr<const JqAnswers> answers;
  if (auto told = known->ask(object, limits))
    answers = known->meaning_of(std::move(*told), expressions_.size());
  known->remember(std::move(likeness), answers, limits);
  return answers;
}

void JqAlike::note(const JqValue& object, const JqAnswers& answers, Duration took) {
  std::unique_lock lock(mutex_);
  if (known_ != nullptr) return known_->note_in_vain();
  if (is_sampled_) return;  // another thread chooses
  waited_ += took;
  if (waited_ < wait_) return;
  if (sample_.empty()) candidates_ = candidates_of(expressions_);
  sample_.push_back(answers);
  for (auto& candidate : candidates_)
    if (candidate.likenesses.size() <= most_of_sample)
      candidate.likenesses.insert(object.held().likeness(candidate.fields));
  if (sample_.size() < sample_size) return;
  is_sampled_ = true;
  const auto candidates = std::exchange(candidates_, {});
  const auto sample = std::exchange(sample_, {});
  lock.unlock();  // meanwhile others go on without
  auto known = choose(candidates, sample);
  lock.lock();
  known_ = std::move(known);
}

}  // namespace postflight
