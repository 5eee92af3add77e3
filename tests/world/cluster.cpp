#include "tests/world/cluster.hpp"

#include <fmt/format.h>

#include <iostream>

#include "tests/world/cluster_objects/healthy_cluster.hpp"
#include "tests/world/controllers.hpp"
#include "tests/world/json.hpp"
#include "tests/world/recordings.hpp"
#include "tests/world/url.hpp"

namespace postflight::world {

Cluster::Cluster(const CertificateAuthority& authority, const std::filesystem::path& directory,
                 Contents contents, const std::filesystem::path& counts_file)
    : contents_(contents), counts_(counts_file), authority_pem_(authority.certificate_pem()) {
  const bool recorded = contents == Contents::recorded;
  users_.add(reader_token, {"system:serviceaccount:postflight:postflight",
                            {"system:serviceaccounts", "system:serviceaccounts:postflight"},
                            recorded ? reader_rules() : cluster_reader_rules()});
  users_.add(nobody_token, {"system:serviceaccount:authentik:nobody",
                            {"system:serviceaccounts", "system:serviceaccounts:authentik"},
                            {}});
  if (recorded)
    load_recorded(directory);
  else
    load_healthy_cluster(store_);
  settle();
}

void Cluster::load_recorded(const std::filesystem::path& directory) {
  load_recorded_objects(store_);
  settle();
  write_recorded_logs(store_, logs_);
  // Images differ in whose df and ls they hold: every other pod has BusyBox where it is installed.
  bool busybox = false;
  for (const auto& pod : store_.all("pods", "")) {
    if (text_at(*pod, "/status/phase") != "Running") continue;
    const std::string name_space = text_at(*pod, "/metadata/namespace");
    const std::string name = text_at(*pod, "/metadata/name");
    const bool has_busybox = std::filesystem::exists("/usr/bin/busybox");
    sandboxes_[{name_space, name}] = std::make_unique<PodSandbox>(
        directory / name_space / name, name, busybox && has_busybox ? Tools::busybox : Tools::gnu);
    busybox = !busybox;
    if (const auto& why = sandboxes_[{name_space, name}]->why_not_isolated(); !why.empty())
      std::cerr << "the pod " << name << " has no mount namespace (" << why
                << "): small programs stand in for its df and ls\n";
  }
}

Cluster::~Cluster() = default;

const PodSandbox& Cluster::sandbox(const std::string& name_space, const std::string& pod) const {
  return *sandboxes_.at({name_space, pod});
}

void Cluster::settle() { postflight::world::settle(store_); }

bool Cluster::has_ready_endpoints(const std::string& name_space, const std::string& service) const {
  const Object endpoints = store_.find("endpoints", name_space, service);
  if (!endpoints) return false;
  for (const auto& subset : endpoints->value("subsets", Json::array()))
    if (subset.contains("addresses")) return true;
  return false;
}

void Cluster::serve(const CertificateAuthority& authority) {
  api_ = std::make_unique<ApiServer>(
      store_, logs_, users_,
      [this](const std::string& name_space, const std::string& pod) -> const PodSandbox* {
        const auto found = sandboxes_.find({name_space, pod});
        return found == sandboxes_.end() ? nullptr : found->second.get();
      },
      &counts_, contents_ == Contents::healthy ? AddOns::installed : AddOns::none);
  const Certificate own = authority.server({"127.0.0.1", "localhost", "kubernetes"});
  server_ = std::make_unique<HttpServer>(
      [this](const Request& request) {
        Answer answer = api_->answer(request);
        answer.date =
            ahead_ ? std::optional(std::chrono::system_clock::now() + *ahead_) : std::nullopt;
        return answer;
      },
      TlsIdentity{own.certificate_pem, own.key_pem, authority_pem_});
}

std::string kubeconfig(const CertificateAuthority& authority, std::uint16_t port) {
  const Certificate admin = authority.client("world-admin", {"system:masters"});
  std::string contexts;
  for (const char* name : {"world", "client-certificate", "forbidden", "wrong-token"})
    contexts += fmt::format(
        "- name: {0}\n  context: {{cluster: world, namespace: authentik, user: {0}}}\n", name);
  return fmt::format(
      "apiVersion: v1\n"
      "kind: Config\n"
      "current-context: world\n"
      "clusters:\n"
      "- name: world\n"
      "  cluster:\n"
      "    server: https://127.0.0.1:{}\n"
      "    certificate-authority-data: {}\n"
      "contexts:\n{}"
      "users:\n"
      "- name: world\n  user: {{token: {}}}\n"
      "- name: forbidden\n  user: {{token: {}}}\n"
      "- name: wrong-token\n  user: {{token: {}}}\n"
      "- name: client-certificate\n"
      "  user:\n"
      "    client-certificate-data: {}\n"
      "    client-key-data: {}\n",
      port, base64(authority.certificate_pem()), contexts, reader_token, nobody_token, wrong_token,
      base64(admin.certificate_pem), base64(admin.key_pem));
}

}  // namespace postflight::world
