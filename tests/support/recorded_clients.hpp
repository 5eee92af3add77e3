#pragma once

#include <deque>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <variant>
#include <vector>

#include "clients/clients.hpp"
#include "runner/check.hpp"

namespace postflight::test {

// The text of tests/fixtures/<name>. Throws when there is no such file.
std::string fixture(const std::string& name);

// Answers from memory. What was not recorded throws std::logic_error: a test says all that is
// asked.
class RecordedKubernetes : public Kubernetes {
 public:
  using Logs = std::function<std::string(const LogRequest&)>;
  using Execs = std::function<ExecResult(const ExecRequest&)>;

  std::string server() const override { return "https://kubernetes.example.com:6443"; }
  // Keys are what a client would ask for: the path, and for a list "path?labelSelector=...".
  Json get(const std::string& path, const Limits& limits) override;
  Pages list(const ListRequest& request, const Limits& limits) override;
  ClockAnswer clock(const Limits& limits) override;
  std::string log(const LogRequest& request, const Limits& limits) override;
  ExecResult exec(const ExecRequest& request, const Limits& limits) override;

  // A get answers this text.
  void answer(const std::string& path, std::string json);
  // A list answers these pages; `selector` is the label selector, empty for none.
  void answer_list(const std::string& path, const std::string& selector,
                   std::vector<std::string> pages);
  // The same, from the second time on.
  void answer_list_later(const std::string& path, const std::string& selector,
                         std::vector<std::string> pages);
  // A get or list of that path (any selector) throws.
  void refuse(const std::string& path, KubernetesError error);

  std::function<ClockAnswer()> clocks;  // without it, answers have no Date
  Logs logs;                            // throw ClientError inside to refuse
  Execs execs;                          // called from several threads at once
  std::vector<std::string> asked;       // every get and list, in order

 private:
  void note(const std::string& question);
  std::mutex mutex_;
  std::map<std::string, std::string> objects_;
  std::map<std::string, std::vector<std::string>> lists_, later_lists_;
  std::map<std::string, KubernetesError> refusals_;
};

KubernetesError forbidden(const std::string& message);
KubernetesError object_not_found(const std::string& message);
KubernetesError path_not_found();  // the plain-text 404 of an API group the server does not serve

class RecordedHttp : public Http {
 public:
  std::function<HttpResponse(const HttpRequest&)> respond;
  std::vector<HttpRequest> asked;
  HttpResponse send(const HttpRequest& request, const Limits& limits) override;
  WebSocketResponse listen(const HttpRequest&, const std::vector<std::string>&,
                           const std::function<bool(std::string_view)>&, const Limits&) override;

 private:
  std::mutex mutex_;
};

class RecordedPostgres : public Postgres {
 public:
  std::function<PostgresRows(const PostgresTarget&, const std::string& sql,
                             const std::vector<std::string>&)>
      respond;
  PostgresRows query(const PostgresTarget& target, const std::string& sql,
                     const std::vector<std::string>& parameters, const Limits& limits) override;
};

class RecordedCommands : public Commands {
 public:
  std::function<CommandResult(const CommandRequest&)> respond;
  CommandResult run(const CommandRequest& request, const Limits& limits) override;
};

class RecordedNames : public Names {
 public:
  std::function<NameAnswer(const NameRequest&)> respond;  // called from several threads at once
  std::map<std::string, HostAddresses> hosts;             // what is missing does not resolve
  NameAnswer ask(const NameRequest& request, const Limits& limits) override;
  HostAddresses addresses(const std::string& host, const Limits& limits) override;
};

class RecordedConnections : public Connections {
 public:
  std::function<TcpAnswer(const TcpRequest&)> connected;  // called from several threads at once
  std::function<TlsAnswer(const TlsRequest&)> shown;      // this too
  TcpAnswer connect(const TcpRequest& request, const Limits& limits) override;
  TlsAnswer handshake(const TlsRequest& request, const Limits& limits) override;
};

// The whole recorded world and a context in it.
struct RecordedWorld {
  int seconds_to_go = 60;
  RecordedKubernetes kubernetes;
  RecordedHttp http;
  RecordedPostgres postgres;
  RecordedCommands commands;
  RecordedNames names;
  RecordedConnections connections;
  std::stop_source stop;

  Clients clients() { return {http, kubernetes, postgres, commands, names, connections}; }

  // Builds the check of that kind from `with` (YAML text of its settings) and runs it. Throws
  // Mistakes when the settings are wrong; lets what the check throws through.
  Outcome run(const CheckKind& kind, const std::string& with);
};

// Just the mistakes that the settings of that kind have; empty when they are right.
std::vector<Mistake> mistakes_in(const CheckKind& kind, const std::string& with);

}  // namespace postflight::test
