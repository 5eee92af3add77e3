#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <string>

#include "clients/http.hpp"
#include "clients/kubeconfig.hpp"
#include "clients/kubernetes.hpp"
#include "clients/kubernetes_credentials.hpp"

namespace postflight {

// How long to go on when an API server does not answer properly. Throttling (429) is waited out to
// the deadline; a server that refuses connections or answers 5xx is given up soon.
struct RetryPolicy {
  int tries = 4;                             // of refused and reset connections, and of 5xx
  std::chrono::milliseconds patience{5000};  // with the same, in all
  std::chrono::milliseconds first_pause{200};
  std::chrono::milliseconds longest_pause{5000};
  std::function<std::chrono::steady_clock::time_point()> now = std::chrono::steady_clock::now;
  // Waits that long, less when asked to stop. Empty means really waiting.
  std::function<void(std::chrono::milliseconds, const Limits&)> pause;
};

// Whether and when to try again, for one question.
class Retries {
 public:
  enum class Next { again, give_up, out_of_time };
  Retries(const RetryPolicy& policy, const Limits& limits);

  // Waits before another try. `wanted` is the server's Retry-After. Throws ClientError interrupted.
  Next wait(bool throttled, std::optional<std::chrono::seconds> wanted);

 private:
  std::chrono::milliseconds next_pause(std::optional<std::chrono::seconds> wanted);
  const RetryPolicy& policy_;
  const Limits& limits_;
  const std::chrono::steady_clock::time_point began_;
  std::chrono::milliseconds backoff_;
  int troubles_ = 0;
};

struct KubernetesQuestion {
  std::string path;  // with query
  std::string accept = "application/json";
  std::size_t body_limit = 64u << 20;
  std::size_t likely_size = 0;  // of the answer, bytes
  std::string name() const { return "GET " + path; }
};

// One API server and who we are to it: adds credentials, asks again where that may help.
class KubernetesConnection {
 public:
  KubernetesConnection(Http& http, const KubernetesAccess& access, Commands& commands,
                       OnSecret on_secret, RetryPolicy policy = {}, CredentialClocks clocks = {});

  const std::string& server() const { return access_.server; }

  // A 2xx answer. Throws KubernetesError for a refusal, ClientError without an answer: the last
  // real one when the deadline ends the retries, and then sets `cut_short`.
  HttpResponse ask(const KubernetesQuestion& question, const Limits& limits, bool& cut_short);

  // One answer of any status, asked again only with a renewed credential.
  HttpResponse ask_once(const KubernetesQuestion& question, const Limits& limits);

  // A WebSocket at that path; any status is an answer. Tried again only while nothing was begun.
  WebSocketResponse listen(const std::string& path, const std::vector<std::string>& protocols,
                           const std::function<bool(std::string_view)>& receive,
                           const Limits& limits);

 private:
  HttpRequest request_of(const std::string& url, const Credential& credential) const;
  KubernetesError refusal(const HttpResponse& response, const KubernetesQuestion& question) const;
  Credential credential(const Limits& limits);

  Http& http_;
  const KubernetesAccess access_;
  KubernetesCredentials credentials_;
  const RetryPolicy policy_;
};

// Retry-After in seconds, at most an hour; nothing for a date or nonsense.
std::optional<std::chrono::seconds> retry_after(const HttpResponse& response);

}  // namespace postflight
