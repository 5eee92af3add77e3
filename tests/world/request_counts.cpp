#include "tests/world/request_counts.hpp"

#include <fstream>

#include "tests/world/json.hpp"

namespace postflight::world {

void RequestCounts::count(const std::string& resource, const std::string& verb) {
  const std::lock_guard lock(mutex_);
  ++counts_[resource][verb];
  write();
}

std::string RequestCounts::json() const {
  const std::lock_guard lock(mutex_);
  return text();
}

std::string RequestCounts::text() const { return Json(counts_).dump(1) + "\n"; }

void RequestCounts::write() const {
  if (file_.empty()) return;
  // Whole or not at all: somebody may read it at any time.
  const std::filesystem::path partial = file_.string() + ".partial";
  std::ofstream(partial) << text();
  std::filesystem::rename(partial, file_);
}

}  // namespace postflight::world
