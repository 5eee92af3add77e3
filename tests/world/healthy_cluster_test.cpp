// The healthy cluster: its objects fit together, as small as it is and grown.
#include "tests/world/cluster_objects/healthy_cluster.hpp"

#include <catch2/catch_test_macros.hpp>
#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "tests/world/cluster_objects/growth.hpp"
#include "tests/world/cluster_objects/helm_releases.hpp"
#include "tests/world/controllers.hpp"
#include "tests/world/heartbeats.hpp"
#include "tests/world/json.hpp"
#include "tests/world/recordings.hpp"

namespace postflight::world {
namespace {

using namespace std::chrono_literals;

// `pods`: 0 leaves it as it is.
std::unique_ptr<ObjectStore> healthy(std::size_t pods) {
  auto store = std::make_unique<ObjectStore>();
  load_healthy_cluster(*store);
  settle(*store);
  if (pods > 0) grow(*store, pods);
  return store;
}

std::string where(const Json& object) {
  return text_at(object, "/metadata/namespace") + "/" + text_at(object, "/metadata/name");
}

std::chrono::system_clock::duration since(const std::string& time) {
  return std::chrono::system_clock::now() - parse_rfc3339(time);
}

}  // namespace

TEST_CASE("owners, selectors and references of the healthy cluster lead to objects that are there",
          "[world][cluster]") {
  for (const std::size_t pods : {0, 150}) {
    const auto store = healthy(pods);
    std::map<std::string, std::string> kinds{{"ReplicaSet", "replicasets"},
                                             {"StatefulSet", "statefulsets"},
                                             {"DaemonSet", "daemonsets"},
                                             {"Deployment", "deployments"},
                                             {"Job", "jobs"},
                                             {"CronJob", "cronjobs"},
                                             {"Service", "services"},
                                             {"Node", "nodes"}};
    std::set<std::string> uids;
    for (const auto& resource : store->resources())
      for (const auto& object : store->all(resource, "")) {
        INFO(resource << " " << where(*object));
        const Json& about = (*object)["metadata"];
        if (about.contains("uid")) CHECK(uids.insert(resource + text_at(about, "/uid")).second);
        for (const auto& owner : about.value("ownerReferences", Json::array())) {
          const std::string kind = owner["kind"];
          const Object found =
              store->find(kinds.at(kind), kind == "Node" ? "" : about["namespace"], owner["name"]);
          REQUIRE(found);
          CHECK((*found)["metadata"]["uid"] == owner["uid"]);
        }
      }
    for (const auto& pod : store->all("pods", "")) {
      INFO(where(*pod));
      CHECK(store->find("nodes", "", text_at(*pod, "/spec/nodeName")));
      for (const auto& volume : (*pod)["spec"]["volumes"])
        if (volume.contains("persistentVolumeClaim"))
          CHECK(store->find("persistentvolumeclaims", (*pod)["metadata"]["namespace"],
                            volume["persistentVolumeClaim"]["claimName"]));
    }
    for (const auto& claim : store->all("persistentvolumeclaims", "")) {
      const Object volume = store->find("persistentvolumes", "", (*claim)["spec"]["volumeName"]);
      REQUIRE(volume);
      CHECK((*volume)["spec"]["claimRef"]["uid"] == (*claim)["metadata"]["uid"]);
    }
    for (const auto& ingress : store->all("ingresses", ""))
      for (const auto& tls : (*ingress)["spec"]["tls"])
        CHECK(store->find("secrets", (*ingress)["metadata"]["namespace"], tls["secretName"]));
    for (const char* resource :
         {"validatingwebhookconfigurations", "mutatingwebhookconfigurations"})
      for (const auto& configuration : store->all(resource, ""))
        for (const auto& hook : (*configuration)["webhooks"]) {
          const Json& service = hook["clientConfig"]["service"];
          CHECK(store->find("services", service["namespace"], service["name"]));
        }
  }
}

TEST_CASE("every Service of the healthy cluster has endpoints, and they are its pods",
          "[world][cluster]") {
  const auto store = healthy(150);
  std::map<std::string, std::set<std::string>> ready;
  for (const auto& slice : store->all("endpointslices", ""))
    for (const auto& endpoint : (*slice)["endpoints"])
      if (endpoint["conditions"]["ready"] == true && endpoint.contains("targetRef"))
        ready[text_at(*slice, "/metadata/namespace") + "/" +
              (*slice)["metadata"]["labels"]["kubernetes.io/service-name"].get<std::string>()]
            .insert(endpoint["targetRef"]["name"]);
  std::size_t services = 0;
  for (const auto& service : store->all("services", "")) {
    if (!(*service)["spec"].contains("selector")) continue;
    INFO(where(*service));
    std::set<std::string> selected;
    for (const auto& pod : store->all("pods", (*service)["metadata"]["namespace"])) {
      const Json labels = (*pod)["metadata"].value("labels", Json::object());
      bool all = text_at(*pod, "/status/phase") == "Running";
      for (const auto& [name, value] : (*service)["spec"]["selector"].items())
        all = all && labels.contains(name) && labels.at(name) == value;
      if (all) selected.insert((*pod)["metadata"]["name"]);
    }
    CHECK_FALSE(selected.empty());
    CHECK(ready[where(*service)] == selected);
    ++services;
  }
  CHECK(services > 30);
}

TEST_CASE("the healthy cluster was alive a moment ago", "[world][cluster]") {
  const auto store = healthy(0);
  for (const auto& lease : store->all("leases", "")) {
    const auto renewed = text_at(*lease, "/spec/renewTime");
    CHECK(renewed.starts_with("$renewed("));
    CHECK(since(with_renewed_times(renewed)) < 10s);
  }
  for (const auto& metrics : store->all("nodes.metrics.k8s.io", ""))
    CHECK(since(text_at(*metrics, "/timestamp")) < 2min);
  for (const auto& job : store->all("cronjobs", ""))
    CHECK(since(text_at(*job, "/status/lastSuccessfulTime")) < 24h);
  CHECK(store->all("jobs", "").size() == 6);
}

TEST_CASE("the newest revision of every Helm release is deployed and says what runs",
          "[world][cluster]") {
  const auto store = healthy(150);
  std::map<std::string, Json> newest;
  for (const auto& secret : store->all("secrets", "")) {
    if ((*secret)["type"] != "helm.sh/release.v1") continue;
    const Json release = unpack_release((*secret)["data"]["release"]);
    const Json& labels = (*secret)["metadata"]["labels"];
    CHECK(labels["status"] == release["info"]["status"]);
    CHECK(labels["version"] == std::to_string(release["version"].get<int>()));
    CHECK(text_at(*secret, "/metadata/name") == "sh.helm.release.v1." + text_at(release, "/name") +
                                                    ".v" +
                                                    std::to_string(release["version"].get<int>()));
    Json& known = newest[text_at(release, "/namespace") + "/" + text_at(release, "/name")];
    if (known.is_null() || known["version"] < release["version"]) known = release;
  }
  CHECK(newest.size() >= 6);
  for (const auto& [name, release] : newest) {
    INFO(name);
    CHECK(release["info"]["status"] == "deployed");
    for (const auto& deployment : store->all("deployments", release["namespace"])) {
      const std::string own =
          "name: \"" + text_at(*deployment, "/metadata/name") + "\"\n  namespace";
      const std::string manifest = release["manifest"];
      if (manifest.find(own) == std::string::npos) continue;
      CHECK(manifest.find(text_at(*deployment, "/spec/template/spec/containers/0/image")) !=
            std::string::npos);
    }
  }
}

TEST_CASE("a cluster grows to exactly as many pods, of the size that real ones have",
          "[world][cluster]") {
  const auto store = healthy(301);
  const auto pods = store->snapshot("pods");
  CHECK(pods->size() == 301);
  std::size_t bytes = 0;
  std::set<std::string> addresses;
  for (const auto& pod : *pods) {
    bytes += pod->text.size();
    const Json object = Json::parse(pod->text);
    CHECK(object["metadata"]["name"] == pod->name);
    if (object["status"]["phase"] == "Running" && !object["spec"].value("hostNetwork", false))
      CHECK(addresses.insert(text_at(object, "/status/podIP")).second);
  }
  CHECK(bytes / pods->size() >= 4000);
  CHECK(bytes / pods->size() <= 8192);
  CHECK(store->snapshot("deployments")->size() > 60);
  CHECK(store->snapshot("replicasets")->size() > 2 * store->snapshot("deployments")->size());
  CHECK(store->snapshot("nodes")->size() > 10);
  CHECK_THROWS_AS(grow(*store, 10), std::invalid_argument);
}

}  // namespace postflight::world
