#pragma once

#include <chrono>
#include <functional>
#include <string>
#include <vector>

#include "clients/mutations.hpp"

namespace postflight {

struct HttpChange {
  std::string what;
  int rank = 0;
  std::function<void(HttpResponse&)> apply;
};

// Of the status, every header, redirect and cookie, the body, the certificates and the time taken.
// `now` is when it came.
std::vector<HttpChange> http_changes(const HttpResponse& response, const std::vector<Plant>& plants,
                                     std::chrono::system_clock::time_point now);

}  // namespace postflight
