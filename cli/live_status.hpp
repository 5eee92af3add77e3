#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "cli/messages.hpp"
#include "runner/run.hpp"

namespace postflight {

// What runs now, as one line: what is running, how much is done, how long it has taken.
struct StatusLine {
  struct Running {
    std::string id;
    int attempts = 0;                                      // that have ended
    std::optional<std::chrono::seconds> holds_until = {};  // as `elapsed` counts, once it is true
  };
  std::vector<Running> running;
  std::size_t done = 0, total = 0;
  std::chrono::seconds elapsed{0};

  // At most `columns` wide: what does not fit is counted.
  std::string text(std::size_t columns) const;
};

// Shows what happens while it happens, on standard error: a status line that is redrawn in place,
// and with -v a line for each attempt.
class LiveStatus {
 public:
  struct Settings {
    std::size_t total = 0;  // checks to be run
    bool redraw = false;    // on a terminal
    bool attempts = false;  // -v
    std::size_t columns = 80;
  };
  LiveStatus(const Settings& settings, const Messages& messages);
  ~LiveStatus();
  LiveStatus(const LiveStatus&) = delete;
  LiveStatus& operator=(const LiveStatus&) = delete;

  // Observes a run, on one cluster of several when it has a name. Must not outlive this.
  std::unique_ptr<RunObserver> of_cluster(const std::string& name);

  // Takes the line away and shows no more.
  void end();

 private:
  class Watch;
  void started(const std::string& id);
  void attempted(const std::string& id, const Outcome& outcome, int attempt);
  void sampled(const std::string& id, const Outcome& outcome, int attempt,
               std::chrono::milliseconds left);
  void finished(const std::string& id, const CheckResult& result);
  void redraw_from_time_to_time();
  void draw();  // with the mutex held
  std::chrono::seconds elapsed() const;
  void tell(const std::string& line);  // with the mutex held
  void clear();                        // with the mutex held

  const Settings settings_;
  const Messages& messages_;
  const std::chrono::steady_clock::time_point began_ = std::chrono::steady_clock::now();
  std::mutex mutex_;
  std::condition_variable changed_;
  StatusLine line_;
  bool shown_ = false, ended_ = false;
  std::thread thread_;
};

}  // namespace postflight
