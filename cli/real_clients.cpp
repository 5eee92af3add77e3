#include "cli/real_clients.hpp"

#include <algorithm>
#include <new>
#include <system_error>

#include "clients/ares_names.hpp"
#include "clients/connect_kubernetes.hpp"
#include "clients/curl_connections.hpp"
#include "clients/error.hpp"
#include "clients/posix_commands.hpp"

namespace postflight {
namespace {

// No kubeconfig was found, and nobody was known to need one: whoever asks all the same is told.
class NoKubernetes : public Kubernetes {
 public:
  explicit NoKubernetes(std::string why) : why_(std::move(why)) {}
  std::string server() const override { return ""; }
  Json get(const std::string&, const Limits&) override { refuse(); }
  Pages list(const ListRequest&, const Limits&) override { refuse(); }
  ClockAnswer clock(const Limits&) override { refuse(); }
  std::string log(const LogRequest&, const Limits&) override { refuse(); }
  ExecResult exec(const ExecRequest&, const Limits&) override { refuse(); }

 private:
  [[noreturn]] void refuse() const { throw ClientError(reason::configuration, why_, why_); }
  std::string why_;
};

std::vector<const ListUse*> lists_of(const Plan& plan) {
  std::vector<const ListUse*> lists;
  for (const auto& check : plan.checks) {
    if (!check.selected) continue;
    const auto of_check = check.entry->check->lists();
    lists.insert(lists.end(), of_check.begin(), of_check.end());
  }
  return lists;
}

bool asks_kubernetes(const Plan& plan) {
  return std::ranges::any_of(plan.checks, [](const PlannedCheck& check) {
    return check.selected && check.entry->kind->uses_kubernetes;
  });
}

}  // namespace

RealClients::RealClients(const Options& options, const Plan& plan, Redactor& redactor)
    : on_secret_([&redactor](std::string_view secret) { redactor.add(secret); }),
      http_(std::make_unique<CurlHttp>()),
      commands_(std::make_unique<PosixCommands>()),
      postgres_(std::make_unique<PqxxPostgres>()),
      names_(std::make_unique<AresNames>()),
      connections_(std::make_unique<CurlConnections>(http_->transfers())),
      telling_http_(*http_, on_secret_),
      telling_commands_(*commands_, on_secret_),
      telling_postgres_(*postgres_, on_secret_) {
  KubernetesOptions kubernetes;
  kubernetes.kubeconfig.path = options.kubeconfig;
  kubernetes.kubeconfig.context = options.context;
  kubernetes.on_secret = on_secret_;
  const bool asks = asks_kubernetes(plan);
  try {
    kubernetes_ = connect_kubernetes(kubernetes, telling_http_, telling_commands_);
    if (asks) target_ = kubernetes_->server();
  } catch (const NoKubeconfig& nothing) {
    if (asks || !options.kubeconfig.empty() || !options.context.empty()) throw;
    kubernetes_ = std::make_unique<NoKubernetes>(nothing.what());
  }
  kubernetes_->expect(lists_of(plan));
  clients_ = std::make_unique<Clients>(Clients{telling_http_, *kubernetes_, telling_postgres_,
                                               telling_commands_, *names_, *connections_});
}

RealClients::~RealClients() = default;

bool RealClients::waits_for_servers() const { return postgres_->waits_for_servers(); }

Unknown explain_client_error(const std::exception& error) {
  if (const auto* client_error = dynamic_cast<const ClientError*>(&error))
    return {client_error->reason(), client_error->what(), client_error->cause()};
  if (dynamic_cast<const std::bad_alloc*>(&error) != nullptr)
    return {"no-resources", "the system gives no more memory"};
  if (const auto* system_error = dynamic_cast<const std::system_error*>(&error);
      system_error != nullptr && system_error->code() == std::errc::resource_unavailable_try_again)
    return {"no-resources", "the system gives no more threads, or no memory for them"};
  return {"internal-error", error.what()};
}

}  // namespace postflight
