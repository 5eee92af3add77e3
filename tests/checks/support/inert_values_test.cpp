#include "checks/support/inert_values.hpp"

#include <catch2/catch_test_macros.hpp>
#include <nlohmann/json.hpp>

namespace postflight::test {
namespace {

using nlohmann::json;

// A release of a chart with these values and one template.
json release_of(const char* config, const char* values, const std::string& text) {
  return {{"config", json::parse(config)},
          {"chart",
           {{"values", json::parse(values)},
            {"templates", {{{"name", "templates/a.yaml"}, {"actions", text}}}}}}};
}

std::vector<std::string> inert(const json& release) {
  std::vector<std::string> paths;
  for (const auto& value : find_inert_values(release).inert) paths.push_back(value.path);
  return paths;
}

std::vector<std::string> inert(const char* config, const char* values, const std::string& text) {
  return inert(release_of(config, values, text));
}

std::vector<std::string> undecided(const char* config, const char* values,
                                   const std::string& text) {
  return find_inert_values(release_of(config, values, text)).undecided;
}

using Paths = std::vector<std::string>;

}  // namespace

TEST_CASE("a key that neither the values nor a template know is inert, as a whole", "[inert]") {
  CHECK(inert(R"({"a": {"b": 1, "c": {"d": 2, "e": 3}}, "f": [1]})", R"({"a": {"b": 0}})",
              "{{ .Values.a.b }}") == Paths{"a.c", "f"});
  CHECK(
      find_inert_values(release_of(R"({"a": {"b": 1, "c": {"d": 2, "e": 3}}, "f": [1]})", "{}", ""))
          .set == 4);
}

TEST_CASE("a key is known by the chart's values or by a template", "[inert]") {
  CHECK(inert(R"({"a": 1})", R"({"a": null})", "").empty());
  CHECK(inert(R"({"a": {"b": 1}})", "{}", "{{ .Values.a.b }}").empty());
  CHECK(inert(R"({"a": {"b": 1}})", "{}", "{{ $x.root.Values.a.b.c | quote }}").empty());
  CHECK(inert(R"({"a": {"b": 1}})", R"({"a": {"c": 1}})", "{{ if .Values.a.b }}{{ end }}").empty());
}

TEST_CASE("an empty map and what is no map of the chart's values take any key", "[inert]") {
  for (const auto* value : {"{}", "null", "\"\"", "[]", "7"})
    CHECK(inert(R"({"a": {"b": {"c": 1}}})", ("{\"a\": " + std::string(value) + "}").c_str(), "")
              .empty());
}

TEST_CASE("a key below what a template uses as a whole is undecided", "[inert]") {
  for (const auto* text :
       {"{{ toYaml .Values.a }}", "{{ with .Values.a }}{{ .b }}{{ end }}", "{{ toYaml .Values }}",
        "{{ range $k, $v := .Values.a }}{{ end }}", R"({{ index . "Values" "a" "b" }})",
        R"({{ if include "x" .Values.a }}{{ end }}{{ define "x" }}{{ end }})",
        "{{ if $a := .Values.a }}{{ end }}"}) {
    INFO(text);
    CHECK(undecided(R"({"a": {"b": 1}})", R"({"a": {"c": 1}})", text) == Paths{"a.b"});
  }
  CHECK(inert(R"({"a": {"b": 1}})", R"({"a": {"c": 1}})",
              "{{ if and .Values.a (not .Values.b) }}{{ else if .Values.a }}{{ end }}") ==
        Paths{"a.b"});
}

TEST_CASE("what a template gets in a map is used as that template uses it", "[inert]") {
  const auto* config = R"({"a": {"b": 1}})";
  const auto* values = R"({"a": {"c": 1}})";
  const std::string call = R"({{ include "x" (dict "root" . "it" .Values.a) }})";
  const auto with = [&](const std::string& body) {
    return call + R"({{ define "x" }})" + body + "{{ end }}";
  };
  for (const auto* body : {"{{ .it.c }}", "{{ with .it.c }}{{ toYaml . }}{{ end }}",
                           "{{ if .it }}{{ $.it.c }}{{ end }}", R"({{ include "x" . }})"}) {
    INFO(body);
    CHECK(inert(config, values, with(body)) == Paths{"a.b"});
  }
  CHECK(inert(config, values, with("{{ .it.b }}")).empty());
  for (const auto* body :
       {"{{ toYaml .it }}", "{{ toYaml . }}", "{{ with .it.c }}{{ toYaml $ }}{{ end }}",
        "{{ $it := .it }}", R"({{ include "y" .it }}{{ end }}{{ define "y" }})",
        R"({{ include "y" (dict "z" $.it) }}{{ end }}{{ define "y" }}{{ range .z }}{{ end }})",
        R"({{ include "y" . }}{{ end }}{{ define "y" }}{{ range .it }}{{ end }})"}) {
    INFO(body);
    CHECK(undecided(config, values, with(body)) == Paths{"a.b"});
  }
  CHECK(
      undecided(config, values,
                R"({{ include "x" (dict "it" (omit .Values.a "c")) }}{{ define "x" }}{{ end }})") ==
      Paths{"a.b"});
}

TEST_CASE("where a template of elsewhere is called nothing unknown is inert", "[inert]") {
  const auto* config = R"({"a": 1})";
  CHECK(undecided(config, "{}", R"({{ include "common.names" . }})") == Paths{"a"});
  CHECK(undecided(config, "{}", R"({{ include (printf "%s.x" .Chart.Name) . }})") == Paths{"a"});
  CHECK(undecided(config, "{}", R"({{ template "x" . }})") == Paths{"a"});
  CHECK(inert(config, "{}", R"({{ define "x" }}{{ end }}{{ include "x" . }})") == Paths{"a"});
  CHECK(inert(config, "{}", R"({{ include (print $.Template.BasePath "/secret.yaml") . }})") ==
        Paths{"a"});
}

TEST_CASE("what may be a dependency's is undecided", "[inert]") {
  auto release = release_of(R"({"db": {"size": 1}, "alias": {"x": 1}, "global": {"y": 1},
                                "tags": {"t": true}, "z": 1})",
                            "{}", "");
  release["chart"]["metadata"]["dependencies"] = {{{"name", "db"}},
                                                  {{"name", "db"}, {"alias", "alias"}}};
  CHECK(inert(release) == Paths{"z"});
  CHECK(inert(R"({"global": {"y": 1}})", "{}", "") == Paths{"global"});
  CHECK(undecided(R"({"db": {"enabled": false}, "cache": {"enabled": true}})",
                  R"({"db": {"size": 1}})", "") == Paths{"cache", "db.enabled"});
}

TEST_CASE("templates in values and files count as templates", "[inert]") {
  CHECK(inert(R"({"a": 1, "b": "{{.Values.a}}"})", R"({"b": ""})", "").empty());
  CHECK(inert(R"({"a": 1})", R"({"b": ["{{.Values.a}}"]})", "").empty());
  auto release = release_of(R"({"a": 1})", "{}", "");
  release["chart"]["files"] = {{{"name", "x"}, {"actions", "{{.Values.a}}"}}};
  CHECK(inert(release).empty());
}

TEST_CASE("what stands beside a set existingSecret is inert where every use of it is switched off",
          "[inert]") {
  const auto* values = R"({"a": {"existingSecret": "", "user": "", "on": true}})";
  const auto* config = R"({"a": {"existingSecret": "x", "user": "me"}})";
  const std::string off = "{{ if not .Values.a.existingSecret }}{{ .Values.a.user }}{{ end }}";
  CHECK(inert(config, values, off) == Paths{"a.user"});
  CHECK(inert(config, values,
              "{{ if and .Values.a.on (not .Values.a.existingSecret) }}{{ toYaml .Values.a }}{{ "
              "end }}") == Paths{"a.user"});
  CHECK(inert(R"({"existingSecret": {"secretName": "x"}, "user": "me"})",
              R"({"existingSecret": {"secretName": ""}, "user": ""})",
              "{{ if not .Values.existingSecret.secretName }}{{ .Values.user }}{{ end }}") ==
        Paths{"user"});
  SECTION("but not where it is used elsewhere, too") {
    for (const auto* more :
         {"{{ .Values.a.user }}", "{{ toYaml .Values.a }}", "{{ toYaml .Values }}",
          R"({{ include "foreign" . }})", "{{ if .Values.a.user }}x{{ end }}"}) {
      INFO(more);
      CHECK(inert(config, values, off + more).empty());
    }
  }
  SECTION("and is undecided where a template of elsewhere may use it") {
    CHECK(undecided(config, values, off + R"({{ include "foreign" . }})") == Paths{"a.user"});
  }
  SECTION("nor where the other branch, or another condition, decides") {
    for (const auto* text :
         {"{{ if not .Values.a.existingSecret }}{{ else }}{{ .Values.a.user }}{{ end }}",
          "{{ if not .Values.a.existingSecret }}{{ end }}{{ .Values.a.user }}",
          "{{ if .Values.a.existingSecret }}{{ .Values.a.user }}{{ end }}",
          "{{ if or .Values.a.on (not .Values.a.existingSecret) }}{{ .Values.a.user }}{{ end }}",
          "{{ if and .Values.a.on (not .Values.a.existingSecret) | not }}{{ .Values.a.user }}{{ "
          "end }}",
          "{{ if not (not .Values.a.existingSecret) }}{{ .Values.a.user }}{{ end }}",
          "{{ if not .Values.b.existingSecret }}{{ .Values.a.user }}{{ end }}"}) {
      INFO(text);
      CHECK(inert(config, values, text).empty());
    }
  }
  SECTION("nor where it is not set") {
    CHECK(inert(R"({"a": {"existingSecret": "", "user": "me"}})", values, off).empty());
    CHECK(inert(R"({"a": {"user": "me"}})", values, off).empty());
  }
}

}  // namespace postflight::test
