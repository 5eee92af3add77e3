#include "checks/support/jq_alike.hpp"

#include <atomic>
#include <utility>

#include "checks/support/jq_held.hpp"

namespace postflight {
namespace {

constexpr std::size_t sample = 64;          // objects, of which is chosen what is asked
constexpr std::size_t most_of_sample = 8;   // kinds of them that an expression may tell apart
constexpr std::size_t most_known = 512;     // kinds that are remembered
constexpr std::size_t longest = 4096;       // bytes of what is told apart of one
constexpr std::size_t trial = 256;          // objects after which half must have been known

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
  std::size_t asked = 0, found = 0;
  std::atomic<bool> is_off = false;

  // What was remembered of its likes; nullptr in it when it cannot be known.
  std::optional<std::shared_ptr<const JqAnswers>> remembered(const std::string& likeness,
                                                             const JqLimits& limits) {
    const std::scoped_lock lock(mutex);
    if (std::exchange(now, limits.now) != limits.now) answers.clear();
    ++asked;
    if (const auto same = answers.find(likeness); same != answers.end()) {
      ++found;
      return same->second;
    }
    if (asked >= trial && found * 2 < asked) is_off = true;
    if (is_off || answers.size() >= most_known) return nullptr;
    return std::nullopt;
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

JqAlike::JqAlike(std::vector<std::string> expressions, Compile compile, std::size_t wait)
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

// The parts that say most and tell few of the sample apart.
std::shared_ptr<JqAlike::Known> JqAlike::choose(std::vector<Candidate> candidates) const {
  auto known = std::make_shared<Known>();
  std::vector<std::string> texts;
  for (auto& candidate : candidates) {
    const bool has_one =
        !known->parts.empty() && known->parts.back().expression == candidate.expression;
    if (has_one || candidate.likenesses.size() > most_of_sample) continue;
    known->parts.push_back({candidate.expression, candidate.is_whole});
    known->fields.add_read_by(candidate.text);
    texts.push_back(std::move(candidate.text));
  }
  if (!texts.empty()) known->ask = compile_(texts);
  known->is_off = !known->ask;
  return known;
}

// Counts the object in; what is known once there was a sample.
std::shared_ptr<JqAlike::Known> JqAlike::known_after(const JqValue& object) {
  std::unique_lock lock(mutex_);
  if (seen_ >= wait_ + sample) return known_;
  if (++seen_ <= wait_) return nullptr;
  if (seen_ == wait_ + 1) candidates_ = candidates_of(expressions_);
  for (auto& candidate : candidates_)
    if (candidate.likenesses.size() <= most_of_sample)
      candidate.likenesses.insert(object.held().likeness(candidate.fields));
  if (seen_ < wait_ + sample) return nullptr;
  auto candidates = std::move(candidates_);
  lock.unlock();  // meanwhile others go on without
  auto known = choose(std::move(candidates));
  lock.lock();
  return known_ = std::move(known);
}

std::shared_ptr<const JqAnswers> JqAlike::answers_to(const JqValue& object,
                                                     const JqLimits& limits) {
  const auto known = known_after(object);
  if (known == nullptr || known->is_off) return nullptr;
  auto likeness = object.held().likeness(known->fields);
  if (likeness.size() > longest) return nullptr;
  if (auto same = known->remembered(likeness, limits)) return *same;
  std::shared_ptr<const JqAnswers> answers;
  if (auto told = known->ask(object, limits))
    answers = known->meaning_of(std::move(*told), expressions_.size());
  known->remember(std::move(likeness), answers, limits);
  return answers;
}

}  // namespace postflight
