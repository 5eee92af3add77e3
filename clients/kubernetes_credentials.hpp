#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "clients/command.hpp"
#include "clients/exec_credential.hpp"
#include "clients/http.hpp"
#include "clients/kubeconfig.hpp"
#include "clients/secrets.hpp"
#include "clients/shared_reads.hpp"

namespace postflight {

// Both clocks, so that a test can supply its own.
struct CredentialClocks {
  std::function<std::chrono::steady_clock::time_point()> steady = std::chrono::steady_clock::now;
  std::function<std::chrono::system_clock::time_point()> system = std::chrono::system_clock::now;
};

// What a request presents. `number` tells apart what was presented before and after a renewal.
struct Credential {
  std::vector<HttpHeader> headers;
  TlsSettings tls;
  std::uint64_t number = 0;
};

// Who we are to an API server. Safe to use from many threads.
class KubernetesCredentials {
 public:
  // Reads the token file, so that a missing one is known at once. Throws KubeconfigError.
  KubernetesCredentials(const KubernetesAccess& access, Commands& commands, OnSecret on_secret,
                        CredentialClocks clocks = {});

  // A token file is read again once a minute; an exec plug-in is run when there is no credential
  // of it that is still good for half a minute, once for all who wait. Throws ClientError.
  Credential present(const Limits& limits);

  // The server refused it (401). True when asking again with what `present` answers now may help:
  // the token file has changed, or the plug-in can be run again.
  bool renew(const Credential& refused);

  // "the token of user dev (~/.kube/config)", for messages.
  std::string description() const;

 private:
  struct FromPlugin {
    ExecCredential credential;
    std::uint64_t number = 0;
  };
  struct FromFile {
    std::string token;
    std::chrono::steady_clock::time_point read{};
    std::uint64_t number = 0;
  };

  bool uses_plugin() const;
  FromFile file_token();
  void read_token_file();  // with the mutex held
  bool renew_file(const Credential& refused);
  bool renew_plugin(const Credential& refused);
  FromPlugin plugin_credential(const Limits& limits);
  FromPlugin run_plugin(const Limits& limits);
  void add_secret(std::string_view secret) const;

  const KubernetesAccess access_;
  Commands& commands_;
  const OnSecret on_secret_;
  const CredentialClocks clocks_;

  std::mutex mutex_;
  FromFile file_;
  std::optional<FromPlugin> plugin_;
  std::uint64_t plugin_runs_ = 0;
  std::optional<std::chrono::steady_clock::time_point> plugin_refused_;  // run again because of it
  std::chrono::steady_clock::time_point plugin_good_since_{};  // an older run's answer is not
  SharedReads<FromPlugin> runs_;
};

}  // namespace postflight
