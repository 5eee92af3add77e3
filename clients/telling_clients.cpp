#include "clients/telling_clients.hpp"

#include "clients/postgres_address.hpp"

namespace postflight {
namespace {

void tell(const OnSecret& on_secret, const std::vector<std::string>& secrets) {
  if (!on_secret) return;
  for (const auto& secret : secrets) on_secret(secret);
}

}  // namespace

HttpResponse TellingHttp::send(const HttpRequest& request, const Limits& limits) {
  tell(on_secret_, secrets_of(request));
  return http_.send(request, limits);
}

WebSocketResponse TellingHttp::listen(const HttpRequest& request,
                                      const std::vector<std::string>& protocols,
                                      const std::function<bool(std::string_view message)>& receive,
                                      const Limits& limits) {
  tell(on_secret_, secrets_of(request));
  return http_.listen(request, protocols, receive, limits);
}

PostgresRows TellingPostgres::query(const PostgresTarget& target, const std::string& sql,
                                    const std::vector<std::string>& parameters,
                                    const Limits& limits) {
  tell(on_secret_, secrets_of(target));
  return postgres_.query(target, sql, parameters, limits);
}

CommandResult TellingCommands::run(const CommandRequest& request, const Limits& limits) {
  tell(on_secret_, secrets_of(request));
  return commands_.run(request, limits);
}

}  // namespace postflight
