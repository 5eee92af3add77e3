#pragma once

#include "clients/kubernetes.hpp"
#include "clients/kubernetes_connection.hpp"
#include "clients/list_scan.hpp"
#include "clients/shared_reads.hpp"

namespace postflight {

// A Kubernetes API server over HTTP.
class ApiKubernetes : public Kubernetes {
 public:
  // `http` and `commands` must outlive it. Throws KubeconfigError for an unusable token file.
  ApiKubernetes(Http& http, const KubernetesAccess& access, Commands& commands, OnSecret on_secret,
                RetryPolicy policy = {}, CredentialClocks clocks = {});

  std::string server() const override { return connection_.server(); }
  Json get(const std::string& path, const Limits& limits) override;
  Pages list(const ListRequest& request, const Limits& limits) override;
  void expect(const std::vector<const ListUse*>& uses) override { scans_.expect(uses); }
  std::shared_ptr<const ListReading> read(const ListUse& use,
                                          std::chrono::system_clock::time_point today,
                                          const Limits& limits) override;
  ClockAnswer clock(const Limits& limits) override;
  std::string log(const LogRequest& request, const Limits& limits) override;
  ExecResult exec(const ExecRequest& request, const Limits& limits) override;

 private:
  Json ask_object(const std::string& path, const Limits& limits, bool& cut_short);

  const std::function<std::chrono::system_clock::time_point()> today_;
  KubernetesConnection connection_;
  SharedReads<Json> objects_;
  SharedReads<Pages> lists_;
  ListScans scans_{connection_};
};

}  // namespace postflight
