#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "runner/check.hpp"

namespace postflight {

// What became of one check of the checklist.
struct CheckResult {
  std::string cluster;  // of a run over several: whose result it is, see RunRecord::clusters
  std::string id;
  std::string kind;
  std::string title;
  std::string section;  // heading in the text report; the checklist's name when it gives none
  Severity severity = Severity::blocking;
  Status status = Status::errored;
  std::string summary;
  std::vector<Evidence> evidence;
  std::size_t examined = 0;
  int attempts = 0;
  // It was seen to stay true: the summary says how long, and over how many samples.
  bool held = false;
  std::chrono::system_clock::time_point started{};
  std::chrono::milliseconds duration{0};
  std::string reason;                   // of errored and skipped, a stable word; else empty
  std::string cause;                    // of errored, as of Outcome; no report shows it
  std::vector<std::string> blocked_by;  // ids of the checks that stopped this one
  std::string hint;                     // what to do when it is not green
  std::string page;                     // where to read more
};

// Nobody wanted it of this run: it was not selected, or is another shard's.
bool is_left_out(const CheckResult& check);

// One of the machines that share a run, as of an Indexed Job: `index` counts from 0.
struct Shard {
  std::size_t index = 0, count = 1;
  // The same in all shards of one run: a digest of all that decides what is checked and how, and
  // the name that whoever started them gave the run (--run-id), or empty.
  std::string inputs = {}, run = {};
};

// One of the clusters of a run over several.
struct RunCluster {
  std::string name;
  std::string target;
  std::chrono::milliseconds duration{0};
};

struct Totals {
  std::size_t passed = 0, warned = 0, failed = 0, errored = 0, skipped = 0;
};

// Words that the runner itself says why a check came to no answer, and that the exit code rests on.
namespace runner_reason {
inline constexpr std::string_view blocked = "blocked", waived = "waived",
                                  not_selected = "not-selected", other_shard = "other-shard",
                                  missing_shard = "missing-shard";
inline constexpr std::array all{blocked, waived, not_selected, other_shard, missing_shard};
}  // namespace runner_reason

// The whole run: every check of the checklist, in checklist order, whatever became of it.
struct RunRecord {
  std::string checklist;
  std::string target;  // what was checked: the API server, or empty
  std::chrono::system_clock::time_point started{};
  std::chrono::milliseconds duration{0};
  std::vector<CheckResult> checks;
  int interrupted_by = 0;      // the signal number, or 0
  bool fail_on_warn = false;   // a warning counts as a failure
  std::string replay_of;       // the recording that was replayed; empty: the world itself was asked
  std::optional<Shard> shard;  // the record is that of one shard
  std::vector<RunCluster> clusters;  // of a run over several; each has all checks of its checklist
};

Totals totals_of(const RunRecord& record);

// passed, warned (also: an advisory check is not green), failed, or errored for "we do not know".
// Never better than the exit code, and decided beside it.
Status verdict_of(const RunRecord& record);

// What it says of one of its clusters alone.
RunRecord record_of(const RunRecord& record, const RunCluster& cluster);

}  // namespace postflight
