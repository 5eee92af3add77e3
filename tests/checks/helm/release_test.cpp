#include <catch2/catch_test_macros.hpp>
#include <nlohmann/json.hpp>

#include "checks/catalogue.hpp"
#include "clients/helm_release.hpp"
#include "tests/support/recorded_clients.hpp"

namespace postflight::test {
namespace {

using nlohmann::json;

const CheckKind& kind() { return *find_kind("helm.release"); }

// Releases that Helm itself made (tests/fixtures/helm/README.md), and their live workloads.
struct ReleasesWorld : RecordedWorld {
  json secrets = json::parse(fixture("helm/secrets_list.json"));
  std::string path = "/api/v1/secrets";

  ReleasesWorld() {
    for (const auto* name : {"shop-server", "other-server", "other-cache"})
      kubernetes.answer(deployment(name),
                        fixture("helm/deployment_" + std::string(name) + ".json"));
    kubernetes.answer("/apis/apps/v1/namespaces/shop/statefulsets/other-worker",
                      fixture("helm/statefulset_other-worker.json"));
  }

  static std::string deployment(const std::string& name) {
    return "/apis/apps/v1/namespaces/shop/deployments/" + name;
  }
  json& secret(const std::string& revision) {
    for (auto& item : secrets["items"])
      if (item["metadata"]["name"] == "sh.helm.release.v1." + revision) return item;
    throw std::logic_error("no such Secret: " + revision);
  }
  // Changes what is in the Secret, not its labels.
  template <typename Change>
  void change(const std::string& revision, const Change& edit) {
    auto& data = secret(revision)["data"]["release"];
    auto release = json::parse(read_helm_release(data.get<std::string>()));
    edit(release);
    data = packed_helm_release(release.dump());
  }
  void remove(const std::string& revision) {
    const auto name = "sh.helm.release.v1." + revision;
    auto& items = secrets["items"];
    for (std::size_t index = 0; index < items.size(); ++index)
      if (items[index]["metadata"]["name"] == name) return static_cast<void>(items.erase(index));
  }
  Outcome run_with(const std::string& settings) {
    kubernetes.answer_list(path, "", {secrets.dump()});
    return run(kind(), "{" + settings + "}");
  }
};

const std::string shop = "namespace: shop, name: shop, inert-values: ignore";

struct OneRelease : ReleasesWorld {
  OneRelease() { path = "/api/v1/namespaces/shop/secrets"; }
};

const Evidence* about(const Outcome& outcome, const std::string& subject) {
  for (const auto& fact : outcome.evidence)
    if (fact.subject == subject) return &fact;
  UNSCOPED_INFO("nothing about " << subject);
  return nullptr;
}

bool has(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos || (UNSCOPED_INFO(text), false);
}

}  // namespace

TEST_CASE("a release whose newest revision is deployed passes with what it is", "[helm]") {
  OneRelease world;
  const auto outcome = world.run_with(shop + ", chart: shop, chart-version: 1.4.3, " +
                                      "app-version-matches: '^2026[.]8[.]'");
  CHECK(outcome.status == Status::passed);
  CHECK(outcome.examined == 2);
  CHECK(outcome.summary ==
        "release shop/shop is deployed: revision 2, chart shop-1.4.3, app 2026.8.1, and 1 workload "
        "has the images of it");
  const auto* fact = about(outcome, "Deployment shop/shop-server");
  REQUIRE(fact != nullptr);
  CHECK(fact->observed ==
        "migrate: ghcr.io/example/shop:2026.8.1, server: ghcr.io/example/shop:2026.8.1");
}

TEST_CASE("every release is judged by its newest revision, pending and failed ones too", "[helm]") {
  ReleasesWorld world;
  const auto outcome = world.run_with("");
  CHECK(outcome.status == Status::failed);
  REQUIRE(about(outcome, "release shop/broken") != nullptr);
  CHECK(about(outcome, "release shop/broken")->status == Status::failed);
  CHECK(has(about(outcome, "release shop/broken")->observed, "failed since 2026-11-27T02:28:37Z"));
  REQUIRE(about(outcome, "release shop/stuck") != nullptr);
  CHECK(about(outcome, "release shop/stuck")->status == Status::failed);
  CHECK(has(about(outcome, "release shop/stuck")->observed,
            "revision 2, chart shop-1.4.3, app 2026.8.1: pending-upgrade since "
            "2026-11-27T02:28:39Z: whoever began it has not ended it"));
  CHECK(about(outcome, "release shop/shop")->status == Status::passed);
  CHECK(about(outcome, "release shop/other")->status == Status::passed);
  CHECK(about(outcome, "releases")->observed == "shop/gone");
  CHECK(has(outcome.summary, "release shop/broken: revision 1"));
  CHECK(has(outcome.summary, "(and 1 more)"));
}

TEST_CASE("what is excepted is left out, and the evidence names it", "[helm]") {
  ReleasesWorld world;
  const auto outcome = world.run_with("except: [shop/broken, shop/stuck], inert-values: ignore");
  CHECK(outcome.status == Status::passed);
  CHECK(about(outcome, "releases")->observed == "shop/broken, shop/gone, shop/stuck");
  CHECK(outcome.summary ==
        "2 releases of Helm are deployed, and 4 workloads have the images of theirs");
  const auto none = world.run_with("except-namespaces: [shop]");
  CHECK(none.examined == 0);
  CHECK(none.summary == "there is no release of Helm in any namespace");
}

TEST_CASE("a release that was uninstalled is wrong only for who names it", "[helm]") {
  OneRelease world;
  const auto outcome = world.run_with("namespace: shop, name: gone");
  CHECK(outcome.status == Status::failed);
  CHECK(has(outcome.summary, "uninstalled"));
}

TEST_CASE("a release that is not there fails", "[helm]") {
  OneRelease world;
  world.kubernetes.answer("/api/v1/namespaces/shop", R"({"kind": "Namespace"})");
  const auto outcome = world.run_with("namespace: shop, name: shops");
  CHECK(outcome.status == Status::failed);
  CHECK(outcome.summary == "release shops: there is no release shops in the namespace shop");
}

TEST_CASE("a namespace that does not exist fails, and an empty one has no release", "[helm]") {
  OneRelease world;
  world.secrets["items"] = json::array();
  world.kubernetes.answer("/api/v1/namespaces/shop", R"({"kind": "Namespace"})");
  const auto empty = world.run_with("namespace: shop");
  CHECK(empty.examined == 0);
  CHECK(empty.summary == "there is no release of Helm in the namespace shop");
  world.kubernetes.refuse("/api/v1/namespaces/shop", object_not_found("shop"));
  CHECK(world.run_with("namespace: shop").summary == "namespace shop: does not exist");
}

TEST_CASE("revisions are counted as numbers", "[helm]") {
  OneRelease world;
  auto tenth = world.secret("shop.v1");
  tenth["metadata"]["name"] = "sh.helm.release.v1.shop.v10";
  tenth["metadata"]["labels"]["status"] = "failed";
  world.secrets["items"].insert(world.secrets["items"].begin(), tenth);
  world.change("shop.v10", [](json& release) {
    release["version"] = 10;
    release["info"]["status"] = "failed";
  });
  const auto outcome = world.run_with(shop);
  CHECK(outcome.status == Status::failed);
  CHECK(has(outcome.summary, "revision 10"));
}

TEST_CASE("a superseded newest revision has lost the one that followed it", "[helm]") {
  OneRelease world;
  world.remove("shop.v2");
  const auto outcome = world.run_with(shop);
  CHECK(outcome.status == Status::failed);
  CHECK(has(outcome.summary, "the revision that followed it is not there any more"));
}

TEST_CASE("a label and a Secret that contradict each other are no deployed release", "[helm]") {
  OneRelease by_label;
  by_label.secret("shop.v2")["metadata"]["labels"]["status"] = "pending-rollback";
  auto outcome = by_label.run_with(shop);
  CHECK(outcome.status == Status::failed);
  CHECK(has(outcome.summary, "deployed since"));
  CHECK(has(outcome.summary, "pending-rollback by the label"));
  OneRelease inside;
  inside.change("shop.v2", [](json& release) { release["info"]["status"] = "failed"; });
  CHECK(inside.run_with(shop).status == Status::failed);
}

TEST_CASE("a release that cannot be read is unknown by name, whatever is known of the others",
          "[helm]") {
  const std::pair<const char*, json> bad[] = {
      {"unreadable", "%%%"}, {"unreadable", "aGVsbG8="}, {"unreadable", "H4sIAAAA"},
      {"unreadable", 7},     {"unreadable", ""},         {"unreadable", packed_helm_release("[]")}};
  for (const auto& [reason, data] : bad) {
    INFO(data.dump());
    OneRelease world;
    world.secret("shop.v2")["data"]["release"] = data;
    const auto outcome = world.run_with(shop);
    CHECK(outcome.status == Status::errored);
    CHECK(outcome.reason == reason);
    CHECK(has(outcome.summary, "revision 2 of release shop/shop"));
  }
  ReleasesWorld all;
  all.secret("shop.v2")["data"].erase("release");
  const auto outcome = all.run_with("except: [shop/broken, shop/stuck]");
  CHECK(outcome.status == Status::errored);
  CHECK(about(outcome, "release shop/other")->status == Status::passed);
}

TEST_CASE("what unpacks to more than a release may have is not unpacked", "[helm]") {
  OneRelease world;
  world.secret("shop.v2")["data"]["release"] = packed_helm_release(std::string(40u << 20, ' '));
  const auto outcome = world.run_with(shop);
  CHECK(outcome.status == Status::errored);
  CHECK(outcome.reason == "too-large");
}

TEST_CASE("a label that says failed is known though the release cannot be read", "[helm]") {
  OneRelease world;
  world.secret("shop.v2")["data"]["release"] = "%%%";
  world.secret("shop.v2")["metadata"]["labels"]["status"] = "failed";
  CHECK(world.run_with(shop).status == Status::failed);
}

TEST_CASE("a Secret of Helm's type with another name is unknown", "[helm]") {
  OneRelease world;
  world.secret("shop.v2")["metadata"]["name"] = "shop";
  const auto outcome =
      world.run_with("namespace: shop, except: [shop/broken, shop/stuck, shop/shop]");
  CHECK(outcome.status == Status::errored);
  CHECK(has(outcome.summary, "secret shop/shop"));
}

TEST_CASE("another chart, version or app version than expected fails", "[helm]") {
  for (const auto* wrong : {"chart: store", "chart-version: 1.4.2", "chart-version-matches: '^2'",
                            "app-version: 2026.8", "app-version-matches: 'beta'"}) {
    INFO(wrong);
    OneRelease world;
    const auto outcome = world.run_with(shop + ", " + wrong);
    CHECK(outcome.status == Status::failed);
    CHECK(has(outcome.summary, "of release shop/shop"));
  }
}

TEST_CASE("another image than the release's, in an init container too, is drift", "[helm]") {
  OneRelease world;
  auto live = json::parse(fixture("helm/deployment_shop-server.json"));
  auto& pod = live["spec"]["template"]["spec"];
  pod["initContainers"][0]["image"] = "ghcr.io/example/shop:2026.8.2";
  world.kubernetes.answer(world.deployment("shop-server"), live.dump());
  auto outcome = world.run_with(shop);
  CHECK(outcome.status == Status::failed);
  CHECK(outcome.summary ==
        "Deployment shop/shop-server: migrate has the image ghcr.io/example/shop:2026.8.2, and the "
        "release ghcr.io/example/shop:2026.8.1: the next upgrade may put that back");
  CHECK(world.run_with(shop + ", drift: warn").status == Status::warned);
  CHECK(world.run_with(shop + ", drift: ignore").status == Status::passed);
  pod["initContainers"] = json::array();
  world.kubernetes.answer(world.deployment("shop-server"), live.dump());
  CHECK(has(world.run_with(shop).summary, "it has no container migrate"));
}

TEST_CASE(
    "a workload of the manifest that is gone is drift, and one that may not be read is "
    "unknown",
    "[helm]") {
  OneRelease gone;
  gone.kubernetes.refuse(gone.deployment("shop-server"), object_not_found("shop-server"));
  const auto outcome = gone.run_with(shop);
  CHECK(outcome.status == Status::failed);
  CHECK(outcome.summary == "Deployment shop/shop-server: it does not exist");
  OneRelease hidden;
  hidden.kubernetes.refuse(hidden.deployment("shop-server"), forbidden("may not"));
  CHECK(hidden.run_with(shop).status == Status::errored);
  CHECK(hidden.run_with(shop).reason == "forbidden");
  OneRelease unserved;
  unserved.kubernetes.refuse(unserved.deployment("shop-server"), path_not_found());
  CHECK(unserved.run_with(shop).status == Status::errored);
}

TEST_CASE("a part of the manifest that cannot be read is unknown", "[helm]") {
  OneRelease world;
  world.change("shop.v2", [](json& release) {
    release.erase("workloads");
    release["manifest"] = "kind: Deployment\n  apiVersion: {";
  });
  const auto outcome = world.run_with(shop);
  CHECK(outcome.status == Status::errored);
  CHECK(has(outcome.summary, "document 1 of its manifest is not YAML"));
}

TEST_CASE("a name in a manifest that is none is never asked for", "[helm]") {
  OneRelease world;
  world.change("shop.v2",
               [](json& release) { release["workloads"][0]["name"] = "../../../readyz"; });
  const auto outcome = world.run_with(shop);
  CHECK(outcome.status == Status::errored);
  CHECK(world.kubernetes.asked.size() == 1);
}

TEST_CASE("values that reach nothing are told by their keys, never by what was set", "[helm]") {
  OneRelease world;
  const auto outcome = world.run_with("namespace: shop, name: shop");
  CHECK(outcome.status == Status::warned);
  const auto* unknown = about(outcome, "value server.strategy of release shop/shop");
  REQUIRE(unknown != nullptr);
  CHECK(unknown->status == Status::warned);
  CHECK(unknown->observed == "neither the values of the chart nor its templates know it");
  const auto* off = about(outcome, "value shop.database.password of release shop/shop");
  REQUIRE(off != nullptr);
  CHECK(off->observed ==
        "shop.existingSecret.secretName is set, and the chart uses it only where that is not");
  for (const auto& fact : outcome.evidence)
    for (const auto* secret : {"canary", "db.example.com", "Recreate", "debug"})
      CHECK_FALSE(has(fact.subject + fact.expected + fact.observed, secret));
  CHECK(world.run_with("namespace: shop, name: shop, inert-values: fail").status == Status::failed);
  const auto other = world.run_with("namespace: shop, name: other");
  CHECK(other.status == Status::passed);
  CHECK(about(other, "values of release shop/other")->observed ==
        "8 values set; the release alone does not tell of 1 key: cache.memory");
}

TEST_CASE("without the right to list Secrets nothing is known", "[helm]") {
  ReleasesWorld world;
  world.kubernetes.refuse("/api/v1/secrets", forbidden("secrets is forbidden"));
  CHECK_THROWS_AS(world.run(kind(), "{}"), KubernetesError);
}

TEST_CASE("contradictions in the settings of helm.release are mistakes", "[helm]") {
  const auto count = [](const std::string& with) { return mistakes_in(kind(), with).size(); };
  CHECK(count("{}") == 0);
  CHECK(count("{chart: shop}") == 1);
  CHECK(count("{name: shop, chart-version: 1, chart-version-matches: a}") == 1);
  CHECK(count("{name: shop, app-version: 1, app-version-matches: a}") == 1);
  CHECK(count("{name: shop, chart-version-matches: '('}") == 1);
  CHECK(count("{namespace: a, except-namespaces: [b]}") == 1);
  CHECK(count("{name: a, except: [b/a]}") == 1);
  CHECK(count("{except: [a]}") == 1);
  CHECK(count("{except: [a/]}") == 1);
  CHECK(count("{name: A/B}") == 1);
  CHECK(count("{inert-values: maybe}") == 1);
}

}  // namespace postflight::test
