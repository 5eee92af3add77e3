#include "cli/self_test.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <set>
#include <thread>

#include "clients/recording_clients.hpp"
#include "clients/replaying_clients.hpp"

namespace postflight {

class AttemptWatch::WatchedCheck : public Check {
 public:
  WatchedCheck(std::shared_ptr<const Check> check, AttemptWatch& watch)
      : check_(std::move(check)), watch_(watch) {}

  Outcome run(const CheckContext& context) const override {
    Recording recording;
    const RecordingClients clients(context.clients, recording);
    auto outcome = check_->run({clients.clients(), context.deadline, context.stop,
                                context.fresh_since, context.check, context.today, context.clock});
    watch_.keep(std::string(context.check), {recording.exchanges(), context.today});
    return outcome;
  }

 private:
  std::shared_ptr<const Check> check_;
  AttemptWatch& watch_;
};

std::vector<Checklist> AttemptWatch::watched(std::vector<Checklist> checklists) {
  for (auto& checklist : checklists)
    for (auto& entry : checklist.entries)
      entry.check = std::make_shared<WatchedCheck>(entry.check, *this);
  return checklists;
}

std::optional<WatchedAttempt> AttemptWatch::last_of(const std::string& id) const {
  const std::scoped_lock lock(mutex_);
  const auto found = last_.find(id);
  return found == last_.end() ? std::nullopt : std::optional(found->second);
}

void AttemptWatch::keep(const std::string& id, WatchedAttempt attempt) {
  const std::scoped_lock lock(mutex_);
  last_[id] = std::move(attempt);
}

namespace {

constexpr std::size_t most_of_last = 30;  // mutations that only the last of several answers gets

bool is_worse(Status status, Status than) {
  const auto badness = [](Status one) {
    return one == Status::passed ? 0 : one == Status::warned ? 1 : 2;
  };
  return badness(status) > badness(than);
}

// One line, short enough to be read.
std::string told(const Question& question) {
  constexpr std::size_t most = 120;
  auto text = to_string(question);
  std::ranges::replace(text, '\n', ' ');
  return text.size() > most ? text.substr(0, most) + "..." : text;
}

// One check and all that it read, ready to be asked again under other answers.
class Subject {
 public:
  Subject(const ChecklistEntry& entry, WatchedAttempt attempt, const SelfTestSettings& settings)
      : entry_(entry), attempt_(std::move(attempt)), settings_(settings) {
    tested.entry = &entry;
    for (const auto& exchange : attempt_.exchanges) {
      if (!questions_.insert(exchange.question).second) continue;
      asked_.push_back(exchange.question);
    }
  }

  // Goes on only when the check is green on what it read.
  bool begins_green() {
    bool left_recording = false;
    baseline_ = judged(attempt_.exchanges, left_recording);
    for (const auto& fact : baseline_.evidence)
      if (is_green(fact.status)) facts_.insert(fact.expected);
    if (is_green(baseline_.status)) return true;
    tested.why = fmt::format("judged again on what it had read, it was {}: {}",
                             to_string(baseline_.status), baseline_.summary);
    return false;
  }

  void find_mutations() {
    const auto plants = plants_of(entry_);
    for (const auto& question : asked_) {
      std::vector<std::size_t> turns;
      for (std::size_t turn = 0; turn < attempt_.exchanges.size(); ++turn)
        if (attempt_.exchanges[turn].question == question) turns.push_back(turn);
      auto mutations = mutations_of(question, attempt_.exchanges[turns.back()].answer, plants,
                                    settings_.most_mutations, attempt_.today);
      tested.left_out += mutations.left_out;
      for (std::size_t index = 0; index < mutations.list.size(); ++index) {
        const auto& mutation = mutations.list[index];
        trials_.push_back({mutation, turns, ""});
        if (turns.size() > 1 && index < most_of_last)
          trials_.push_back({mutation, {turns.back()}, ", only the last time"});
      }
    }
  }

  std::size_t trials() const { return trials_.size(); }

  // Safe to call from many threads.
  void try_one(std::size_t index) {
    const auto& trial = trials_[index];
    auto exchanges = attempt_.exchanges;
    for (const auto turn : trial.turns)
      exchanges[turn].answer = trial.mutation.apply(exchanges[turn].answer);
    bool left_recording = false;
    const auto outcome = judged(exchanges, left_recording);
    const auto what = fmt::format("{}: {}{}", told(exchanges[trial.turns.back()].question),
                                  trial.mutation.what, trial.only);
    const std::scoped_lock lock(mutex_);
    take(outcome, what, trial.mutation.is_refusal, left_recording);
  }

  // Once all has been tried.
  void conclude(bool was_cut) {
    for (const auto& fact : baseline_.evidence)
      if (!failed_.contains(fact.expected) && told_.insert(fact.expected).second)
        tested.never_failed.push_back(fmt::format("{}: {}", fact.subject, fact.expected));
    using Verdict = TestedCheck::Verdict;
    if (!false_greens_.empty()) {
      tested.verdict = Verdict::false_green;
      tested.why = "it stays green when this is not answered: " + false_greens_.front();
    } else if (tested.failed > 0) {
      tested.verdict = Verdict::can_fail;
    } else if (was_cut) {
      tested.why = "the deadline came before anything had made it fail; give --deadline more time";
    } else {
      tested.verdict = Verdict::vacuous;
      tested.why = asked_.empty() ? "it asks nothing, so nothing can make it fail"
                   : tested.noticed == 0
                       ? "whatever is answered, it stays green"
                       : "only a missing or unreadable answer stops it: no other world makes what "
                         "it expects fail";
    }
  }

  TestedCheck tested;

 private:
  struct Trial {
    Mutation mutation;
    std::vector<std::size_t> turns;  // the exchanges it changes
    std::string only;
  };

  void take(const Outcome& outcome, const std::string& what, bool is_refusal, bool left_recording) {
    const bool noticed = is_worse(outcome.status, baseline_.status);
    if (left_recording && outcome.status == Status::errored) {
      ++tested.open;
      return;
    }
    ++tested.tried;
    if (!noticed) {
      tested.unnoticed.push_back(what);
      if (is_refusal) false_greens_.push_back(what);
      return;
    }
    ++tested.noticed;
    if (outcome.status == Status::errored) return;
    bool fact_failed = false;
    for (const auto& fact : outcome.evidence)
      if (is_worse(fact.status, Status::passed) && fact.status != Status::errored &&
          facts_.contains(fact.expected)) {
        fact_failed = true;
        failed_.insert(fact.expected);
      }
    if (fact_failed) ++tested.failed;
  }

  Outcome judged(const std::vector<Exchange>& exchanges, bool& left_recording) const {
    Replay replay(exchanges);
    std::atomic<bool> is_open = false;
    const ReplayingClients clients(replay, settings_.server, [&](Question question) {
      if (!questions_.contains(question)) is_open = true;
      return question;
    });
    Attempt attempt;
    attempt.id = entry_.id;
    attempt.check = entry_.check;
    attempt.clients = &clients.clients();
    attempt.allow_empty = entry_.allow_empty;
    attempt.began = std::chrono::steady_clock::now();
    attempt.deadline = attempt.began + entry_.timeout;
    attempt.fresh_since = attempt.began;
    attempt.today = attempt_.today;
    attempt.is_replayed = true;
    carry_out(attempt, settings_.explain);
    left_recording = is_open;
    return attempt.outcome;
  }

  const ChecklistEntry& entry_;
  const WatchedAttempt attempt_;
  const SelfTestSettings& settings_;
  std::vector<Question> asked_;  // each once, in the order of asking
  std::set<Question> questions_;
  Outcome baseline_;
  std::set<std::string> facts_;  // what was expected, and so
  std::vector<Trial> trials_;
  std::mutex mutex_;
  std::set<std::string> failed_, told_;
  std::vector<std::string> false_greens_;
};

struct Task {
  Subject* subject = nullptr;
  std::size_t trial = 0;
};

// True when all were done.
bool try_all(const std::vector<Task>& tasks, const SelfTestSettings& settings) {
  std::atomic<std::size_t> next = 0, done = 0;
  const auto work = [&] {
    for (auto index = next++; index < tasks.size(); index = next++) {
      if (settings.stop.stop_requested() || std::chrono::steady_clock::now() >= settings.deadline)
        return;
      tasks[index].subject->try_one(tasks[index].trial);
      ++done;
    }
  };
  {
    std::vector<std::jthread> threads;
    for (unsigned count = 1; count < std::thread::hardware_concurrency(); ++count)
      threads.emplace_back(work);
    work();
  }
  return done == tasks.size();
}

}  // namespace

std::string_view to_string(TestedCheck::Verdict verdict) {
  using Verdict = TestedCheck::Verdict;
  switch (verdict) {
    case Verdict::can_fail:
      return "can-fail";
    case Verdict::vacuous:
      return "vacuous";
    case Verdict::false_green:
      return "false-green";
    case Verdict::untested:
      break;
  }
  return "untested";
}

std::vector<TestedCheck> self_test(const Plan& plan, const RunRecord& record,
                                   const AttemptWatch& watch, const SelfTestSettings& settings) {
  std::vector<TestedCheck> all;
  for (std::size_t index = 0; index < plan.checks.size(); ++index) {
    const auto& planned = plan.checks[index];
    if (!planned.selected) continue;
    const auto& result = record.checks.at(index);
    const auto attempt = watch.last_of(planned.entry->id);
    if (result.status == Status::passed || result.status == Status::warned) {
      if (attempt) {
        Subject subject(*planned.entry, *attempt, settings);
        bool all_tried = true;
        if (subject.begins_green()) {
          subject.find_mutations();
          std::vector<Task> tasks;
          for (std::size_t trial = 0; trial < subject.trials(); ++trial)
            tasks.push_back({&subject, trial});
          all_tried = try_all(tasks, settings);
          subject.conclude(!all_tried);
        }
        all.push_back(std::move(subject.tested));
        continue;
      }
    }
    TestedCheck tested;
    tested.entry = planned.entry;
    tested.why = fmt::format("it was {}: {}", to_string(result.status), result.summary);
    all.push_back(std::move(tested));
  }
  return all;
}

}  // namespace postflight
