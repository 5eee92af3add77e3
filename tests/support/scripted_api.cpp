#include "tests/support/scripted_api.hpp"

namespace postflight::test {

ScriptedApi::ScriptedApi() {
  access.source = "/home/me/.kube/config";
  access.user = "dev";
  access.server = "https://kubernetes.example.com:6443";
  access.token = "static-token";
  access.proxy = "http://proxy.example.com:3128";
  access.tls.server_name = "kubernetes.default";
  policy.now = [this] { return now; };
  policy.pause = [this](std::chrono::milliseconds time, const Limits&) {
    pauses.push_back(time);
    now += time;
  };
}

ApiKubernetes& ScriptedApi::kubernetes() {
  if (!client)
    client = std::make_unique<ApiKubernetes>(
        http, access, commands, [](std::string_view) {}, policy);
  return *client;
}

ApiFailure ScriptedApi::failure(const std::function<void(ApiKubernetes&)>& call) {
  try {
    call(kubernetes());
  } catch (const KubernetesError& e) {
    return {e.reason(), e.what(), e.status_reason(), e.status(), e.object_is_missing(), e.cause()};
  } catch (const ClientError& e) {
    return {e.reason(), e.what(), "", 0, false, e.cause()};
  }
  return {};
}

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

}  // namespace postflight::test
