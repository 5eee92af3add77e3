#pragma once

#include <cstdint>
#include <memory>

#include "tests/world/discovery.hpp"
#include "tests/world/http_server.hpp"
#include "tests/world/pod_exec.hpp"

namespace postflight::world {

class ObjectStore;
class PodLogs;
class RequestCounts;
class Users;

// What an API server answers to reading requests, without the network: routing, rights, forms.
// Everything it is given must outlive it. Never throws.
class ApiServer {
 public:
  ApiServer(const ObjectStore& store, const PodLogs& logs, const Users& users, Sandboxes sandboxes,
            RequestCounts* counts = nullptr, AddOns add_ons = AddOns::none);
  ~ApiServer();
  Answer answer(const Request& request) const;

 private:
  struct Implementation;
  std::unique_ptr<Implementation> implementation_;
};

}  // namespace postflight::world
