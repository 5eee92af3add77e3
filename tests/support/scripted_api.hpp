#pragma once

#include <functional>
#include <string>

#include "clients/api_kubernetes.hpp"
#include "tests/support/recorded_clients.hpp"
#include "tests/support/scripted_http.hpp"

namespace postflight::test {

// What a call threw; all empty when it did not.
struct ApiFailure {
  std::string reason, message, status_reason;
  int status = 0;
  bool object_is_missing = false;
  std::string cause = {};
};

// An ApiKubernetes on scripted answers. Its retries wait on a clock of their own, at once.
struct ScriptedApi {
  ScriptedHttp http;
  RecordedCommands commands;
  KubernetesAccess access;
  RetryPolicy policy;
  std::chrono::steady_clock::time_point now = std::chrono::steady_clock::now();
  std::vector<std::chrono::milliseconds> pauses;
  std::unique_ptr<ApiKubernetes> client;

  ScriptedApi();
  ApiKubernetes& kubernetes();  // made when first asked for: change access and policy before
  ApiFailure failure(const std::function<void(ApiKubernetes&)>& call);
};

bool contains(const std::string& text, const std::string& part);

}  // namespace postflight::test
