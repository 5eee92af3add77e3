// The resources beyond those of the first recordings: found by discovery, listed, counted.
#include <algorithm>
#include <catch2/catch_test_macros.hpp>
#include <nlohmann/json.hpp>
#include <set>

#include "tests/world/gzip.hpp"
#include "tests/world/recorded_api.hpp"
#include "tests/world/recordings.hpp"
#include "tests/world/request_counts.hpp"

namespace postflight::world {
namespace {

using Json = nlohmann::json;

Json ask(const RecordedApi& api, const std::string& target) {
  return Json::parse(api.ask(target, "admin").body);
}

}  // namespace

TEST_CASE("whatever a discovery document lists can be listed", "[world]") {
  const RecordedApi api;
  const Json groups = ask(api, "/apis");
  std::vector<std::string> paths{"/api/v1"};
  for (const auto& group : groups["groups"]) {
    CHECK(ask(api, "/apis/" + group["name"].get<std::string>())["kind"] == "APIGroup");
    CHECK(group["preferredVersion"] == group["versions"][0]);
    for (const auto& version : group["versions"])
      paths.push_back("/apis/" + version["groupVersion"].get<std::string>());
  }
  CHECK(paths.size() > 15);
  for (const auto& path : paths) {
    const Json document = ask(api, path);
    for (const auto& resource : document["resources"]) {
      const auto& verbs = resource["verbs"];
      if (std::find(verbs.begin(), verbs.end(), "list") == verbs.end()) continue;
      INFO(path << "/" << resource["name"]);
      const Json list = ask(api, path + "/" + resource["name"].get<std::string>());
      CHECK(list["kind"] == resource["kind"].get<std::string>() + "List");
      CHECK(list["apiVersion"] == document["groupVersion"]);
      CHECK(list["items"].is_array());
    }
  }
}

TEST_CASE("without add-ons their groups are unknown paths", "[world]") {
  for (const char* path : {"/apis/cert-manager.io/v1/certificates", "/apis/metrics.k8s.io/v1beta1"})
    CHECK(RecordedApi().ask(path, "admin").body == "404 page not found\n");
}

TEST_CASE("a refusal names the group of a resource that is not in the core one", "[world]") {
  const RecordedApi api;
  const Json missing = ask(api, "/apis/apps/v1/namespaces/authentik/deployments/nope");
  CHECK(missing["message"] == "deployments.apps \"nope\" not found");
  CHECK(missing["details"] == Json{{"name", "nope"}, {"group", "apps"}, {"kind", "deployments"}});
  const Json refused = Json::parse(api.ask("/apis/batch/v1/jobs", "nobody").body);
  CHECK(refused["message"] ==
        "jobs.batch is forbidden: User \"system:serviceaccount:authentik:nobody\" cannot list "
        "resource \"jobs\" in API group \"batch\" at the cluster scope");
  CHECK(refused["details"] == Json{{"group", "batch"}, {"kind", "jobs"}});
}

TEST_CASE("an Event is the recorded one in either of its groups", "[world]") {
  const RecordedApi api;
  const std::string path = "/apis/events.k8s.io/v1/namespaces/authentik/events?limit=3";
  Json ours = ask(api, path);
  Json real = recording("events_list_v1.json");
  REQUIRE(ours["items"].size() == real["items"].size());
  for (std::size_t at = 0; at < real["items"].size(); ++at) {
    std::set<std::string> ours_keys, real_keys;
    for (const auto& [key, value] : ours["items"][at].items()) ours_keys.insert(key);
    for (const auto& [key, value] : real["items"][at].items()) real_keys.insert(key);
    CHECK(ours_keys == real_keys);
    CHECK(ours["items"][at]["note"] == real["items"][at]["note"]);
  }
  CHECK(ask(api, path + "&fieldSelector=regarding.kind%3DNode")["items"].empty());
  CHECK_FALSE(ask(api, path + "&fieldSelector=regarding.kind%3DPod")["items"].empty());
}

TEST_CASE("large answers are compressed for who can take it, small ones never", "[world]") {
  RecordedApi api;
  nlohmann::ordered_json config = {{"metadata", {{"name", "large"}, {"namespace", "default"}}},
                                   {"data", {{"text", std::string(200000, 'x')}}}};
  api.store.put("configmaps", config);
  const Headers accepts{{"Accept-Encoding", "gzip, deflate"}};
  const std::string path = "/api/v1/namespaces/default/configmaps/";
  const Answer plain = api.ask(path + "large", "admin");
  const Answer packed = api.ask(path + "large", "admin", accepts);
  CHECK(packed.body.size() < 10000);
  CHECK(gunzip(packed.body) == plain.body);
  CHECK(std::count(packed.headers.begin(), packed.headers.end(),
                   std::pair<std::string, std::string>("Content-Encoding", "gzip")) == 1);
  CHECK(api.ask("/version", "admin", accepts).body == api.ask("/version", "admin").body);
  CHECK_THROWS(gunzip("no gzip"));
}

TEST_CASE("what was asked is counted by resource and verb, pages apart from lists", "[world]") {
  RequestCounts counts;
  RecordedApi api(&counts);
  std::string next;
  do {
    const Json page = ask(api, "/api/v1/events?limit=10" + next);
    next = page["metadata"].value("continue", "");
    if (!next.empty()) next = "&continue=" + next;
  } while (!next.empty());
  ask(api, "/apis/apps/v1/deployments");
  ask(api, "/apis/apps/v1/namespaces/authentik/deployments/nope");
  api.ask("/version");
  const Json told = Json::parse(counts.json());
  CHECK(told["events"]["list"] == 1);
  CHECK(told["events"]["page"] >= 2);
  CHECK(told["deployments.apps"] == Json{{"list", 1}, {"get", 1}});
  CHECK(told["/version"] == Json{{"get", 1}});
}

}  // namespace postflight::world
