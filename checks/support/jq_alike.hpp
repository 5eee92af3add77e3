#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "checks/support/jq.hpp"
#include "checks/support/jq_fields.hpp"

namespace postflight {

// To each of several expressions, in their order: its outputs, or nothing where they are not known
// or nobody wants to know.
using JqAnswers = std::vector<std::optional<std::vector<JqOutput>>>;

// The objects of a large list are mostly alike as far as the first stages of an expression can
// tell, and most expressions yield nothing for most objects. What one of them was answered, all
// that are like it are answered without asking again: see docs/decisions/0016. Safe to use from
// many threads.
class JqAlike {
 public:
  using Duration = std::chrono::steady_clock::duration;
  // Answers those expressions that were given to `Compile`. Nothing when one of them failed, or was
  // cut off.
  using Ask = std::function<std::optional<JqAnswers>(const JqValue&, const JqLimits&)>;
  using Compile = std::function<Ask(const std::vector<std::string>& expressions)>;

  // `expressions` are those about the objects of one list. It begins when asking them has taken as
  // long as `wait`: what it costs at first is not worth it for few objects.
  JqAlike(std::vector<std::string> expressions, Compile compile, Duration wait);

  // nullptr when nothing is known.
  std::shared_ptr<const JqAnswers> answers_to(const JqValue& object, const JqLimits& limits);

  // Tells what the expressions themselves came to, where they had to be asked, and how long that
  // took. No answers: one of them failed.
  void note(const JqValue& object, const JqAnswers& answers, Duration took);

 private:
  // Something that could be asked in the place of an expression.
  struct Candidate {
    std::size_t expression;
    bool is_whole;     // or else a part, of which only counts whether it yields anything
    std::string text;  // to be compiled
    JqFields fields;
    std::set<std::string> likenesses;  // of the sample

    bool says(const JqAnswers& answers) const;
  };
  struct Known;  // what was made of the sample

  static std::vector<Candidate> candidates_of(const std::vector<std::string>& expressions);
  std::shared_ptr<Known> choose(const std::vector<Candidate>& candidates,
                                const std::vector<JqAnswers>& sample) const;
  std::shared_ptr<Known> known() const;

  const std::vector<std::string> expressions_;
  const Compile compile_;
  const Duration wait_;
  mutable std::mutex mutex_;
  Duration waited_{};
  std::vector<JqAnswers> sample_;
  std::vector<Candidate> candidates_;
  bool is_sampled_ = false;
  std::shared_ptr<Known> known_;
};

}  // namespace postflight
