#pragma once

#include <chrono>
#include <nlohmann/json_fwd.hpp>
#include <string>

namespace postflight::world {

class ObjectStore;

// A recorded answer of a real API server, from tests/fixtures/kubernetes. Throws when missing.
nlohmann::ordered_json recording(const std::string& file);

// The same as text, for those that are no JSON.
std::string recorded_text(const std::string& file);

// Fills the store with the recorded cluster, as if it had been recorded three hours ago.
void load_recorded_objects(ObjectStore& store);
// Its namespace lab-trouble alone, and the node, as if it had been recorded so long ago: every time
// is moved by the same, so that ages are those of the recording and `age` more.
void load_recorded_trouble(ObjectStore& store, std::chrono::seconds age);

// RFC 3339 in UTC, with whole seconds or nanoseconds.
std::string rfc3339(std::chrono::system_clock::time_point time);
std::string rfc3339_nanoseconds(std::chrono::system_clock::time_point time);
// Throws std::invalid_argument when it is none.
std::chrono::system_clock::time_point parse_rfc3339(const std::string& text);

}  // namespace postflight::world
