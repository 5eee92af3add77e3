#pragma once

#include <filesystem>
#include <map>
#include <mutex>
#include <string>

namespace postflight::world {

// How often the API server was asked for what: {"pods": {"list": 1, "page": 19, "get": 0}, ...}.
// "list" are first pages, "page" those that continue a list, other verbs are RBAC's. Groups stand
// in the name ("deployments.apps"); paths that are no resource count as "get" under themselves.
// With a file, what is counted is in it before the answer is sent. Safe to use from many threads.
class RequestCounts {
 public:
  explicit RequestCounts(std::filesystem::path file = {}) : file_(std::move(file)) { write(); }
  void count(const std::string& resource, const std::string& verb);
  std::string json() const;

 private:
  void write() const;
  std::string text() const;
  std::filesystem::path file_;
  mutable std::mutex mutex_;
  std::map<std::string, std::map<std::string, std::size_t>> counts_;
};

}  // namespace postflight::world
