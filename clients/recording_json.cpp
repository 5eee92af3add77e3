#include "clients/recording_json.hpp"

#include <cstdio>
#include <ctime>
#include <nlohmann/json.hpp>

namespace postflight {
namespace {

using Json = nlohmann::ordered_json;
using std::chrono::nanoseconds;
using std::chrono::system_clock;

}  // namespace

RecordedObject::RecordedObject(const Json& json, std::string place)
    : json_(json), place_(std::move(place)) {
  if (!json.is_object()) throw RecordingError(place_ + " must be an object");
}

bool RecordedObject::has(const char* name) const { return json_.contains(name); }

void RecordedObject::refuse(const char* name, const std::string& wanted) const {
  throw RecordingError(place_of(name) + " must be " + wanted);
}

std::string RecordedObject::place_of(const char* name, std::size_t index) const {
  return place_of(name) + "[" + std::to_string(index) + "]";
}

const Json& RecordedObject::member(const char* name) const {
  asked_.insert(name);
  const auto found = json_.find(name);
  if (found == json_.end()) throw RecordingError(place_of(name) + " is missing");
  return *found;
}

std::string RecordedObject::text(const char* name) const {
  const auto& value = member(name);
  if (!value.is_string()) refuse(name, "a text");
  return value.get<std::string>();
}

std::int64_t RecordedObject::integer(const char* name) const {
  const auto& value = member(name);
  if (!value.is_number_integer() ||
      (value.is_number_unsigned() && value.get<std::uint64_t>() > INT64_MAX / 1'000'000))
    refuse(name, "a whole number");
  return value.get<std::int64_t>();
}

bool RecordedObject::flag(const char* name) const {
  const auto& value = member(name);
  if (!value.is_boolean()) refuse(name, "true or false");
  return value.get<bool>();
}

system_clock::time_point RecordedObject::time(const char* name) const {
  const auto value = text(name);
  int y = 0, mon = 0, d = 0, h = 0, min = 0, s = 0, read = 0;
  long fraction = 0;
  const bool right = value.size() == 30 &&
                     std::sscanf(value.c_str(), "%4d-%2d-%2dT%2d:%2d:%2d.%9ld%nZ", &y, &mon, &d, &h,
                                 &min, &s, &fraction, &read) == 7 &&
                     read == 29 && value.back() == 'Z';
  constexpr std::chrono::sys_seconds last(
      std::chrono::duration_cast<std::chrono::seconds>(system_clock::duration::max()));
  const auto day = std::chrono::year(y) / mon / d;
  const bool is_time = right && day.ok() && y >= 1700 && h >= 0 && h <= 23 && min >= 0 &&
                       min <= 59 && s >= 0 && s <= 60 && fraction >= 0;
  const auto second = std::chrono::sys_days(is_time ? day : std::chrono::year(1970) / 1 / 1) +
                      std::chrono::hours(h) + std::chrono::minutes(min) + std::chrono::seconds(s);
  if (!is_time || second > last || (second == last && fraction > 0))
    refuse(name, "a time such as 2026-01-31T23:59:59.000000000Z");
  return second + nanoseconds(fraction);
}

const Json& RecordedObject::list(const char* name) const {
  const auto& value = member(name);
  if (!value.is_array()) refuse(name, "a list");
  return value;
}

RecordedObject RecordedObject::object(const char* name) const {
  return {member(name), place_of(name)};
}

std::vector<std::string> RecordedObject::texts(const char* name) const {
  std::vector<std::string> texts;
  for (const auto& item : list(name)) {
    if (!item.is_string()) refuse(name, "a list of texts");
    texts.push_back(item.get<std::string>());
  }
  return texts;
}

void RecordedObject::refuse_unknown() const {
  for (const auto& [name, value] : json_.items())
    if (!asked_.contains(name)) throw RecordingError(place_ + ": unknown member '" + name + "'");
}

std::string recorded_time(system_clock::time_point moment) {
  const auto second = std::chrono::floor<std::chrono::seconds>(moment);
  const auto time = system_clock::to_time_t(second);
  std::tm parts{};
  gmtime_r(&time, &parts);
  char text[64], whole[96];
  std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%S", &parts);
  std::snprintf(whole, sizeof whole, "%s.%09ldZ", text,
                static_cast<long>(nanoseconds(moment - second).count()));
  return whole;
}

}  // namespace postflight
