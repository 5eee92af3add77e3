#pragma once

#include <optional>
#include <string>

#include "cli/options.hpp"
#include "clients/recorded_run.hpp"
#include "clients/replaying_clients.hpp"
#include "runner/past_run.hpp"
#include "runner/redactor.hpp"

namespace postflight {

// Answers the questions of a run from a recording (--replay).
class Replayer {
 public:
  // `known` must outlive it: what it takes out of questions is not in the recording either.
  Replayer(RecordedRun run, const Redactor& known);

  const Clients& clients() const { return clients_.clients(); }
  const std::string& target() const { return run_.target; }
  const PastRun& past() const { return past_; }

 private:
  const RecordedRun run_;
  PastRun past_;
  Replay replay_;
  ReplayingClients clients_;
};

// Reads the recording that --replay names. Throws Mistakes: what is wrong with it.
RecordedRun load_recording(const std::string& folder);

// What the command line leaves open is as it was then: waits, deadline, what was selected.
Options as_recorded(Options options, const RecordedRun& run);

// What a variable was given then; a placeholder for a secret.
std::optional<std::string> recorded_variable(const RecordedRun& run, const std::string& name);

}  // namespace postflight
