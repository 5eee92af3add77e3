#pragma once

#include <vector>

#include "cli/options.hpp"
#include "clients/recorded_run.hpp"
#include "clients/recording_clients.hpp"
#include "runner/checklist.hpp"
#include "runner/redactor.hpp"
#include "runner/run.hpp"

namespace postflight {

// Keeps what a run asks and is answered (--record). Secrets go when it is written: one may become
// known only after it was answered.
class Recorder {
 public:
  // Both must outlive it.
  Recorder(const Clients& real, const Redactor& known);

  const Clients& clients() const { return clients_.clients(); }
  // The recording, without secrets.
  RecordingFiles files(const Options& options, const RunSettings& settings,
                       const std::vector<Checklist>& checklists, const RunRecord& record,
                       const AttemptTimes& attempts) const;

 private:
  std::string clean(std::string_view text) const;
  std::vector<Exchange> clean_exchanges() const;

  const Redactor& known_;
  Redactor learned_;  // from questions; the report does not know them
  Recording recording_;
  RecordingClients clients_;
};

}  // namespace postflight
