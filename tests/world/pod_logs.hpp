#pragma once

#include <chrono>
#include <map>
#include <mutex>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "tests/world/http_server.hpp"

namespace postflight::world {

class ObjectStore;

struct LogLine {
  std::chrono::system_clock::time_point time;
  std::string text;  // without the line feed
};

// What containers have written, by container id: a restart begins a new log. Safe to use from many
// threads.
class PodLogs {
 public:
  void set(const std::string& container_id, std::vector<LogLine> lines);
  void append(const std::string& container_id, const std::string& text);  // now
  std::vector<LogLine> lines(const std::string& container_id) const;

 private:
  mutable std::mutex mutex_;
  std::map<std::string, std::vector<LogLine>> lines_;
};

// Answers GET pods/NAME/log. `pod` is null when there is no such pod. Throws Refusal.
Answer pod_log(const PodLogs& logs, const nlohmann::ordered_json* pod, const std::string& name,
               const Request& request);

// The container to use: the only one, or the one asked for. Throws Refusal (400).
std::string choose_container(const nlohmann::ordered_json& pod, const std::string& asked);
// The status of that container; null when the pod has none yet.
const nlohmann::ordered_json* container_status(const nlohmann::ordered_json& pod,
                                               const std::string& container);

// The line that the outpost writes for a forward-auth request.
std::string outpost_access_line(std::chrono::system_clock::time_point time, int status);

// Gives every container of the store the log that such a container writes: the outpost's lines
// since its start, and short ones for the others.
void write_recorded_logs(const ObjectStore& store, PodLogs& logs);

}  // namespace postflight::world
