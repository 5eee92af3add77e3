#include "tests/support/recorded_clients.hpp"

#include <fstream>
#include <sstream>
#include <stdexcept>

#include "runner/yaml.hpp"

namespace postflight::test {

std::string fixture(const std::string& name) {
  std::ifstream file(std::string(FIXTURES) + "/" + name, std::ios::binary);
  if (!file) throw std::logic_error("no fixture " + name);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

void RecordedKubernetes::note(const std::string& question) {
  const std::scoped_lock lock(mutex_);
  asked.push_back(question);
}

Kubernetes::Json RecordedKubernetes::get(const std::string& path, const Limits&) {
  note(path);
  if (const auto refusal = refusals_.find(path); refusal != refusals_.end()) throw refusal->second;
  const auto found = objects_.find(path);
  if (found == objects_.end()) throw std::logic_error("nothing is recorded for " + path);
  return std::make_shared<const std::string>(found->second);
}

Kubernetes::Pages RecordedKubernetes::list(const ListRequest& request, const Limits&) {
  auto question = request.path;
  if (!request.label_selector.empty()) question += "?labelSelector=" + request.label_selector;
  note(question);
  if (const auto refusal = refusals_.find(request.path); refusal != refusals_.end())
    throw refusal->second;
  const auto found = lists_.find(question);
  if (found == lists_.end()) throw std::logic_error("nothing is recorded for " + question);
  auto pages = std::make_shared<std::vector<Json>>();
  for (const auto& page : found->second)
    pages->push_back(std::make_shared<const std::string>(page));
  if (const auto later = later_lists_.find(question); later != later_lists_.end())
    found->second = later->second;
  return pages;
}

ClockAnswer RecordedKubernetes::clock(const Limits&) { return clocks ? clocks() : ClockAnswer{}; }

std::string RecordedKubernetes::log(const LogRequest& request, const Limits&) {
  if (!logs) throw std::logic_error("no logs are recorded");
  return logs(request);
}

ExecResult RecordedKubernetes::exec(const ExecRequest& request, const Limits&) {
  if (!execs) throw std::logic_error("no exec is recorded");
  return execs(request);
}

void RecordedKubernetes::answer(const std::string& path, std::string json) {
  objects_[path] = std::move(json);
}

void RecordedKubernetes::answer_list(const std::string& path, const std::string& selector,
                                     std::vector<std::string> pages) {
  lists_[selector.empty() ? path : path + "?labelSelector=" + selector] = std::move(pages);
}

void RecordedKubernetes::answer_list_later(const std::string& path, const std::string& selector,
                                           std::vector<std::string> pages) {
  later_lists_[selector.empty() ? path : path + "?labelSelector=" + selector] = std::move(pages);
}

void RecordedKubernetes::refuse(const std::string& path, KubernetesError error) {
  refusals_.insert_or_assign(path, std::move(error));
}

KubernetesError forbidden(const std::string& message) {
  return {reason::forbidden, message, 403, "Forbidden", false};
}
KubernetesError object_not_found(const std::string& message) {
  return {reason::not_found, message, 404, "NotFound", true};
}
KubernetesError path_not_found() {
  return {reason::not_found, "404 page not found", 404, "", false};
}

HttpResponse RecordedHttp::send(const HttpRequest& request, const Limits&) {
  const std::scoped_lock lock(mutex_);
  asked.push_back(request);
  if (!respond) throw std::logic_error("no HTTP answer is recorded");
  return respond(request);
}

WebSocketResponse RecordedHttp::listen(const HttpRequest&, const std::vector<std::string>&,
                                       const std::function<bool(std::string_view)>&,
                                       const Limits&) {
  throw std::logic_error("no WebSocket is recorded");
}

PostgresRows RecordedPostgres::query(const PostgresTarget& target, const std::string& sql,
                                     const std::vector<std::string>& parameters, const Limits&) {
  if (!respond) throw std::logic_error("no rows are recorded");
  return respond(target, sql, parameters);
}

CommandResult RecordedCommands::run(const CommandRequest& request, const Limits&) {
  if (!respond) throw std::logic_error("no command is recorded");
  return respond(request);
}

NameAnswer RecordedNames::ask(const NameRequest& request, const Limits&) {
  if (!respond) throw std::logic_error("no name is recorded");
  return respond(request);
}

HostAddresses RecordedNames::addresses(const std::string& host, const Limits&) {
  const auto found = hosts.find(host);
  if (found == hosts.end()) throw ClientError(reason::dns, host + " does not resolve", host);
  return found->second;
}

TcpAnswer RecordedConnections::connect(const TcpRequest& request, const Limits&) {
  if (!connected) throw std::logic_error("no connection is recorded");
  return connected(request);
}

TlsAnswer RecordedConnections::handshake(const TlsRequest& request, const Limits&) {
  if (!shown) throw std::logic_error("no handshake is recorded");
  return shown(request);
}

namespace {

// The check that a checklist would make of these settings.
std::unique_ptr<Check> made_of(const CheckKind& kind, const std::string& with,
                               std::vector<Mistake>& mistakes) {
  const auto value = read_yaml(with, "with.yaml", mistakes);
  validate_settings(kind.settings, value, mistakes);
  auto check = kind.create(Settings(kind.settings, value, mistakes));
  if (kind.prepare == nullptr || check == nullptr) return check;
  const std::vector<const Check*> checks{check.get()};
  const auto wrong = kind.prepare(checks);
  mistakes.insert(mistakes.end(), wrong.begin(), wrong.end());
  return check;
}

}  // namespace

Outcome RecordedWorld::run(const CheckKind& kind, const std::string& with) {
  std::vector<Mistake> mistakes;
  const auto check = made_of(kind, with, mistakes);
  if (!mistakes.empty()) throw Mistakes(mistakes);
  const auto all = clients();
  const auto now = std::chrono::steady_clock::now();
  return check->run({all, now + std::chrono::seconds(seconds_to_go), stop.get_token(), now});
}

std::vector<Mistake> mistakes_in(const CheckKind& kind, const std::string& with) {
  std::vector<Mistake> mistakes;
  made_of(kind, with, mistakes);
  return mistakes;
}

}  // namespace postflight::test
