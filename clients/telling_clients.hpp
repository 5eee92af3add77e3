#pragma once

#include <memory>

#include "clients/clients.hpp"
#include "clients/secrets.hpp"

namespace postflight {

// Clients that tell the secrets of every question (headers, passwords, variables of a command)
// before they ask it, so that no answer that repeats one is shown.
class TellingHttp : public Http {
 public:
  TellingHttp(Http& http, OnSecret on_secret) : http_(http), on_secret_(std::move(on_secret)) {}
  HttpResponse send(const HttpRequest& request, const Limits& limits) override;
  WebSocketResponse listen(const HttpRequest& request, const std::vector<std::string>& protocols,
                           const std::function<bool(std::string_view message)>& receive,
                           const Limits& limits) override;

 private:
  Http& http_;
  const OnSecret on_secret_;
};

class TellingPostgres : public Postgres {
 public:
  TellingPostgres(Postgres& postgres, OnSecret on_secret)
      : postgres_(postgres), on_secret_(std::move(on_secret)) {}
  PostgresRows query(const PostgresTarget& target, const std::string& sql,
                     const std::vector<std::string>& parameters, const Limits& limits) override;

 private:
  Postgres& postgres_;
  const OnSecret on_secret_;
};

class TellingCommands : public Commands {
 public:
  TellingCommands(Commands& commands, OnSecret on_secret)
      : commands_(commands), on_secret_(std::move(on_secret)) {}
  CommandResult run(const CommandRequest& request, const Limits& limits) override;

 private:
  Commands& commands_;
  const OnSecret on_secret_;
};

}  // namespace postflight
