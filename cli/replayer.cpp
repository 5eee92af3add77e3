#include "cli/replayer.hpp"

#include <algorithm>

#include "cli/recording_folder.hpp"
#include "clients/recording_secrets.hpp"
#include "runner/value.hpp"

namespace postflight {
namespace {

PastRun past_of(const RecordedRun& run) {
  PastRun past{run.started, {}};
  for (const auto& [id, attempts] : run.attempts)
    for (const auto& attempt : attempts) past.attempts[id].push_back({attempt.began, attempt.took});
  return past;
}

std::vector<std::string> selected(const RecordedRun& run, const char* how) {
  const auto found = run.selection.find(how);
  return found == run.selection.end() ? std::vector<std::string>() : found->second;
}

}  // namespace

Replayer::Replayer(RecordedRun run, const Redactor& known)
    : run_(std::move(run)),
      past_(past_of(run_)),
      replay_(run_.exchanges),
      clients_(replay_, run_.target, [&known](Question question) {
        return without_secrets(std::move(question),
                               [&known](std::string_view text) { return known.redact(text); });
      }) {}

RecordedRun load_recording(const std::string& folder) {
  try {
    return read_recording(read_recording_folder(folder));
  } catch (const RecordingError& error) {
    throw Mistakes(
        {{{folder, 0, 0}, std::string("this recording cannot be replayed: ") + error.what()}});
  }
}

Options as_recorded(Options options, const RecordedRun& run) {
  const auto recorded = [&](const char* name) {
    const auto found = run.durations.find(name);
    return found == run.durations.end() ? std::optional<std::chrono::milliseconds>()
                                        : std::optional(found->second);
  };
  if (!options.wait) options.wait = recorded("wait");
  if (!options.hold) options.hold = recorded("hold");
  if (!options.deadline) options.deadline = recorded("deadline");
  auto& selection = options.selection;
  if (selection.tags.empty() && selection.only.empty() && selection.skip.empty())
    selection = {selected(run, "tag"), selected(run, "only"), selected(run, "skip"),
                 selection.shard};
  return options;
}

std::optional<std::string> recorded_variable(const RecordedRun& run, const std::string& name) {
  for (const auto& [known, text] : run.variables)
    if (known == name) return text;
  const bool is_secret =
      std::ranges::find(run.secret_variables, name) != run.secret_variables.end();
  return is_secret ? std::optional<std::string>(secret_placeholder) : std::nullopt;
}

}  // namespace postflight
