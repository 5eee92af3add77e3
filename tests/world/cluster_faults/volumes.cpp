#include "tests/world/cluster_faults/edits.hpp"
#include "tests/world/cluster_objects/metadata.hpp"
#include "tests/world/json.hpp"

namespace postflight::world {

using namespace std::chrono_literals;

namespace {

void pending_claim(Cluster& cluster) {
  Json claim = *cluster.store().find("persistentvolumeclaims", "data", "data-postgres-0");
  Json& about = claim["metadata"];
  about["name"] = "data-postgres-3";
  about["uid"] = uid("PersistentVolumeClaim", id_of("data", "data-postgres-3"));
  about["creationTimestamp"] = ago(2h);
  about.erase("resourceVersion");
  about.erase("annotations");
  claim["spec"].erase("volumeName");
  claim["status"] = {{"phase", "Pending"}};
  cluster.store().put("persistentvolumeclaims", std::move(claim));
}

// A volume beside those in use, as the claim before left it.
Edit left_over(const std::string& phase, const std::string& message) {
  return [=](Cluster& cluster) {
    Json volume = *cluster.store().all("persistentvolumes", "").front();
    Json& about = volume["metadata"];
    about["name"] = "pvc-0b7f2f5e-left-over";
    about["uid"] = uid("PersistentVolume", id_of("", "left-over"));
    about.erase("resourceVersion");
    volume["spec"]["claimRef"]["name"] = "former";
    volume["spec"]["claimRef"]["uid"] = uid("PersistentVolumeClaim", id_of("data", "former"));
    volume["spec"]["persistentVolumeReclaimPolicy"] = phase == "Failed" ? "Delete" : "Retain";
    volume["status"] = {{"phase", phase}, {"lastPhaseTransitionTime", ago(50h)}};
    if (!message.empty()) volume["status"]["message"] = message;
    cluster.store().put("persistentvolumes", std::move(volume));
  };
}

void attach_error(Cluster& cluster) {
  const Object first = cluster.store().all("volumeattachments", "").front();
  cluster.store().change("volumeattachments", "", (*first)["metadata"]["name"], [](Json& object) {
    object["status"] = {{"attached", false},
                        {"attachError",
                         {{"time", ago(20min)},
                          {"message",
                           "rpc error: code = DeadlineExceeded desc = context deadline "
                           "exceeded"}}}};
  });
}

}  // namespace

std::vector<Fault> volume_faults() {
  return {
      fault("pvc-pending", "a claim has waited two hours for a volume", {"volume-claims-bound"},
            pending_claim),
      fault("pv-released", "a volume is left over from a claim that is gone",
            {"volumes-not-left-over"}, left_over("Released", "")),
      fault("pv-failed", "a volume could not be deleted", {"volumes-not-left-over"},
            left_over("Failed", "rpc error: code = Internal desc = volume is still in use")),
      fault("volume-attach-error", "a volume cannot be attached to its node", {"volumes-attached"},
            attach_error),
  };
}

}  // namespace postflight::world
