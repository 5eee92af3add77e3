#pragma once

#include <string>

#include "tests/world/api_server.hpp"
#include "tests/world/http_server.hpp"
#include "tests/world/object_store.hpp"
#include "tests/world/pod_logs.hpp"
#include "tests/world/users.hpp"

namespace postflight::world {

// The API server with the recorded cluster behind it, without a network and without the insides of
// pods: what its routing, rights and forms are tested with.
class RecordedApi {
 public:
  explicit RecordedApi(RequestCounts* counts = nullptr);
  // GET by default; the token of a reader by default, none when empty.
  Answer ask(const std::string& target, const std::string& token = "reader",
             const Headers& headers = {}, const std::string& method = "GET",
             const std::string& body = {}) const;

  ObjectStore store;
  PodLogs logs;

 private:
  Users users_;
  ApiServer api_;
};

}  // namespace postflight::world
