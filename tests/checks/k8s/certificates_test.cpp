#include <catch2/catch_test_macros.hpp>
#include <nlohmann/json.hpp>

#include "checks/catalogue.hpp"
#include "clients/base64.hpp"
#include "tests/support/recorded_clients.hpp"
#include "tests/support/test_authority.hpp"

namespace postflight::test {
namespace {

using nlohmann::json;
using namespace std::chrono_literals;

const CheckKind& kind() { return *find_kind("k8s.certificates"); }

constexpr auto day = 24h;

const TestAuthority& authority() {
  static const TestAuthority one("the authority");
  return one;
}

std::string leaf(const std::string& name, std::chrono::seconds ends,
                 std::chrono::seconds begins = -1h) {
  return authority()
      .issue({.common_name = name, .names = {"DNS:" + name}, .begins = begins, .ends = ends})
      .certificate_pem;
}

struct SecretsWorld : RecordedWorld {
  json items = json::array();
  json ingresses = json::array();

  void add(const std::string& name_space, const std::string& name, const json& data,
           const std::string& type = "kubernetes.io/tls") {
    items.push_back({{"metadata", {{"name", name}, {"namespace", name_space}}},
                     {"data", data},
                     {"type", type}});
  }
  void add_pem(const std::string& name, const std::string& pem) {
    add("web", name, {{"tls.crt", base64_encoded(pem)}, {"tls.key", base64_encoded("canary")}});
  }
  void add_ingress(const std::string& name, const std::string& secret, const std::string& host) {
    json tls = json::object();
    if (!host.empty()) tls["hosts"] = {host};
    if (!secret.empty()) tls["secretName"] = secret;
    ingresses.push_back(
        {{"metadata", {{"name", name}, {"namespace", "web"}}}, {"spec", {{"tls", {tls}}}}});
  }
  static std::string list_of(const char* what, const json& of_items) {
    return json{{"kind", what}, {"metadata", json::object()}, {"items", of_items}}.dump();
  }
  Outcome run_with(const std::string& settings) {
    kubernetes.answer_list("/api/v1/secrets", "", {list_of("SecretList", items)});
    kubernetes.answer_list("/api/v1/namespaces/web/secrets", "", {list_of("SecretList", items)});
    kubernetes.answer_list("/apis/networking.k8s.io/v1/ingresses", "",
                           {list_of("IngressList", ingresses)});
    return run(kind(), "{" + settings + "}");
  }
};

bool has(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos || (UNSCOPED_INFO(text), false);
}

const std::string no_days = "fail-days: 0, warn-days: 0";

}  // namespace

TEST_CASE("TLS Secrets whose certificates last pass, each with its dates", "[certificates]") {
  SecretsWorld world;
  world.add_pem("one", leaf("one.example.com", 30 * day + 1h));
  world.add_pem("two", leaf("two.example.com", 15 * day + 1h));
  world.add("web", "release", {{"release", "x"}}, "helm.sh/release.v1");
  const auto outcome = world.run_with("");
  CHECK(outcome.status == Status::passed);
  CHECK(outcome.examined == 2);
  CHECK(outcome.summary == "the certificates of 2 TLS Secrets are valid long enough");
  CHECK(has(outcome.evidence[0].subject, "secret web/one: certificate"));
  CHECK(has(outcome.evidence[0].subject, "one.example.com"));
  CHECK(outcome.evidence[0].expected == "valid for 14 more days");
  CHECK(has(outcome.evidence[0].observed, "30 days left, until "));
}

TEST_CASE("a certificate that ends soon warns, sooner fails, and has failed when it is over",
          "[certificates]") {
  const std::pair<std::chrono::seconds, Status> cases[] = {{14 * day + 1h, Status::passed},
                                                           {13 * day + 1h, Status::warned},
                                                           {7 * day + 1h, Status::warned},
                                                           {6 * day + 1h, Status::failed},
                                                           {-1s, Status::failed}};
  for (const auto& [ends, status] : cases) {
    SecretsWorld world;
    world.add_pem("one", leaf("one.example.com", ends, -48h));
    CHECK(world.run_with("").status == status);
  }
  SecretsWorld world;
  world.add_pem("one", leaf("one.example.com", -1s, -48h));
  CHECK(has(world.run_with("").summary, "expired on "));
}

TEST_CASE("every certificate of a chain is judged, and its order", "[certificates]") {
  SecretsWorld world;
  world.add_pem("one", leaf("one.example.com", 20h) + authority().certificate_pem());
  auto outcome = world.run_with(no_days);
  CHECK(outcome.status == Status::passed);
  CHECK(outcome.evidence.size() == 3);
  SecretsWorld turned;
  turned.add_pem("one", authority().certificate_pem() + leaf("one.example.com", 20h));
  outcome = turned.run_with(no_days);
  CHECK(outcome.status == Status::warned);
  CHECK(has(outcome.summary, "is not signed by the next"));
}

TEST_CASE("a Secret whose certificate cannot be read is unknown by name, never left out",
          "[certificates]") {
  const std::pair<const char*, json> bad[] = {
      {"has no tls.crt", json::object()},
      {"has no tls.crt", {{"tls.crt", nullptr}}},
      {"is not base64", {{"tls.crt", "%%%"}}},
      {"there is no certificate in it", {{"tls.crt", ""}}},
      {"there is no certificate in it", {{"tls.crt", base64_encoded("hello")}}},
      {"cannot be read",
       {{"tls.crt",
         base64_encoded("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n")}}},
      {"tls.crt must be", {{"tls.crt", 7}}},
      {"data must be a map", "text"}};
  for (const auto& [why, data] : bad) {
    INFO(data.dump());
    SecretsWorld world;
    world.add_pem("good", leaf("one.example.com", 30 * day));
    world.add("web", "bad", data);
    const auto outcome = world.run_with("");
    CHECK(outcome.status == Status::errored);
    CHECK(outcome.reason == "unreadable");
    CHECK(has(outcome.summary, "secret web/bad"));
    CHECK(has(outcome.summary, why));
  }
}

TEST_CASE("a key is not looked at, whatever it is", "[certificates]") {
  SecretsWorld world;
  world.add("web", "one",
            {{"tls.crt", base64_encoded(leaf("one.example.com", 30 * day))}, {"tls.key", {7}}});
  CHECK(world.run_with("").status == Status::passed);
}

TEST_CASE("what is excepted is left out, and the evidence names it", "[certificates]") {
  SecretsWorld world;
  world.add_pem("old", leaf("old.example.com", -1s, -48h));
  world.add_pem("new", leaf("new.example.com", 30 * day));
  const auto outcome = world.run_with("except: [web/old]");
  CHECK(outcome.status == Status::passed);
  CHECK(outcome.examined == 1);
  CHECK(has(outcome.evidence.back().observed, "web/old"));
  const auto none = world.run_with("except-namespaces: [web]");
  CHECK(none.examined == 0);
  CHECK(none.summary == "there is no TLS Secret");
}

TEST_CASE("a certificate is for the names that are wanted, and its Secret is there",
          "[certificates]") {
  SecretsWorld world;
  world.add_pem("one", leaf("*.example.com", 20h));
  const auto with = [&](const std::string& hosts) {
    return world.run_with(no_days + ", hosts: " + hosts);
  };
  CHECK(with("{secret: web/one, names: a.example.com}").status == Status::passed);
  const auto wrong = with("{secret: web/one, names: [a.example.com, a.b.example.com]}");
  CHECK(wrong.status == Status::failed);
  CHECK(has(wrong.summary, "for *.example.com"));
  const auto missing = with("{secret: web/two, names: a.example.com}");
  CHECK(missing.status == Status::failed);
  CHECK(missing.summary == "secret web/two: there is no such TLS Secret");
}

TEST_CASE("a namespace that does not exist fails, and one that may not be read is unknown",
          "[certificates]") {
  SecretsWorld world;
  world.kubernetes.refuse("/api/v1/namespaces/web", object_not_found("web"));
  CHECK(world.run_with("namespaces: [web]").summary == "namespace web: does not exist");
  SecretsWorld hidden;
  hidden.kubernetes.refuse("/api/v1/namespaces/web", forbidden("no"));
  CHECK(hidden.run_with("namespaces: [web]").status == Status::errored);
  SecretsWorld refused;
  refused.kubernetes.refuse("/api/v1/secrets", forbidden("no"));
  CHECK_THROWS_AS(refused.run(kind(), "{}"), KubernetesError);
}

TEST_CASE("each TLS host of each Ingress is covered by the certificate that it names",
          "[certificates]") {
  SecretsWorld world;
  world.add_pem("one", leaf("*.example.com", 20h));
  world.add_ingress("right", "one", "a.example.com");
  world.add_ingress("any", "one", "*.example.com");
  world.add_ingress("default", "", "b.example.org");
  auto outcome = world.run_with(no_days + ", ingress-hosts: true");
  CHECK(outcome.status == Status::passed);
  CHECK(outcome.summary ==
        "the certificates of 1 TLS Secret are valid long enough, and 2 hosts of Ingresses "
        "are covered");
  CHECK(outcome.examined == 3);
  world.add_ingress("wrong", "one", "a.example.org");
  outcome = world.run_with(no_days + ", ingress-hosts: true");
  CHECK(outcome.status == Status::failed);
  CHECK(outcome.summary == "ingress web/wrong: secret web/one is for *.example.com");
}

TEST_CASE("an Ingress that names no Secret is not looked at, and is nothing examined",
          "[certificates]") {
  SecretsWorld world;
  world.add_ingress("default", "", "b.example.org");
  const auto outcome = world.run_with(no_days + ", ingress-hosts: true");
  CHECK(outcome.examined == 0);
  CHECK(outcome.summary == "there is no TLS Secret");
  CHECK(outcome.evidence.at(0).observed ==
        "not looked at: its controller shows a certificate of its own for b.example.org");
}

TEST_CASE("the Secret that an Ingress names must exist, and may be of another type",
          "[certificates]") {
  SecretsWorld world;
  world.add_pem("one", leaf("one.example.com", 20h));
  world.add_ingress("a", "two", "a.example.com");
  const auto path = "/api/v1/namespaces/web/secrets/two";
  const auto settings = no_days + ", ingress-hosts: true";
  world.kubernetes.refuse(path, object_not_found("two"));
  CHECK(world.run_with(settings).summary == "ingress web/a: secret web/two does not exist");
  world.ingresses.clear();
  world.add_ingress("for-any-host", "two", "");
  CHECK(world.run_with(settings).status == Status::failed);
  const auto of_another_type =
      json{{"kind", "Secret"},
           {"type", "Opaque"},
           {"data", {{"tls.crt", base64_encoded(leaf("a.example.com", 20h))}}}}
          .dump();
  SecretsWorld other;
  other.add_pem("one", leaf("one.example.com", 20h));
  other.add_ingress("a", "two", "a.example.com");
  other.kubernetes.answer(path, of_another_type);
  CHECK(other.run_with(settings).status == Status::passed);
  CHECK(other.run_with(settings).summary ==
        "the certificates of 2 TLS Secrets are valid long enough, and 1 host of Ingresses is "
        "covered");
  SecretsWorld over;
  over.add_pem("one", leaf("one.example.com", 2000h));
  over.add_ingress("a", "two", "a.example.com");
  over.kubernetes.answer(path, of_another_type);
  auto outcome = over.run_with("ingress-hosts: true");
  CHECK(outcome.status == Status::failed);
  CHECK(outcome.summary.starts_with("secret web/two: "));
  CHECK(over.run_with("ingress-hosts: true, except: [web/two]").status == Status::passed);
  over.ingresses.clear();
  over.add_ingress("for-any-host", "two", "");
  CHECK(over.run_with("ingress-hosts: true").status == Status::failed);
  over.kubernetes.answer(path, R"({"kind": "Secret", "type": "Opaque", "data": {}})");
  outcome = over.run_with("ingress-hosts: true");
  CHECK(outcome.status == Status::errored);
  CHECK(outcome.reason == "unreadable");
  SecretsWorld hidden;
  hidden.add_pem("one", leaf("one.example.com", 20h));
  hidden.add_ingress("a", "two", "a.example.com");
  hidden.kubernetes.refuse(path, forbidden("no"));
  CHECK(hidden.run_with(settings).status == Status::errored);
  SecretsWorld unreadable;
  unreadable.add("web", "two", json::object());
  unreadable.add_ingress("a", "two", "a.example.com");
  CHECK(unreadable.run_with(settings + ", except: [web/two]").status == Status::errored);
}

TEST_CASE("contradictions in the settings of k8s.certificates are mistakes", "[certificates]") {
  const auto count = [](const std::string& with) { return mistakes_in(kind(), with).size(); };
  CHECK(count("{}") == 0);
  CHECK(count("{fail-days: -1}") == 1);
  CHECK(count("{fail-days: 20}") == 1);
  CHECK(count("{warn-days: 6}") == 1);
  CHECK(count("{namespaces: [a], except-namespaces: [b]}") == 1);
  CHECK(count("{namespaces: [A/b]}") == 1);
  CHECK(count("{except: [a]}") == 1);
  CHECK(count("{hosts: {secret: a, names: [b]}}") == 1);
  CHECK(count("{hosts: {secret: a/b, names: ['b c']}}") == 1);
  CHECK(count("{hosts: {secret: a/b, names: [b]}, except: [a/b]}") == 1);
  CHECK(count("{hosts: {secret: a/b, names: [b]}, namespaces: [c]}") == 1);
  CHECK(count("{hosts: [{secret: a/b, names: [b]}, {secret: a/b, names: [c]}]}") == 1);
}

}  // namespace postflight::test
