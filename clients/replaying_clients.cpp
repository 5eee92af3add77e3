#include "clients/replaying_clients.hpp"

#include <utility>

namespace postflight {
namespace {

// What the replaying clients share.
struct Source {
  Replay& replay;
  std::function<Question(Question)> cleaned;

  template <typename Wanted>
  Wanted next(const Limits& limits, Question question) const {
    if (cleaned) question = cleaned(std::move(question));
    auto answer = replay.next(limits.asked_by, question);
    if (const auto* refusal = std::get_if<Refusal>(&answer)) refusal->raise();
    if (auto* wanted = std::get_if<Wanted>(&answer)) return std::move(*wanted);
    throw ClientError(reason::not_recorded,
                      "the recording answers another sort of question: " + to_string(question));
  }
};

class ReplayingHttp : public Http {
 public:
  explicit ReplayingHttp(Source source) : source_(std::move(source)) {}

  HttpResponse send(const HttpRequest& request, const Limits& limits) override {
    return source_.next<HttpResponse>(limits, question_of(request));
  }
  WebSocketResponse listen(const HttpRequest& request, const std::vector<std::string>& protocols,
                           const std::function<bool(std::string_view)>& receive,
                           const Limits& limits) override {
    const auto answer = source_.next<WebSocketAnswer>(limits, question_of(request, protocols));
    for (const auto& message : answer.messages)
      if (!receive(message)) break;
    return answer.response;
  }

 private:
  Source source_;
};

class ReplayingKubernetes : public Kubernetes {
 public:
  ReplayingKubernetes(Source source, std::string server)
      : source_(std::move(source)), server_(std::move(server)) {}

  std::string server() const override { return server_; }
  Json get(const std::string& path, const Limits& limits) override {
    return source_.next<Json>(limits, question_of_get(path));
  }
  Pages list(const ListRequest& request, const Limits& limits) override {
    return source_.next<Pages>(limits, question_of(request));
  }
  ClockAnswer clock(const Limits& limits) override {
    return source_.next<ClockAnswer>(limits, question_of_clock());
  }
  std::string log(const LogRequest& request, const Limits& limits) override {
    return source_.next<std::string>(limits, question_of(request));
  }
  ExecResult exec(const ExecRequest& request, const Limits& limits) override {
    return source_.next<ExecResult>(limits, question_of(request));
  }

 private:
  Source source_;
  std::string server_;
};

class ReplayingPostgres : public Postgres {
 public:
  explicit ReplayingPostgres(Source source) : source_(std::move(source)) {}

  PostgresRows query(const PostgresTarget& target, const std::string& sql,
                     const std::vector<std::string>& parameters, const Limits& limits) override {
    return source_.next<PostgresRows>(limits, question_of(target, sql, parameters));
  }
  std::string password_in(const std::string& file, const Limits& limits) override {
    return source_.next<std::string>(limits, question_of_password_file(file));
  }

 private:
  Source source_;
};

class ReplayingCommands : public Commands {
 public:
  explicit ReplayingCommands(Source source) : source_(std::move(source)) {}

  CommandResult run(const CommandRequest& request, const Limits& limits) override {
    return source_.next<CommandResult>(limits, question_of(request));
  }

 private:
  Source source_;
};

class ReplayingNames : public Names {
 public:
  explicit ReplayingNames(Source source) : source_(std::move(source)) {}

  NameAnswer ask(const NameRequest& request, const Limits& limits) override {
    return source_.next<NameAnswer>(limits, question_of(request));
  }
  HostAddresses addresses(const std::string& host, const Limits& limits) override {
    return source_.next<HostAddresses>(limits, question_of_addresses(host));
  }

 private:
  Source source_;
};

class ReplayingConnections : public Connections {
 public:
  explicit ReplayingConnections(Source source) : source_(std::move(source)) {}

  TcpAnswer connect(const TcpRequest& request, const Limits& limits) override {
    return source_.next<TcpAnswer>(limits, question_of(request));
  }
  TlsAnswer handshake(const TlsRequest& request, const Limits& limits) override {
    return source_.next<TlsAnswer>(limits, question_of(request));
  }

 private:
  Source source_;
};

}  // namespace

ReplayingClients::ReplayingClients(Replay& replay, std::string server,
                                   std::function<Question(Question)> cleaned) {
  const Source source{replay, std::move(cleaned)};
  http_ = std::make_unique<ReplayingHttp>(source);
  kubernetes_ = std::make_unique<ReplayingKubernetes>(source, std::move(server));
  postgres_ = std::make_unique<ReplayingPostgres>(source);
  commands_ = std::make_unique<ReplayingCommands>(source);
  names_ = std::make_unique<ReplayingNames>(source);
  connections_ = std::make_unique<ReplayingConnections>(source);
  clients_ = std::make_unique<Clients>(
      Clients{*http_, *kubernetes_, *postgres_, *commands_, *names_, *connections_});
}

ReplayingClients::~ReplayingClients() = default;

}  // namespace postflight
