#pragma once

#include <chrono>
#include <cstddef>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "clients/mutations.hpp"
#include "runner/attempt.hpp"
#include "runner/run.hpp"

namespace postflight {

// What a check asked in one attempt, what it was answered, and when that was.
struct WatchedAttempt {
  std::vector<Exchange> exchanges;
  std::chrono::system_clock::time_point today{};
};

// Watches checks while they run: the last attempt of each is kept.
class AttemptWatch {
 public:
  // The same checks, each of which is watched. This object must outlive them.
  std::vector<Checklist> watched(std::vector<Checklist> checklists);
  // Nothing for a check that was never run to its end.
  std::optional<WatchedAttempt> last_of(const std::string& id) const;

 private:
  class WatchedCheck;
  void keep(const std::string& id, WatchedAttempt attempt);

  mutable std::mutex mutex_;
  std::map<std::string, WatchedAttempt> last_;
};

// What became of one check under all the mutations of what it read.
struct TestedCheck {
  // can_fail: one of its facts was made to fail. vacuous: none was. false_green: it was green
  // though a question of its own went unanswered. untested: it was not green to begin with, or time
  // ran out.
  enum class Verdict { can_fail, vacuous, false_green, untested };
  Verdict verdict = Verdict::untested;
  const ChecklistEntry* entry = nullptr;
  std::string why;  // of every verdict but can_fail
  std::size_t tried = 0;
  std::size_t noticed = 0;                // of those: it was no longer as green
  std::size_t failed = 0;                 // of those: one of the facts that were green was not
  std::size_t left_out = 0;               // mutations beyond those that are tried of one answer
  std::size_t open = 0;                   // that led to questions which nobody knows the answer to
  std::vector<std::string> unnoticed;     // "kubernetes-get path=...: spec.x changed"
  std::vector<std::string> never_failed;  // "subject: expected", of facts that nothing made fail
};
std::string_view to_string(TestedCheck::Verdict verdict);

struct SelfTestSettings {
  Explain explain;
  std::string server;  // the API server's URL
  std::chrono::steady_clock::time_point deadline;
  std::stop_token stop;
  std::size_t most_mutations = 160;  // of one answer
};

// Every selected check of the plan, in its order. `record` tells how they ended, `watch` what they
// read. Asks nobody.
std::vector<TestedCheck> self_test(const Plan& plan, const RunRecord& record,
                                   const AttemptWatch& watch, const SelfTestSettings& settings);

// What a check looks for, told by its settings: examples of its patterns, the names in its lists.
std::vector<Plant> plants_of(const ChecklistEntry& entry);

}  // namespace postflight
