#pragma once

#include <chrono>
#include <cstddef>
#include <memory>
#include <span>
#include <stdexcept>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "runner/clock.hpp"
#include "runner/setting.hpp"

namespace postflight {

struct Clients;  // clients/clients.hpp; the runner only hands it on
class ListUse;   // clients/list_use.hpp; likewise

enum class Status { passed, warned, failed, errored, skipped };
enum class Severity { blocking, advisory };

std::string_view to_string(Status status);
std::string_view to_string(Severity severity);

// One fact, short enough to quote. `status` says how this fact alone was judged: passed, warned,
// failed, or errored for what could not be found out.
struct Evidence {
  std::string subject;   // the object: "pod authentik/web-1"
  std::string expected;  // "ready"
  std::string observed;  // "not ready since 20:01:12Z"
  Status status = Status::passed;
};

// What a check found. The default is that it found nothing out.
struct Outcome {
  Status status = Status::errored;
  std::string summary;  // one sentence about the world, not about the check
  std::vector<Evidence> evidence;
  std::size_t examined = 0;  // how many objects were really looked at
  std::string reason = {};   // of errored: a stable word, such as "log-start-gone"
  // Of errored: what is wrong beyond this check, in words that are the very same for every check
  // that it leaves without an answer. Empty: nothing but this check is known to be unknown.
  std::string cause = {};
};

// The verdict over many facts: a known failure outweighs an unknown, an unknown outweighs a
// warning. No evidence is errored.
Status worst_of(std::span<const Evidence> evidence);

// Thrown by a check that cannot find out. `reason` is a stable word of the report format.
class CannotTell : public std::runtime_error {
 public:
  CannotTell(std::string reason, const std::string& what)
      : std::runtime_error(what), reason_(std::move(reason)) {}
  const std::string& reason() const { return reason_; }

 private:
  std::string reason_;
};

// The reason word of what is thrown when the thing to look at is proved not to be there at all: an
// API group that the server does not serve, a program that nobody named. `when: installed` turns it
// into a skip; without that it is errored like any other.
inline constexpr std::string_view not_installed = "not-installed";

// What a check may use while it runs.
struct CheckContext {
  const Clients& clients;
  std::chrono::steady_clock::time_point deadline;  // every wait ends by then
  std::stop_token stop;                            // asked to stop: interrupted
  // An answer shared with other checks must have been asked for at or after this moment: the start
  // of the run for a first attempt, of the attempt for a retry.
  std::chrono::steady_clock::time_point fresh_since;
  std::string_view check = {};  // its id: whose questions these are
  // What every "now" of a verdict means: a replay judges as on the day of the recording.
  std::chrono::system_clock::time_point today = std::chrono::system_clock::now();
  Clock& clock = system_clock();  // for pauses
};

// A check ready to run. Immutable: it may run on any thread, and more than once.
class Check {
 public:
  virtual ~Check();
  // Throws when it cannot find out.
  virtual Outcome run(const CheckContext& context) const = 0;
  // The lists that it reads item by item, parts of this check: told before a run, so that each is
  // asked for once for all checks that read it.
  virtual std::vector<const ListUse*> lists() const;
  // Paths of the Kubernetes API that it may GET beside those lists, without their queries, for the
  // rights that it needs: * is a name that only a run knows.
  virtual std::vector<std::string> kubernetes_paths() const;
};

// A plug-in that knows how to verify one sort of thing.
struct CheckKind {
  std::string_view name;     // family.words-with-dashes
  std::string_view summary;  // one line: what a pass means
  std::span<const Setting> settings;
  // Reads every setting, reports mistakes, does no I/O. What it returns is not run when there
  // were mistakes.
  std::unique_ptr<Check> (*create)(const Settings& settings);
  bool uses_kubernetes = false;  // needs a kubeconfig or a service account
  // Called once with all checks of the kind in one checklist, before any is run: what costs too
  // much for each alone is done for all together. Returns what is wrong with any. No I/O.
  std::vector<Mistake> (*prepare)(std::span<const Check* const> checks) = nullptr;
};

}  // namespace postflight
