#include "tests/world/pod_logs.hpp"

#include <charconv>
#include <optional>

#include "tests/world/json.hpp"
#include "tests/world/recordings.hpp"
#include "tests/world/refusal.hpp"

namespace postflight::world {

namespace {

using std::chrono::system_clock;

struct LogOptions {
  bool previous = false, timestamps = false;
  std::optional<std::size_t> tail, limit_bytes;
  std::optional<system_clock::time_point> since;
};

// The smallest value allowed is 0 for tailLines and 1 for the others, as the server validates.
std::optional<std::int64_t> number(const Request& request, const std::string& pod,
                                   const std::string& field, std::int64_t smallest) {
  if (!request.has_parameter(field)) return std::nullopt;
  const std::string text = request.parameter(field);
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size())
    throw bad_request("strconv.ParseInt: parsing \"" + text + "\": invalid syntax");
  if (value < smallest)
    throw invalid("PodLogOptions", pod, field, "FieldValueInvalid",
                  "Invalid value: " + text + ": must be greater than " +
                      (smallest == 0 ? "or equal to 0" : "0"));
  return value;
}

LogOptions read_options(const Request& request, const std::string& pod) {
  if (request.has_parameter("stream"))
    throw invalid("PodLogOptions", pod, "stream", "FieldValueForbidden",
                  "Forbidden: may not be specified");
  LogOptions options;
  options.previous = request.parameter("previous") == "true";
  options.timestamps = request.parameter("timestamps") == "true";
  if (const auto tail = number(request, pod, "tailLines", 0))
    options.tail = static_cast<std::size_t>(*tail);
  if (const auto limit = number(request, pod, "limitBytes", 1))
    options.limit_bytes = static_cast<std::size_t>(*limit);
  if (const auto seconds = number(request, pod, "sinceSeconds", 1))
    options.since = system_clock::now() - std::chrono::seconds(*seconds);
  if (request.has_parameter("sinceTime")) {
    if (options.since)
      throw invalid("PodLogOptions", pod, "sinceSeconds", "FieldValueForbidden",
                    "Forbidden: at most one of `sinceTime` or `sinceSeconds` may be specified");
    try {
      options.since = parse_rfc3339(request.parameter("sinceTime"));
    } catch (const std::invalid_argument&) {
      throw bad_request("parsing time \"" + request.parameter("sinceTime") +
                        "\" as \"2006-01-02T15:04:05Z07:00\": cannot parse");
    }
  }
  return options;
}

// The rules of a node's agent (validateContainerLogStatus): which instance's log is meant.
std::string instance(const Json& pod, const std::string& container, const Json& status,
                     bool previous) {
  const std::string where =
      "container \"" + container + "\" in pod \"" + text_at(pod, "/metadata/name") + "\"";
  const std::string last = text_at(status, "/lastState/terminated/containerID");
  if (previous) {
    if (last.empty()) throw bad_request("previous terminated " + where + " not found");
    return last;
  }
  if (status["state"].contains("running")) return text_at(status, "/containerID");
  if (const auto ended = text_at(status, "/state/terminated/containerID"); !ended.empty())
    return ended;
  if (!last.empty()) return last;
  if (status["state"].contains("terminated")) throw bad_request(where + " is terminated");
  throw bad_request(where + " is waiting to start: " + text_at(status, "/state/waiting/reason"));
}

}  // namespace

void PodLogs::set(const std::string& container_id, std::vector<LogLine> lines) {
  const std::lock_guard lock(mutex_);
  lines_[container_id] = std::move(lines);
}

void PodLogs::append(const std::string& container_id, const std::string& text) {
  const std::lock_guard lock(mutex_);
  lines_[container_id].push_back({system_clock::now(), text});
}

std::vector<LogLine> PodLogs::lines(const std::string& container_id) const {
  const std::lock_guard lock(mutex_);
  const auto found = lines_.find(container_id);
  return found == lines_.end() ? std::vector<LogLine>{} : found->second;
}

std::string choose_container(const Json& pod, const std::string& asked) {
  const std::string name = text_at(pod, "/metadata/name");
  std::string names;
  for (const auto& container : pod["spec"]["containers"]) {
    if (container["name"] == asked) return asked;
    names += (names.empty() ? "" : " ") + container["name"].get<std::string>();
  }
  if (!asked.empty()) throw bad_request("container " + asked + " is not valid for pod " + name);
  if (pod["spec"]["containers"].size() > 1)
    throw bad_request("a container name must be specified for pod " + name + ", choose one of: [" +
                      names + "]");
  return names;
}

const Json* container_status(const Json& pod, const std::string& container) {
  const auto statuses = pod["status"].find("containerStatuses");
  if (statuses == pod["status"].end()) return nullptr;
  for (const auto& status : *statuses)
    if (status.value("name", "") == container) return &status;
  return nullptr;
}

Answer pod_log(const PodLogs& logs, const Json* pod, const std::string& name,
               const Request& request) {
  const LogOptions options = read_options(request, name);
  if (pod == nullptr) throw object_not_found("", "pods", name);
  const std::string container = choose_container(*pod, request.parameter("container"));
  Answer answer;
  const Json* status = container_status(*pod, container);
  if (text_at(*pod, "/spec/nodeName").empty() || status == nullptr) {
    answer.status = 204;  // nothing runs, so there is nothing to read
    return answer;
  }
  auto lines = logs.lines(instance(*pod, container, *status, options.previous));
  if (options.since)
    std::erase_if(lines, [&](const LogLine& line) { return line.time < *options.since; });
  if (options.tail && lines.size() > *options.tail)
    lines.erase(lines.begin(), lines.end() - static_cast<std::ptrdiff_t>(*options.tail));
  for (const auto& line : lines)
    answer.body +=
        (options.timestamps ? rfc3339_nanoseconds(line.time) + " " : "") + line.text + "\n";
  if (options.limit_bytes && answer.body.size() > *options.limit_bytes)
    answer.body.resize(*options.limit_bytes);
  answer.headers.emplace_back("Content-Type", "text/plain");
  answer.chunked = true;
  return answer;
}

}  // namespace postflight::world
