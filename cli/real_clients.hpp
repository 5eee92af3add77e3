#pragma once

#include <memory>
#include <string>

#include "cli/options.hpp"
#include "clients/clients.hpp"
#include "clients/curl_http.hpp"
#include "clients/pqxx_postgres.hpp"
#include "clients/telling_clients.hpp"
#include "runner/plan.hpp"
#include "runner/redactor.hpp"
#include "runner/run.hpp"

namespace postflight {

// The outside world of one run. Credentials that are learned become secrets of the redactor.
class RealClients {
 public:
  // Throws KubeconfigError for a kubeconfig that cannot be used. That there is none is an error
  // only where one is needed: when `plan` asks a cluster, or the options name one.
  RealClients(const Options& options, const Plan& plan, Redactor& redactor);
  ~RealClients();
  RealClients(const RealClients&) = delete;
  RealClients& operator=(const RealClients&) = delete;

  const Clients& clients() const { return *clients_; }
  // The API server's URL; empty when no check of the plan asks one.
  const std::string& target() const { return target_; }
  // True while something that was given up has not noticed it: destroying this would wait for it.
  bool waits_for_servers() const;

 private:
  const OnSecret on_secret_;
  std::unique_ptr<CurlHttp> http_;
  std::unique_ptr<Commands> commands_;
  std::unique_ptr<PqxxPostgres> postgres_;
  std::unique_ptr<Names> names_;
  std::unique_ptr<Connections> connections_;
  // The same, for whoever asks: secrets are known before an answer can repeat them.
  TellingHttp telling_http_;
  TellingCommands telling_commands_;
  TellingPostgres telling_postgres_;
  std::unique_ptr<Kubernetes> kubernetes_;
  std::unique_ptr<Clients> clients_;
  std::string target_;
};

// For RunSettings::explain: a client's error has its reason, anything else is a bug of ours.
Unknown explain_client_error(const std::exception& error);

}  // namespace postflight
