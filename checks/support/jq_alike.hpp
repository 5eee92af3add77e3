#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

#include "checks/support/jq.hpp"
#include "checks/support/jq_fields.hpp"

namespace postflight {

// To each of several expressions, in their order: its outputs, or nothing where they are not known.
using JqAnswers = std::vector<std::optional<std::vector<JqOutput>>>;

// The objects of a large list are mostly alike as far as the first stages of an expression can
// tell, and most expressions yield nothing for most objects. What one of them was answered, all
// that are like it are answered without asking again: see docs/decisions/0016. Safe to use from
// many threads.
class JqAlike {
 public:
  // Answers expressions about a value: asked only for those that were given to `Compile`.
  // Nothing when one of them failed, or was cut off.
  using Ask = std::function<std::optional<JqAnswers>(const JqValue&, const JqLimits&)>;
  using Compile = std::function<Ask(const std::vector<std::string>& expressions)>;

  // `expressions` are those about the objects of one list. It begins with the objects after the
  // first `wait`: what it costs at first is not worth it for few.
  JqAlike(std::vector<std::string> expressions, Compile compile, std::size_t wait = 500);

  // nullptr when nothing is known.
  std::shared_ptr<const JqAnswers> answers_to(const JqValue& object, const JqLimits& limits);

 private:
  // Something that could be asked in the place of an expression.
  struct Candidate {
    std::size_t expression;
    bool is_whole;     // or else a part, of which only counts whether it yields anything
    std::string text;  // to be compiled
    JqFields fields;
    std::set<std::string> likenesses;  // of the sample
  };
  struct Known;  // what was made of the sample

  static std::vector<Candidate> candidates_of(const std::vector<std::string>& expressions);
  std::shared_ptr<Known> known_after(const JqValue& object);
  std::shared_ptr<Known> choose(std::vector<Candidate> candidates) const;

  const std::vector<std::string> expressions_;
  const Compile compile_;
  const std::size_t wait_;
  std::mutex mutex_;
  std::size_t seen_ = 0;
  std::vector<Candidate> candidates_;
  std::shared_ptr<Known> known_;
};

}  // namespace postflight
