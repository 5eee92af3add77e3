#include <catch2/catch_test_macros.hpp>
#include <nlohmann/json.hpp>

#include "tests/world/recorded_api.hpp"
#include "tests/world/recordings.hpp"
#include "tests/world/url.hpp"

namespace postflight::world {
namespace {

using Json = nlohmann::json;

std::vector<std::string> names(const Json& list) {
  std::vector<std::string> all;
  for (const auto& item : list["items"])
    all.push_back(item["metadata"].value("namespace", "") + "/" +
                  item["metadata"]["name"].get<std::string>());
  return all;
}

// Every page, as a client follows them.
std::vector<Json> pages(const RecordedApi& api, const std::string& target) {
  std::vector<Json> all{Json::parse(api.ask(target).body)};
  while (all.back()["metadata"].contains("continue"))
    all.push_back(Json::parse(
        api.ask(target + "&continue=" + all.back()["metadata"]["continue"].get<std::string>())
            .body));
  return all;
}

}  // namespace

TEST_CASE("pages hold every object once, in order, and count down what is left", "[world]") {
  const RecordedApi api;
  for (const std::string path : {"/api/v1/namespaces/authentik/events", "/api/v1/pods"}) {
    INFO(path);
    const auto whole = names(Json::parse(api.ask(path).body));
    std::vector<std::string> followed;
    std::size_t left = whole.size();
    for (const auto& page : pages(api, path + "?limit=4")) {
      const auto part = names(page);
      followed.insert(followed.end(), part.begin(), part.end());
      left -= part.size();
      CHECK(page["metadata"].value("remainingItemCount", 0u) == left);
      CHECK(page["metadata"].contains("continue") == (left > 0));
    }
    CHECK(followed == whole);
    CHECK(whole.size() > 4);
  }
}

TEST_CASE("with a selector nobody counts what is left", "[world]") {
  const RecordedApi api;
  const std::string target =
      "/api/v1/namespaces/authentik/pods?limit=1&labelSelector=app.kubernetes.io%2Fname%3D"
      "authentik-outpost-proxy";
  const auto all = pages(api, target);
  CHECK(all.size() == 2);
  const Json real = recording("list_pods_limit1_selector.json");
  CHECK(real["metadata"].contains("continue"));
  CHECK_FALSE(real["metadata"].contains("remainingItemCount"));
  CHECK(all[0]["metadata"].contains("continue"));
  CHECK_FALSE(all[0]["metadata"].contains("remainingItemCount"));
}

TEST_CASE("a continue token has the real one's form", "[world]") {
  const RecordedApi api;
  const Json ours =
      Json::parse(api.ask("/api/v1/namespaces/authentik/pods?limit=2").body)["metadata"];
  const Json real = recording("list_pods_page1_limit2.json")["metadata"];
  Json our_token = Json::parse(base64_decode(ours["continue"].get<std::string>()));
  Json real_token = Json::parse(base64_decode(real["continue"].get<std::string>()));
  our_token.erase("rv");
  real_token.erase("rv");
  CHECK(our_token == real_token);
  CHECK(ours["remainingItemCount"] == real["remainingItemCount"]);
  // And the real one is understood here.
  const Json second = Json::parse(api.ask("/api/v1/namespaces/authentik/pods?limit=2&continue=" +
                                          real["continue"].get<std::string>())
                                      .body);
  CHECK(names(second) == names(recording("list_pods_page2_last.json")));
}

TEST_CASE("the token in a 410 leads to the rest of the list", "[world]") {
  const RecordedApi api;
  const std::string path = "/api/v1/namespaces/authentik/pods?limit=1&continue=";
  const Json old = {
      {"v", "meta.k8s.io/v1"},
      {"rv", 5},
      {"start", "/ak-outpost-authentik-embedded-outpost-744d7859bb-7mgzl" + std::string(1, '\0')}};
  const Answer expired = api.ask(path + base64_url(old.dump()));
  CHECK(expired.status == 410);
  const Json rest = Json::parse(
      api.ask(path + Json::parse(expired.body)["metadata"]["continue"].get<std::string>()).body);
  CHECK(names(rest).front() == "authentik/ak-outpost-authentik-embedded-outpost-744d7859bb-ll4g9");
}

}  // namespace postflight::world
