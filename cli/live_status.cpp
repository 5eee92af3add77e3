#include "cli/live_status.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>

#include "cli/output.hpp"
#include "reports/text_safety.hpp"

namespace postflight {
namespace {

using namespace std::chrono_literals;

constexpr std::chrono::milliseconds between_drawings{200};
constexpr std::size_t most_summary = 500;

// " (attempt 3)", or " (holds, 9m30s left)"
std::string progress(const StatusLine::Running& check, std::chrono::seconds elapsed) {
  if (check.holds_until)
    return fmt::format(" (holds, {} left)",
                       format_duration(std::max(*check.holds_until - elapsed, 0s)));
  return check.attempts == 0 ? "" : fmt::format(" (attempt {})", check.attempts + 1);
}

}  // namespace

std::string StatusLine::text(std::size_t columns) const {
  const auto head =
      fmt::format("{} of {} done, {}s", done, total, static_cast<long long>(elapsed.count()));
  std::string text = head;
  for (std::size_t i = 0; i < running.size(); ++i) {
    auto next = (i == 0 ? "; waiting for " : ", ") + running[i].id;
    next += progress(running[i], elapsed);
    const auto rest = running.size() - i;
    const auto more = fmt::format("{}{} more", i == 0 ? "; waiting for " : " and ", rest);
    const auto after = rest > 1 ? fmt::format(" and {} more", rest - 1).size() : 0;
    if (columns_of(text) + columns_of(next) + after > columns) {
      text += more;
      break;
    }
    text += next;
  }
  return columns_of(text) <= columns ? text : head.substr(0, columns);
}

// What several clusters have in common, the ids of checks, is told with the cluster before it.
class LiveStatus::Watch : public RunObserver {
 public:
  Watch(LiveStatus& status, const std::string& cluster)
      : status_(status), prefix_(cluster.empty() ? "" : safe_line(cluster, most_summary) + "/") {}

  void on_started(const ChecklistEntry& entry) override { status_.started(prefix_ + entry.id); }
  void on_attempt(const ChecklistEntry& entry, const Outcome& outcome, int attempt) override {
    status_.attempted(prefix_ + entry.id, outcome, attempt);
  }
  void on_sample(const ChecklistEntry& entry, const Outcome& outcome, int attempt,
                 std::chrono::milliseconds left) override {
    status_.sampled(prefix_ + entry.id, outcome, attempt, left);
  }
  void on_finished(const CheckResult& result) override {
    status_.finished(prefix_ + result.id, result);
  }

 private:
  LiveStatus& status_;
  const std::string prefix_;
};

LiveStatus::LiveStatus(const Settings& settings, const Messages& messages)
    : settings_(settings), messages_(messages) {
  line_.total = settings.total;
  if (settings_.redraw) thread_ = std::thread([this] { redraw_from_time_to_time(); });
}

LiveStatus::~LiveStatus() { end(); }

std::unique_ptr<RunObserver> LiveStatus::of_cluster(const std::string& name) {
  return std::make_unique<Watch>(*this, name);
}

void LiveStatus::started(const std::string& id) {
  const std::lock_guard lock(mutex_);
  line_.running.push_back({id, 0});
}

void LiveStatus::attempted(const std::string& id, const Outcome& outcome, int attempt) {
  const std::lock_guard lock(mutex_);
  const auto running = std::ranges::find(line_.running, id, &StatusLine::Running::id);
  if (running != line_.running.end()) running->attempts = attempt;
  if (settings_.attempts)
    tell(fmt::format("{}: attempt {}: {}: {}", id, attempt, to_string(outcome.status),
                     safe_line(outcome.summary, most_summary)));
}

void LiveStatus::sampled(const std::string& id, const Outcome& outcome, int attempt,
                         std::chrono::milliseconds left) {
  const std::lock_guard lock(mutex_);
  const auto running = std::ranges::find(line_.running, id, &StatusLine::Running::id);
  if (running != line_.running.end())
    running->holds_until = elapsed() + std::chrono::ceil<std::chrono::seconds>(left);
  if (settings_.attempts)
    tell(fmt::format("{}: attempt {}: {}, to hold for another {}: {}", id, attempt,
                     to_string(outcome.status),
                     format_duration(std::chrono::ceil<std::chrono::seconds>(left)),
                     safe_line(outcome.summary, most_summary)));
}

void LiveStatus::finished(const std::string& id, const CheckResult& result) {
  const std::lock_guard lock(mutex_);
  const auto ended = std::ranges::remove(line_.running, id, &StatusLine::Running::id);
  line_.running.erase(ended.begin(), ended.end());
  if (is_left_out(result)) return;
  ++line_.done;
  if (settings_.attempts)
    tell(fmt::format("{}: {} after {} attempt{}: {}", id, to_string(result.status), result.attempts,
                     result.attempts == 1 ? "" : "s", safe_line(result.summary, most_summary)));
}

void LiveStatus::end() {
  {
    const std::lock_guard lock(mutex_);
    if (ended_) return;
    ended_ = true;
    clear();
  }
  changed_.notify_all();
  if (thread_.joinable()) thread_.join();
}

// A run that is over at once shows nothing: the first drawing comes after one pause.
void LiveStatus::redraw_from_time_to_time() {
  std::unique_lock lock(mutex_);
  while (!changed_.wait_for(lock, between_drawings, [this] { return ended_; })) draw();
}

std::chrono::seconds LiveStatus::elapsed() const {
  return std::chrono::duration_cast<std::chrono::seconds>(std::chrono::steady_clock::now() -
                                                          began_);
}

void LiveStatus::draw() {
  line_.elapsed = elapsed();
  // Some columns stay free: for a terminal that wraps when the last is filled, and for its "^C".
  constexpr std::size_t free_columns = 3;
  const auto text = line_.text(std::max(settings_.columns, free_columns + 1) - free_columns);
  write_all(STDERR_FILENO, "\r\x1b[2K" + text, Patience::briefly);
  shown_ = true;
}

void LiveStatus::clear() {
  if (shown_) write_all(STDERR_FILENO, "\r\x1b[2K", Patience::briefly);
  shown_ = false;
}

void LiveStatus::tell(const std::string& line) {
  clear();
  messages_.say_bare(line);
}

}  // namespace postflight
