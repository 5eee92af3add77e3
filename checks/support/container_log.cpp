#include "checks/support/container_log.hpp"

#include <fmt/format.h>

#include "checks/support/containers.hpp"
#include "checks/support/text.hpp"
#include "runner/check.hpp"
#include "text/utf8.hpp"

namespace postflight {
namespace {

// The container as it is now, not as it was listed.
Pod read_afresh(Kubernetes& kubernetes, const Pod& pod, Limits limits) {
  limits.fresh_since = std::chrono::steady_clock::now();
  return read_pod(*kubernetes.get(
      fmt::format("/api/v1/namespaces/{}/pods/{}", pod.name_space, pod.name), limits));
}

ContainerLog read_log(Kubernetes& kubernetes, const Pod& pod, const std::string& container,
                      bool previous, const Limits& limits) {
  LogRequest request;
  request.name_space = pod.name_space;
  request.pod = pod.name;
  request.container = container;
  request.previous = previous;
  return ContainerLog(kubernetes.log(request, limits));
}

// Why the first line does not prove the start; empty when it does.
std::string start_is_lost(const ContainerLog& log, Moment started, const LogScope& scope) {
  if (log.lines().front().at <= started + scope.slack) return {};
  return fmt::format(
      "the log begins at {}, but the container began at {}: lines before may have been "
      "rotated away",
      format_timestamp(log.lines().front().at), format_timestamp(started));
}

// Puts the log of the instance before in front, or says why it cannot.
void add_previous(Kubernetes& kubernetes, const Pod& pod, const Container& container,
                  const LogScope& scope, const Limits& limits, LogHistory& history) {
  std::string lost;
  try {
    auto log = read_log(kubernetes, pod, container.name, true, limits);
    const auto started = container.last_state.started_at;
    if (log.lines().empty())
      lost = "the log of the instance before this one is empty";
    else if (!started)
      lost = "nobody knows when the instance before this one was started";
    else
      lost = start_is_lost(log, *started, scope);
    if (history.reaches_start() && !log.lines().empty())
      history.unbroken_since = log.lines().front().at;
    if (started) history.started = *started;
    history.logs.insert(history.logs.begin(), std::move(log));
  } catch (const ClientError& error) {
    lost = fmt::format("the log of the instance before this one cannot be read: {}", error.what());
  } catch (const CannotTell& unknown) {
    lost = fmt::format("the log of the instance before this one: {}", unknown.what());
  }
  if (history.lost.empty()) history.lost = lost;
}

// Says until when instances that are not among the logs may have written.
void note_unseen(const Container& container, LogHistory& history) {
  const std::size_t looked_at = history.logs.size() - 1;  // instances before the one that runs
  if (container.restart_count <= static_cast<std::int64_t>(looked_at)) return;
  const auto& last = container.last_state;
  history.unseen_until =
      looked_at == 0 ? last.finished_at.value_or(history.started) : history.started;
  history.unseen =
      looked_at == 0
          ? fmt::format(
                "the container was restarted at {}: 'previous: true' looks at what the "
                "instance before wrote",
                format_timestamp(history.started))
          : fmt::format(
                "the container was restarted {} times, and only the last log before is kept",
                container.restart_count);
}

}  // namespace

std::string LogHistory::gap(std::optional<Moment> since) const {
  if (!reaches_start() && !(since && unbroken_since <= *since)) return lost;
  return since && unseen_until && *since < *unseen_until ? unseen : "";
}

ContainerLog::ContainerLog(std::string text)
    : text_(std::make_unique<const std::string>(std::move(text))) {
  const bool is_clean = is_utf8(*text_);
  std::string_view rest = *text_;
  while (!rest.empty()) {
    const auto end = std::min(rest.find('\n'), rest.size());
    auto line = rest.substr(0, end);
    rest.remove_prefix(std::min(end + 1, rest.size()));
    const auto space = std::min(line.find(' '), line.size());
    const auto at = parse_timestamp(line.substr(0, space));
    if (!at && lines_.empty())
      throw CannotTell("unreadable", fmt::format("the log does not begin with a timestamp but with "
                                                 "'{}'",
                                                 excerpt(line)));
    if (at) line.remove_prefix(std::min(space + 1, line.size()));
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (!is_clean && !is_utf8(line)) line = repaired_.emplace_back(as_utf8(line));
    lines_.push_back({at ? *at : lines_.back().at, line});
  }
}

LogHistory read_log_history(Kubernetes& kubernetes, const Pod& listed,
                            const std::string& container_name, const LogScope& scope,
                            const Limits& limits) {
  auto pod = listed;
  auto container = running_container(pod, container_name);
  auto log = read_log(kubernetes, pod, container_name, false, limits);
  if (log.lines().empty() || !start_is_lost(log, *container.state.started_at, scope).empty()) {
    // It may have been started anew since it was listed: then this is the log of another instance.
    pod = read_afresh(kubernetes, pod, limits);
    const auto now = running_container(pod, container_name);
    if (pod.uid != listed.uid || now.state.started_at != container.state.started_at)
      log = read_log(kubernetes, pod, container_name, false, limits);
    container = now;
  }
  if (log.lines().empty())
    throw CannotTell("nothing-examined",
                     fmt::format("its log is empty, though it is {}", describe(container.state)));
  LogHistory history;
  history.started = *container.state.started_at;
  history.unbroken_since = log.lines().front().at;
  history.lost = start_is_lost(log, history.started, scope);
  history.logs.push_back(std::move(log));
  if (scope.previous && container.restart_count > 0)
    add_previous(kubernetes, pod, container, scope, limits, history);
  note_unseen(container, history);
  for (const auto& part : history.logs)
    history.lines.insert(history.lines.end(), part.lines().begin(), part.lines().end());
  return history;
}

}  // namespace postflight
