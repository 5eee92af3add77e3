#pragma once

#include <chrono>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "checks/support/objects.hpp"
#include "clients/kubernetes.hpp"

namespace postflight {

struct LogLine {
  Moment at;              // when the container runtime took it
  std::string_view text;  // valid UTF-8, without the end of the line
};

// The log of one instance of a container: kept once, cut into lines that refer to it.
class ContainerLog {
 public:
  // `text` as Kubernetes::log gives it. Throws CannotTell("unreadable") when it does not begin with
  // a timestamp: the kubelet reports its own troubles in place of the log.
  explicit ContainerLog(std::string text);

  const std::vector<LogLine>& lines() const { return lines_; }

 private:
  std::unique_ptr<const std::string> text_;
  std::deque<std::string> repaired_;  // lines that were not UTF-8
  std::vector<LogLine> lines_;
};

// What is left of a container's log, and how far back it reaches without a hole.
struct LogHistory {
  std::vector<ContainerLog> logs;  // oldest first
  std::vector<LogLine> lines;      // of all of them
  Moment started;                  // of the oldest instance that was asked for
  Moment unbroken_since;           // everything written since then is in `lines`
  std::string lost;                // why nothing proves that it reaches back to the start; or empty
  // An instance before those asked for may have written until then, and what that is called.
  std::optional<Moment> unseen_until;
  std::string unseen;

  bool reaches_start() const { return lost.empty(); }
  // Why something may have been written at or after `since`, a window's start, that is not in
  // `lines`; or empty. Without a window only the instances asked for count.
  std::string gap(std::optional<Moment> since) const;
};

struct LogScope {
  bool previous = false;               // the instance before this one too, if there was one
  std::chrono::milliseconds slack{0};  // a first line this late still proves the start
};

// Reads what is left of the log of a container. Throws CannotTell when it does not run or has
// written nothing, and what the API server refuses. `pod` may be a little old: a container that was
// started anew since it was listed is looked at again.
LogHistory read_log_history(Kubernetes& kubernetes, const Pod& pod, const std::string& container,
                            const LogScope& scope, const Limits& limits);

}  // namespace postflight
