#include "tests/world/controllers.hpp"

#include <algorithm>
#include <catch2/catch_test_macros.hpp>
#include <map>
#include <nlohmann/json.hpp>

#include "tests/world/json.hpp"
#include "tests/world/object_store.hpp"
#include "tests/world/recordings.hpp"

namespace postflight::world {
namespace {

const std::string outpost = "ak-outpost-authentik-embedded-outpost";

struct Settled : ObjectStore {
  Settled() {
    load_recorded_objects(*this);
    settle(*this);
  }
  void select(const Json& selector) {
    change("services", "authentik", outpost,
           [&](Json& service) { service["spec"]["selector"] = selector; });
    settle(*this);
  }
  std::vector<Json> slices() const {
    std::vector<Json> list;
    for (const auto& slice : all("endpointslices", "authentik")) list.push_back(*slice);
    return list;
  }
  Json endpoints() const { return *find("endpoints", "authentik", outpost); }
};

}  // namespace

TEST_CASE("what is derived from the recorded cluster is what was recorded", "[world]") {
  ObjectStore settled;
  load_recorded_objects(settled);
  std::map<std::string, std::vector<Object>> loaded;
  for (const char* resource : {"endpoints", "endpointslices", "deployments"})
    loaded[resource] = settled.all(resource, "");
  // What is wrong must be put right, not just left alone.
  for (const auto& slice : loaded["endpointslices"])
    settled.change("endpointslices", (*slice)["metadata"]["namespace"],
                   (*slice)["metadata"]["name"],
                   [](Json& changed) { changed["endpoints"] = changed["ports"] = Json(); });
  settle(settled);
  for (const auto& [resource, objects] : loaded)
    for (const auto& real : objects) {
      const Json& metadata = (*real)["metadata"];
      const Object ours = settled.find(resource, metadata["namespace"], metadata["name"]);
      INFO(resource << " " << metadata["name"]);
      REQUIRE(ours);
      nlohmann::json left = *real;
      nlohmann::json right = *ours;
      for (auto* value : {&left, &right}) {
        (*value)["metadata"].erase("resourceVersion");
        // The real controller orders ports by a hash.
        if (value->contains("subsets"))
          for (auto& subset : (*value)["subsets"])
            std::sort(subset["ports"].begin(), subset["ports"].end());
      }
      CHECK(right == left);
    }
}

TEST_CASE("a selector that matches no pod leaves null endpoints and no subsets", "[world]") {
  Settled store;
  store.select({{"app.kubernetes.io/name", "authentik"}, {"goauthentik.io/outpost-type", "proxy"}});
  REQUIRE(store.slices().size() == 1);
  CHECK(store.slices()[0]["endpoints"].is_null());
  CHECK(store.slices()[0]["ports"].is_null());
  CHECK_FALSE(store.endpoints().contains("subsets"));
  const Json real = recording("trouble_endpoints_empty.json");
  CHECK_FALSE(real.contains("subsets"));
}

TEST_CASE("a pod that is not ready is among the endpoints, but not as ready", "[world]") {
  Settled store;
  store.change("pods", "authentik", outpost + "-744d7859bb-7mgzl", [](Json& pod) {
    for (auto& condition : pod["status"]["conditions"])
      if (condition["type"] == "Ready") condition["status"] = "False";
  });
  settle(store);
  const Json slice = store.slices().at(0);
  CHECK(slice["endpoints"][0]["conditions"]["ready"] == false);
  CHECK(slice["endpoints"][1]["conditions"]["ready"] == true);
  CHECK(store.endpoints()["subsets"][0]["addresses"].size() == 1);
  CHECK(store.endpoints()["subsets"][0]["notReadyAddresses"].size() == 1);
  CHECK((*store.find("deployments", "authentik", outpost))["status"]["readyReplicas"] == 1);
}

TEST_CASE("pods with other ports get a slice of their own", "[world]") {
  Settled store;
  store.select({{"app.kubernetes.io/component", "server"}});
  const auto slices = store.slices();
  REQUIRE(slices.size() == 2);
  // The server's metrics port has another name than the Service asks for.
  std::size_t endpoints = 0;
  for (const auto& slice : slices) {
    endpoints += slice["endpoints"].size();
    const bool servers = slice["endpoints"][0]["targetRef"]["name"].get<std::string>().starts_with(
        "goauthentik-server");
    CHECK(slice["ports"].size() == (servers ? 2 : 3));
    CHECK(slice["metadata"]["labels"]["kubernetes.io/service-name"] == outpost);
  }
  CHECK(endpoints == 3);
  store.select({{"app.kubernetes.io/name", "authentik-outpost-proxy"}});
  CHECK(store.slices().size() == 1);
}

}  // namespace postflight::world
