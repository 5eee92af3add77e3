#include "clients/kubernetes_connection.hpp"

#include <algorithm>
#include <charconv>
#include <condition_variable>
#include <cstdint>
#include <exception>
#include <mutex>
#include <random>

#include "clients/kubernetes_status.hpp"

namespace postflight {
namespace {

void really_pause(std::chrono::milliseconds time, const Limits& limits) {
  std::mutex mutex;
  std::condition_variable_any never;
  std::unique_lock lock(mutex);
  never.wait_for(lock, limits.stop, time, [] { return false; });
}

// From half of `most` to all of it: clients that were refused together do not come back together.
std::chrono::milliseconds jittered(std::chrono::milliseconds most) {
  thread_local std::minstd_rand generator(std::random_device{}());
  return std::chrono::milliseconds(
      std::uniform_int_distribution<std::int64_t>(most.count() / 2, most.count())(generator));
}

}  // namespace

Retries::Retries(const RetryPolicy& policy, const Limits& limits)
    : policy_(policy), limits_(limits), began_(policy.now()), backoff_(policy.first_pause) {}

std::chrono::milliseconds Retries::next_pause(std::optional<std::chrono::seconds> wanted) {
  const auto pause = jittered(backoff_);
  backoff_ = std::min(backoff_ * 2, policy_.longest_pause);
  return wanted ? std::max<std::chrono::milliseconds>(pause, *wanted) : pause;
}

Retries::Next Retries::wait(bool throttled, std::optional<std::chrono::seconds> wanted) {
  if (!throttled && ++troubles_ >= policy_.tries) return Next::give_up;
  const auto pause = next_pause(wanted);
  const auto resumed = policy_.now() + pause;
  if (!throttled && resumed - began_ >= policy_.patience) return Next::give_up;
  if (resumed >= limits_.deadline) return Next::out_of_time;
  if (policy_.pause)
    policy_.pause(pause, limits_);
  else
    really_pause(pause, limits_);
  if (limits_.stop.stop_requested())
    throw ClientError(reason::interrupted, "interrupted while waiting for the API server");
  return Next::again;
}

KubernetesConnection::KubernetesConnection(Http& http, const KubernetesAccess& access,
                                           Commands& commands, OnSecret on_secret,
                                           RetryPolicy policy, CredentialClocks clocks)
    : http_(http),
      access_(access),
      credentials_(access, commands, std::move(on_secret), std::move(clocks)),
      policy_(std::move(policy)) {}

HttpResponse KubernetesConnection::ask(const KubernetesQuestion& question, const Limits& limits,
                                       bool& cut_short) {
  Retries retries(policy_, limits);
  std::exception_ptr last;
  for (;;) {
    bool throttled = false;
    std::optional<std::chrono::seconds> wanted;
    try {
      auto response = ask_once(question, limits);
      if (response.status / 100 == 2) return response;
      throttled = response.status == 429;
      wanted = retry_after(response);
      last = std::make_exception_ptr(refusal(response, question));
      if (!throttled && response.status < 500) std::rethrow_exception(last);
    } catch (const KubernetesError&) {
      throw;
    } catch (const ClientError& e) {
      if (e.reason() == reason::timeout && last) {
        cut_short = true;
        std::rethrow_exception(last);
      }
      if (e.reason() != reason::refused && e.reason() != reason::unreachable) throw;
      last = std::current_exception();
    }
    const auto next = retries.wait(throttled, wanted);
    if (next == Retries::Next::again) continue;
    cut_short = next == Retries::Next::out_of_time;
    std::rethrow_exception(last);
  }
}

HttpResponse KubernetesConnection::ask_once(const KubernetesQuestion& question,
                                            const Limits& limits) {
  for (bool renewed = false;; renewed = true) {
    const auto presented = credential(limits);
    auto request = request_of(access_.server + question.path, presented);
    request.headers.push_back({"Accept", question.accept});
    request.body_limit = question.body_limit;
    request.likely_size = question.likely_size;
    auto response = http_.send(request, limits);
    if (response.status != 401 || renewed || !credentials_.renew(presented)) return response;
  }
}

WebSocketResponse KubernetesConnection::listen(const std::string& path,
                                               const std::vector<std::string>& protocols,
                                               const std::function<bool(std::string_view)>& receive,
                                               const Limits& limits) {
  const auto url = "ws" + access_.server.substr(4) + path;  // http -> ws, https -> wss
  Retries retries(policy_, limits);
  std::optional<WebSocketResponse> refused;  // the last time
  bool heard = false;
  const auto listen = [&](std::string_view message) {
    heard = true;
    return receive(message);
  };
  for (bool renewed = false;;) {
    const auto presented = credential(limits);
    try {
      const auto response = http_.listen(request_of(url, presented), protocols, listen, limits);
      if (response.status == 401 && !renewed && credentials_.renew(presented)) {
        renewed = true;
        continue;
      }
      const bool throttled = response.status == 429;
      if (!throttled && response.status != 503) return response;
      refused = response;
      if (retries.wait(throttled, std::nullopt) != Retries::Next::again) return response;
    } catch (const ClientError& e) {
      if (e.reason() == reason::timeout && refused && !heard) return *refused;
      // Nothing listened, so nothing was run. After any other end something may have been.
      if (e.reason() != reason::refused) throw;
      if (retries.wait(false, std::nullopt) != Retries::Next::again) throw;
    }
  }
}

HttpRequest KubernetesConnection::request_of(const std::string& url,
                                             const Credential& credential) const {
  HttpRequest request;
  request.url = url;
  request.headers = credential.headers;
  request.headers.push_back({"User-Agent", "postflight"});
  request.tls = credential.tls;
  request.proxy = access_.proxy;
  return request;
}

KubernetesError KubernetesConnection::refusal(const HttpResponse& response,
                                              const KubernetesQuestion& question) const {
  const auto error = refusal_of(response, question.name(), question.path);
  if (response.status != 401) return error;
  return {error.reason(), error.what() + (" to " + credentials_.description()),
          error.status(), error.status_reason(),
          false,          access_.server + ": does not accept " + credentials_.description()};
}

// Without a credential nothing can be asked of this server.
Credential KubernetesConnection::credential(const Limits& limits) {
  try {
    return credentials_.present(limits);
  } catch (const ClientError& e) {
    if (e.reason() == reason::timeout || e.reason() == reason::interrupted) throw;
    throw ClientError(e.reason(), e.what(),
                      access_.server + ": no credential: " + credentials_.description());
  }
}

std::optional<std::chrono::seconds> retry_after(const HttpResponse& response) {
  const auto text = response.header("Retry-After").value_or("");
  int seconds = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), seconds);
  if (error != std::errc() || end != text.data() + text.size() || seconds < 0) return std::nullopt;
  return std::chrono::seconds(std::min(seconds, 3600));
}

}  // namespace postflight
