#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "clients/recording.hpp"

namespace postflight {

struct RecordedAttempt {
  std::chrono::system_clock::time_point began{};
  std::optional<std::chrono::milliseconds> took;  // nothing: it never came back
};

// All that is kept of a run, to go through it once more.
struct RecordedRun {
  std::string program;  // that recorded it: "postflight 0.1.0"
  std::chrono::system_clock::time_point started{};
  std::string checklist;
  std::string target;                                          // the API server's URL, or empty
  std::vector<std::pair<std::string, std::string>> variables;  // that were set, and are no secret
  std::vector<std::string> secret_variables;                   // names of those that are
  std::map<std::string, std::chrono::milliseconds> durations;  // of the options: "wait", "deadline"
  std::map<std::string, std::vector<std::string>> selection;   // "tag", "only", "skip"
  std::map<std::string, std::vector<RecordedAttempt>> attempts;  // by the check's id
  std::vector<Exchange> exchanges;
};

// What is wrong with a recording, and in which of its files.
class RecordingError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// The files of a recording, by their path in its folder.
using RecordingFiles = std::map<std::string, std::string>;

inline constexpr const char* recording_index = "recording.json";
inline constexpr std::size_t largest_recording = 1u << 30;  // bytes, all files together

// docs/recordings.md is the format. What is written reads back as it was, byte for byte.
RecordingFiles write_recording(const RecordedRun& run);
// Throws RecordingError for whatever else is in them than what write_recording writes.
RecordedRun read_recording(const RecordingFiles& files);

}  // namespace postflight
