#pragma once

#include "clients/command.hpp"
#include "clients/connections.hpp"
#include "clients/http.hpp"
#include "clients/kubernetes.hpp"
#include "clients/names.hpp"
#include "clients/postgres.hpp"

namespace postflight {

// The outside world, as a check sees it. Const for a check: calls go through the references.
struct Clients {
  Http& http;
  Kubernetes& kubernetes;
  Postgres& postgres;
  Commands& commands;
  Names& names;
  Connections& connections;
};

}  // namespace postflight
