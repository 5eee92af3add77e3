#pragma once

#include "tests/world/http_server.hpp"

namespace postflight::matrix {

// What a healthy Prometheus, or Alertmanager, answers now to a request whose path ends so:
// /api/v1/query, /api/v1/rules, /api/v2/alerts.
world::Answer prometheus_answer(const world::Request& request);
bool asks_prometheus(const world::Request& request);

}  // namespace postflight::matrix
