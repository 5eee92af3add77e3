#include "clients/recording_clients.hpp"

#include <type_traits>
#include <utility>

#include "clients/postgres_address.hpp"
#include "clients/recording_secrets.hpp"

namespace postflight {
namespace {

using OnSecret = std::function<void(std::string_view)>;

void tell(const OnSecret& on_secret, const std::vector<std::string>& secrets) {
  if (!on_secret) return;
  for (const auto& secret : secrets) on_secret(secret);
}

// Asks, and keeps what came of it.
template <typename Ask>
auto recorded(Recording& recording, const Limits& limits, Question question, const Ask& ask) {
  const auto place = recording.ask(limits.asked_by, std::move(question));
  try {
    auto answer = ask();
    recording.answer(place, answer);
    return answer;
  } catch (const ClientError& error) {
    if (!limits.stop.stop_requested()) recording.answer(place, refusal_in(error));
    throw;
  }
}

class RecordingHttp : public Http {
 public:
  RecordingHttp(Http& real, Recording& recording, OnSecret on_secret)
      : real_(real), recording_(recording), on_secret_(std::move(on_secret)) {}

  HttpResponse send(const HttpRequest& request, const Limits& limits) override {
    tell(on_secret_, credentials_of(request));
    return recorded(recording_, limits, question_of(request),
                    [&] { return real_.send(request, limits); });
  }

  WebSocketResponse listen(const HttpRequest& request, const std::vector<std::string>& protocols,
                           const std::function<bool(std::string_view)>& receive,
                           const Limits& limits) override {
    tell(on_secret_, credentials_of(request));
    return recorded(recording_, limits, question_of(request, protocols),
                    [&] {
                      WebSocketAnswer answer;
                      const auto keep = [&](std::string_view message) {
                        answer.messages.emplace_back(message);
                        return receive(message);
                      };
                      answer.response = real_.listen(request, protocols, keep, limits);
                      return answer;
                    })
        .response;
  }

 private:
  Http& real_;
  Recording& recording_;
  const OnSecret on_secret_;
};

class RecordingKubernetes : public Kubernetes {
 public:
  RecordingKubernetes(Kubernetes& real, Recording& recording)
      : real_(real), recording_(recording) {}

  std::string server() const override { return real_.server(); }
  Json get(const std::string& path, const Limits& limits) override {
    return recorded(recording_, limits, question_of_get(path),
                    [&] { return real_.get(path, limits); });
  }
  Pages list(const ListRequest& request, const Limits& limits) override {
    return recorded(recording_, limits, question_of(request),
                    [&] { return real_.list(request, limits); });
  }
  ClockAnswer clock(const Limits& limits) override {
    return recorded(recording_, limits, question_of_clock(), [&] { return real_.clock(limits); });
  }
  std::string log(const LogRequest& request, const Limits& limits) override {
    return recorded(recording_, limits, question_of(request),
                    [&] { return real_.log(request, limits); });
  }
  ExecResult exec(const ExecRequest& request, const Limits& limits) override {
    return recorded(recording_, limits, question_of(request),
                    [&] { return real_.exec(request, limits); });
  }

 private:
  Kubernetes& real_;
  Recording& recording_;
};

class RecordingPostgres : public Postgres {
 public:
  RecordingPostgres(Postgres& real, Recording& recording, OnSecret on_secret)
      : real_(real), recording_(recording), on_secret_(std::move(on_secret)) {}

  PostgresRows query(const PostgresTarget& target, const std::string& sql,
                     const std::vector<std::string>& parameters, const Limits& limits) override {
    tell(on_secret_, secrets_of(target));
    return recorded(recording_, limits, question_of(target, sql, parameters),
                    [&] { return real_.query(target, sql, parameters, limits); });
  }
  // Only whether it could be read is kept.
  std::string password_in(const std::string& file, const Limits& limits) override {
    std::string password;
    recorded(recording_, limits, question_of_password_file(file), [&] {
      password = real_.password_in(file, limits);
      return std::string(secret_placeholder);
    });
    return password;
  }

 private:
  Postgres& real_;
  Recording& recording_;
  const OnSecret on_secret_;
};

class RecordingCommands : public Commands {
 public:
  RecordingCommands(Commands& real, Recording& recording) : real_(real), recording_(recording) {}

  CommandResult run(const CommandRequest& request, const Limits& limits) override {
    return recorded(recording_, limits, question_of(request),
                    [&] { return real_.run(request, limits); });
  }

 private:
  Commands& real_;
  Recording& recording_;
};

class RecordingNames : public Names {
 public:
  RecordingNames(Names& real, Recording& recording) : real_(real), recording_(recording) {}

  NameAnswer ask(const NameRequest& request, const Limits& limits) override {
    return recorded(recording_, limits, question_of(request),
                    [&] { return real_.ask(request, limits); });
  }
  HostAddresses addresses(const std::string& host, const Limits& limits) override {
    return recorded(recording_, limits, question_of_addresses(host),
                    [&] { return real_.addresses(host, limits); });
  }

 private:
  Names& real_;
  Recording& recording_;
};

class RecordingConnections : public Connections {
 public:
  RecordingConnections(Connections& real, Recording& recording)
      : real_(real), recording_(recording) {}

  TcpAnswer connect(const TcpRequest& request, const Limits& limits) override {
    return recorded(recording_, limits, question_of(request),
                    [&] { return real_.connect(request, limits); });
  }
  TlsAnswer handshake(const TlsRequest& request, const Limits& limits) override {
    return recorded(recording_, limits, question_of(request),
                    [&] { return real_.handshake(request, limits); });
  }

 private:
  Connections& real_;
  Recording& recording_;
};

}  // namespace

RecordingClients::RecordingClients(const Clients& real, Recording& recording,
                                   std::function<void(std::string_view)> on_secret)
    : http_(std::make_unique<RecordingHttp>(real.http, recording, on_secret)),
      kubernetes_(std::make_unique<RecordingKubernetes>(real.kubernetes, recording)),
      postgres_(std::make_unique<RecordingPostgres>(real.postgres, recording, on_secret)),
      commands_(std::make_unique<RecordingCommands>(real.commands, recording)),
      names_(std::make_unique<RecordingNames>(real.names, recording)),
      connections_(std::make_unique<RecordingConnections>(real.connections, recording)),
      clients_(std::make_unique<Clients>(
          Clients{*http_, *kubernetes_, *postgres_, *commands_, *names_, *connections_})) {}

RecordingClients::~RecordingClients() = default;

}  // namespace postflight
