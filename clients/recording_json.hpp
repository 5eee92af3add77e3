#pragma once

#include <chrono>
#include <cstdint>
#include <set>
#include <string>
#include <string_view>

#include "clients/recorded_run.hpp"
#include "clients/recording_text.hpp"

#include <nlohmann/json_fwd.hpp>

namespace postflight {

// A JSON object of a recording, read strictly: whatever is missing, of another type or unknown
// throws RecordingError naming the place.
class RecordedObject {
 public:
  RecordedObject(const nlohmann::ordered_json& json, std::string place);

  bool has(const char* name) const;
  const nlohmann::ordered_json& member(const char* name) const;
  std::string text(const char* name) const;
  std::int64_t integer(const char* name) const;
  bool flag(const char* name) const;
  std::chrono::system_clock::time_point time(const char* name) const;
  const nlohmann::ordered_json& list(const char* name) const;
  RecordedObject object(const char* name) const;
  std::vector<std::string> texts(const char* name) const;
  // Call when all is read: a member that nobody asked for is a mistake.
  void refuse_unknown() const;

  std::string place_of(const char* name) const { return place_ + "." + name; }
  std::string place_of(const char* name, std::size_t index) const;
  [[noreturn]] void refuse(const char* name, const std::string& wanted) const;

 private:
  const nlohmann::ordered_json& json_;
  const std::string place_;
  mutable std::set<std::string> asked_;
};

// RFC 3339 in UTC, to the nanosecond.
std::string recorded_time(std::chrono::system_clock::time_point moment);

// An answer as JSON, and back. `name` names its files.
nlohmann::ordered_json json_of(const Answer& answer, const std::string& name, TextWriter& texts);
Answer answer_of(const RecordedObject& json, std::string_view kind, TextReader& texts);

}  // namespace postflight
