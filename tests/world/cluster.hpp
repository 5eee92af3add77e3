#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "tests/world/api_server.hpp"
#include "tests/world/certificates.hpp"
#include "tests/world/object_store.hpp"
#include "tests/world/pod_logs.hpp"
#include "tests/world/pod_sandbox.hpp"
#include "tests/world/request_counts.hpp"
#include "tests/world/users.hpp"

namespace postflight::world {

// The tokens that the API server knows, and one that it does not.
inline constexpr char reader_token[] = "reader-token-of-the-stand-in-world";
inline constexpr char nobody_token[] = "nobody-token-of-the-stand-in-world";
inline constexpr char wrong_token[] = "wrong-token-of-the-stand-in-world";

// A cluster's objects and an API server: the recorded cluster, with logs and the insides of its
// running pods, or a whole one in which all is well (without those).
class Cluster {
 public:
  enum class Contents { recorded, healthy };
  // `directory` is for the pods' programs; what is asked is counted in the file, if one is named.
  Cluster(const CertificateAuthority& authority, const std::filesystem::path& directory,
          Contents contents = Contents::recorded, const std::filesystem::path& counts_file = {});
  ~Cluster();

  ObjectStore& store() { return store_; }
  PodLogs& logs() { return logs_; }
  // Throws std::out_of_range for a pod that does not run.
  const PodSandbox& sandbox(const std::string& name_space, const std::string& pod) const;

  // After the objects were edited: endpoints and the like follow.
  void settle();
  // Whether a Service has an endpoint that takes traffic.
  bool has_ready_endpoints(const std::string& name_space, const std::string& service) const;

  // The reader may do from now on what a file of Roles and ClusterRoles says.
  void take_rights_from(std::filesystem::path manifests) {
    users_.take_rights_from(reader_token, std::move(manifests));
  }

  // The Date of every answer; nothing: none at all.
  void tell_time(std::optional<std::chrono::seconds> ahead) { ahead_ = ahead; }

  void serve(const CertificateAuthority& authority);  // begins to listen
  std::uint16_t port() const { return server_->port(); }

 private:
  void load_recorded(const std::filesystem::path& directory);

  Contents contents_;
  std::optional<std::chrono::seconds> ahead_{0};  // of the clock that answers tell
  RequestCounts counts_;
  ObjectStore store_;
  PodLogs logs_;
  Users users_;
  std::map<std::pair<std::string, std::string>, std::unique_ptr<PodSandbox>> sandboxes_;
  std::unique_ptr<ApiServer> api_;
  std::unique_ptr<HttpServer> server_;
  std::string authority_pem_;
};

// A kubeconfig with the contexts world (the current one), client-certificate, forbidden and
// wrong-token, all in the namespace authentik.
std::string kubeconfig(const CertificateAuthority& authority, std::uint16_t port);

}  // namespace postflight::world
