#include "tests/world/cluster_objects/volumes.hpp"

#include "tests/world/cluster_objects/metadata.hpp"
#include "tests/world/json.hpp"

namespace postflight::world {

void put_claim(ObjectStore& store, const std::string& name_space, const std::string& name,
               const std::string& size, const std::string& node) {
  const std::string created = ago(std::chrono::hours(960));
  const std::string id = id_of(name_space, name);
  const std::string claim_uid = uid("PersistentVolumeClaim", id);
  const std::string volume = "pvc-" + claim_uid;
  const Json modes = Json::array({"ReadWriteOnce"});

  Json claim = {{"metadata", metadata(name_space, name, claim_uid, created)}};
  claim["metadata"]["annotations"] = {
      {"pv.kubernetes.io/bind-completed", "yes"},
      {"pv.kubernetes.io/bound-by-controller", "yes"},
      {"volume.kubernetes.io/storage-provisioner", "csi.example.com"}};
  claim["metadata"]["finalizers"] = Json::array({"kubernetes.io/pvc-protection"});
  claim["spec"] = {{"accessModes", modes},
                   {"resources", {{"requests", {{"storage", size}}}}},
                   {"volumeName", volume},
                   {"storageClassName", "fast"},
                   {"volumeMode", "Filesystem"}};
  claim["status"] = {{"phase", "Bound"}, {"accessModes", modes}, {"capacity", {{"storage", size}}}};
  store.put("persistentvolumeclaims", std::move(claim));

  Json object = {{"metadata", metadata("", volume, uid("PersistentVolume", id), created)}};
  object["metadata"]["annotations"] = {{"pv.kubernetes.io/provisioned-by", "csi.example.com"}};
  object["metadata"]["finalizers"] =
      Json::array({"external-provisioner.volume.kubernetes.io/finalizer",
                   "kubernetes.io/pv-protection", "external-attacher/csi-example-com"});
  object["spec"] = {
      {"capacity", {{"storage", size}}},
      {"csi", {{"driver", "csi.example.com"}, {"volumeHandle", "vol-" + id}, {"fsType", "ext4"}}},
      {"accessModes", modes},
      {"claimRef",
       {{"kind", "PersistentVolumeClaim"},
        {"namespace", name_space},
        {"name", name},
        {"uid", claim_uid},
        {"apiVersion", "v1"}}},
      {"persistentVolumeReclaimPolicy", "Delete"},
      {"storageClassName", "fast"},
      {"volumeMode", "Filesystem"}};
  object["status"] = {{"phase", "Bound"}, {"lastPhaseTransitionTime", created}};
  store.put("persistentvolumes", std::move(object));

  Json attachment = {{"metadata", metadata("", "csi-" + hex_of(volume + node, 64),
                                           uid("VolumeAttachment", id), created)}};
  attachment["spec"] = {{"attacher", "csi.example.com"},
                        {"source", {{"persistentVolumeName", volume}}},
                        {"nodeName", node}};
  attachment["status"] = {{"attached", true}};
  store.put("volumeattachments", std::move(attachment));
}

}  // namespace postflight::world
