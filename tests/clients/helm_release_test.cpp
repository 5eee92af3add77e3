#include "clients/helm_release.hpp"

#include <catch2/catch_test_macros.hpp>
#include <nlohmann/json.hpp>

#include "clients/base64.hpp"
#include "clients/error.hpp"
#include "clients/gzip.hpp"
#include "tests/support/recorded_clients.hpp"

namespace postflight::test {
namespace {

using nlohmann::json;

json read(const json& release) {
  return json::parse(read_helm_release(packed_helm_release(release.dump())));
}

json workloads(const std::string& manifest) { return read({{"manifest", manifest}})["workloads"]; }

const std::string deployment =
    "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web, namespace: shop}\n"
    "spec: {template: {spec: {initContainers: [{name: a, image: x:1}], containers: [{name: "
    "b}]}}}\n";

}  // namespace

TEST_CASE("what Helm itself wrote is read, and reads the same when it was packed again", "[helm]") {
  const auto list = json::parse(fixture("helm/secrets_list.json"));
  for (const auto& secret : list["items"]) {
    const auto text = read_helm_release(secret["data"]["release"].get<std::string>());
    CHECK(json::parse(text)["info"]["status"] == secret["metadata"]["labels"]["status"]);
    CHECK(read_helm_release(packed_helm_release(text)) == text);
    CHECK(text.find("canary") == text.npos);
    CHECK(text.find("db.example.com") == text.npos);
  }
}

TEST_CASE("an unpacked release is read, as Helm reads it", "[helm]") {
  const auto data = base64_encoded(base64_encoded(R"({"name":"old"})"));
  CHECK(json::parse(read_helm_release(data))["name"] == "old");
}

TEST_CASE("values keep their keys and whether they are set, and templates in them", "[helm]") {
  const auto config = read({{"config",
                             {{"a", "secret"},
                              {"b", ""},
                              {"c", {1, 0, 2.5, false, nullptr}},
                              {"d", {{"e", "x {{ .Values.a | default \"secret\" }} y"}}},
                              {"f", json::object()}}}})["config"];
  CHECK(config == json{{"a", "[secret]"},
                       {"b", ""},
                       {"c", {1, 0, 1, false, nullptr}},
                       {"d", {{"e", "{{.Values.a | default \"\"}}"}}},
                       {"f", json::object()}});
}

TEST_CASE("of the files of a chart the actions are kept, but of its notes", "[helm]") {
  const auto file = [](const char* name, const char* text) {
    return json{{"name", name}, {"data", base64_encoded(text)}};
  };
  const auto chart = read(
      {{"chart",
        {{"templates",
          {file("templates/a.yaml", "a: {{ .Values.a }}"),
           file("templates/NOTES.txt", "{{ .Values.b }}"), file("templates/plain.yaml", "a: 1")}},
         {"files", {file("x", "{{ .Values.c }}")}}}}})["chart"];
  CHECK(chart["templates"] == json{{{"name", "templates/a.yaml"}, {"actions", "{{.Values.a}}"}}});
  CHECK(chart["files"] == json{{{"name", "x"}, {"actions", "{{.Values.c}}"}}});
}

TEST_CASE("the workloads of a manifest are found in any of its documents", "[helm]") {
  const json web{
      {"kind", "Deployment"},
      {"namespace", "shop"},
      {"name", "web"},
      {"containers", {{{"name", "a"}, {"image", "x:1"}}, {{"name", "b"}, {"image", ""}}}}};
  CHECK(workloads(deployment) == json::array({web}));
  CHECK(workloads("---\n# Source: a\n" + deployment + "---\r\nkind: Service\n--- # next\n" +
                  deployment) == json{web, web});
  CHECK(workloads("apiVersion: v1\nkind: List\nitems:\n- {apiVersion: apps/v1, kind: DaemonSet, "
                  "metadata: {name: d}}") == json{{{"kind", "DaemonSet"},
                                                   {"namespace", ""},
                                                   {"name", "d"},
                                                   {"containers", json::array()}}});
  CHECK(workloads("").empty());
  CHECK(workloads("kind: ConfigMap\ndata: {a: Deployment}").empty());
  CHECK(workloads("apiVersion: example.com/v1\nkind: Deployment\nmetadata: {name: a}").empty());
  CHECK(workloads("kind: ConfigMap\ndata:\n  a: |\n    ---\n    " + std::string("kind: Deployment"))
            .empty());
}

TEST_CASE("a document that cannot be read is told by its number, without a word of it", "[helm]") {
  const auto found = workloads(deployment + "---\nkind: Deployment\n s3cret: {");
  REQUIRE(found.size() == 2);
  CHECK(found[1]["unreadable"].get<std::string>().starts_with("document 2 of its manifest is not"));
  CHECK(found[1].dump().find("s3cret") == std::string::npos);
  CHECK(workloads("kind: ConfigMap\n s3cret: {").empty());  // no workload whatever it says
}

TEST_CASE("parts of a release that are of another type are no parts of it", "[helm]") {
  const json odd[] = {7, "x", json::array({7, "x", nullptr}), json::object()};
  for (const auto& part : odd) {
    CHECK_NOTHROW(read({{"chart", part}, {"info", part}, {"config", part}, {"workloads", part}}));
    CHECK_NOTHROW(read({{"chart", {{"templates", part}, {"files", part}, {"metadata", part}}}}));
    CHECK(read({{"chart",
                 {{"templates",
                   json::array({{{"name", part}, {"actions", part}}})}}}})["chart"]["templates"]
              .empty());
  }
}

TEST_CASE("what is no release is unreadable, and one that unpacks to too much is too large",
          "[helm]") {
  const auto why = [](const std::string& data) {
    try {
      read_helm_release(data);
    } catch (const ClientError& error) {
      return error.reason();
    }
    return std::string();
  };
  CHECK(why("%") == "unreadable");
  CHECK(why(base64_encoded("%")) == "unreadable");
  CHECK(why(base64_encoded(base64_encoded("no JSON"))) == "unreadable");
  CHECK(why(packed_helm_release("[]")) == "unreadable");
  CHECK(why(packed_helm_release(std::string(300, '['))) == "unreadable");
  const auto whole = gzipped(R"({"name":"a"})");
  CHECK(why(base64_encoded(base64_encoded(whole))) == "");
  for (std::size_t size = 0; size < whole.size(); ++size)
    CHECK(why(base64_encoded(base64_encoded(whole.substr(0, size)))) == "unreadable");
  CHECK(why(packed_helm_release(std::string(33u << 20, ' '))) == "too-large");
  CHECK(why(packed_helm_release(R"({"chart": {"templates": [{"name": "a", "data": "%"}]}})")) ==
        "unreadable");
}

}  // namespace postflight::test
