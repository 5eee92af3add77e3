#include "tests/support/recorded_outpost.hpp"

#include <nlohmann/json.hpp>

namespace postflight::test {

void record_outpost(RecordedKubernetes& kubernetes) {
  kubernetes.answer(outpost::service_path, fixture("kubernetes/service.json"));
  kubernetes.answer_list(outpost::slices_path, outpost::slices_selector,
                         {fixture("kubernetes/endpointslices.json")});
  kubernetes.answer(outpost::endpoints_path, fixture("kubernetes/endpoints.json"));
  kubernetes.answer_list(
      outpost::pods_path, "",
      {fixture("kubernetes/pods_list.json"), fixture("kubernetes/pods_list_server.json")});
  kubernetes.answer_list(outpost::pods_path, outpost::selector,
                         {fixture("kubernetes/pods_list.json")});
  kubernetes.answer(outpost::deployment_path, fixture("kubernetes/deployment.json"));
  kubernetes.answer_list(outpost::replica_sets_path, outpost::selector,
                         {fixture("kubernetes/replicasets.json")});
}

std::string patched(const std::string& json, const std::string& patch) {
  return nlohmann::json::parse(json).patch(nlohmann::json::parse(patch)).dump();
}

}  // namespace postflight::test
