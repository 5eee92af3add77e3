// lint, list, explain, schema and completion, as the program answers them.
#include <catch2/catch_test_macros.hpp>
#include <nlohmann/json.hpp>

#include "checks/catalogue.hpp"
#include "tests/cli/program.hpp"

namespace postflight::test {
namespace {

constexpr const char* right = R"(checklist: right
checks:
  - {id: web, title: the web answers, kind: http.response, tags: [front], with: {url: http://example.com/, status: [200]}}
  - {id: api, title: the api answers, kind: http.response, needs: [web], severity: advisory, with: {url: http://example.com/api, status: [200]}}
)";

struct Place {
  std::string file(const std::string& name) const { return folder.path() + "/" + name; }
  TemporaryDirectory folder;
};

bool runs(const std::string& command) {
  return Running({"/bin/sh", "-c", command}).end().exit_code == 0;
}

}  // namespace

TEST_CASE("lint says how many checks are right", "[lint]") {
  const Place place;
  write_file(place.file("a.yaml"), right);
  const auto lint = postflight({"lint", place.file("a.yaml")});
  CHECK(lint.exit_code == 0);
  CHECK(lint.output == "2 checks are right\n");
  CHECK(lint.errors == "");
}

TEST_CASE("lint reports every mistake of every file at its place and ends with 3", "[lint]") {
  const Place place;
  write_file(place.file("a.yaml"),
             "checklist: a\nchecks:\n"
             "  - {id: one, title: t, kind: http.reponse}\n"
             "  - {id: two, title: t, kind: http.response, with: {ulr: x}}\n");
  write_file(place.file("b.yaml"), "checklist: b\nchecks:\n  - {id: three, kind: k8s.api-ready}\n");
  const auto lint = postflight({"lint", place.file("a.yaml"), place.file("b.yaml")});
  CAPTURE(lint.errors);
  CHECK(lint.exit_code == 3);
  CHECK(lint.output == "");
  CHECK(has(lint.errors, "a.yaml:3:"));
  CHECK(has(lint.errors, "did you mean 'http.response'?"));
  CHECK(has(lint.errors, "a.yaml:4:"));
  CHECK(has(lint.errors, "b.yaml:3:"));
}

TEST_CASE("lint finds what a need cannot find", "[lint]") {
  const Place place;
  write_file(place.file("a.yaml"),
             "checklist: a\nchecks:\n"
             "  - {id: one, title: t, kind: k8s.api-ready, needs: [nobody]}\n");
  const auto lint = postflight({"lint", place.file("a.yaml")});
  CHECK(lint.exit_code == 3);
  CHECK(has(lint.errors, "'one' needs 'nobody'"));
}

TEST_CASE("list shows ids, kinds, titles, tags and needs", "[list]") {
  const Place place;
  write_file(place.file("a.yaml"), right);
  const auto list = postflight({"list", place.file("a.yaml")});
  CHECK(list.exit_code == 0);
  CHECK(list.output ==
        "web  http.response  the web answers  [front]\n"
        "api  http.response  the api answers  (advisory)  needs web\n");
  CHECK(postflight({"list", place.file("a.yaml"), "--only", "web"}).output ==
        "web  http.response  the web answers  [front]\n");
  const auto json =
      nlohmann::json::parse(postflight({"list", place.file("a.yaml"), "-o", "json"}).output);
  REQUIRE(json.size() == 2);
  CHECK(json[1]["needs"] == nlohmann::json({"web"}));
}

TEST_CASE("explain lists every kind, and every setting of each", "[explain]") {
  const auto list = postflight({"explain"});
  CHECK(list.exit_code == 0);
  REQUIRE(!all_kinds().empty());
  for (const auto* kind : all_kinds()) {
    CAPTURE(kind->name);
    CHECK(has(list.output, std::string(kind->name)));
    const auto explained = postflight({"explain", std::string(kind->name)});
    CHECK(explained.exit_code == 0);
    CHECK(has(explained.output, std::string(kind->summary)));
    for (const auto& setting : kind->settings) {
      CAPTURE(setting.name);
      CHECK(has(explained.output, "  " + std::string(setting.name) + " ("));
      CHECK(has(explained.output, std::string(setting.about)));
    }
  }
}

TEST_CASE("a kind that does not exist is refused, with what was meant", "[explain]") {
  const auto explained = postflight({"explain", "k8s.api-redy"});
  CHECK(explained.exit_code == 3);
  CHECK(has(explained.errors, "did you mean 'k8s.api-ready'?"));
}

TEST_CASE("the schema of checklists knows every kind and its settings", "[schema]") {
  const auto schema = nlohmann::json::parse(postflight({"schema"}).output);
  const auto rules = schema["properties"]["checks"]["items"]["allOf"];
  REQUIRE(rules.size() == all_kinds().size());
  for (std::size_t i = 0; i < rules.size(); ++i) {
    const auto& kind = *all_kinds()[i];
    CAPTURE(kind.name);
    CHECK(rules[i]["if"]["properties"]["kind"]["const"] == kind.name);
    const auto with = rules[i]["then"]["properties"]["with"];
    CHECK(with["additionalProperties"] == false);
    CHECK(with["properties"].size() == kind.settings.size());
  }
}

TEST_CASE("the schema takes the checklist that is shipped and refuses a slip in it", "[schema]") {
  const std::string python = "/usr/bin/python3 -W ignore -c ";
  if (!runs(python + "'import jsonschema, yaml'"))
    SKIP("python3-jsonschema and python3-yaml are not installed");
  const Place place;
  write_file(place.file("schema.json"), postflight({"schema"}).output);
  const auto is_valid = [&](const std::string& checklist) {
    return runs(python +
                "'import json, sys, yaml, jsonschema; "
                "jsonschema.validate(yaml.load(open(sys.argv[1]), yaml.BaseLoader), "
                "json.load(open(sys.argv[2])))' " +
                checklist + " " + place.file("schema.json"));
  };
  CHECK(is_valid(std::string(SOURCE_ROOT) + "/checklists/authentik-upgrade.yaml"));
  write_file(place.file("right.yaml"), right);
  CHECK(is_valid(place.file("right.yaml")));
  for (const std::string slip :
       {"- {id: a, title: t, kind: http.response, with: {ulr: http://x/}}",
        "- {id: a, title: t, kind: http.responce, with: {url: http://x/}}",
        "- {id: a, title: t, kind: http.response, with: {url: http://x/, requests: many}}",
        "- {id: a, title: t, kind: http.response}", "- {id: a, kind: k8s.api-ready}"}) {
    CAPTURE(slip);
    write_file(place.file("slip.yaml"), "checklist: x\nchecks:\n  " + slip + "\n");
    CHECK_FALSE(is_valid(place.file("slip.yaml")));
  }
}

TEST_CASE("completion scripts are what their shells can read", "[completion]") {
  const Place place;
  for (const std::string shell : {"bash", "zsh", "fish"}) {
    CAPTURE(shell);
    const auto script = postflight({"completion", shell});
    CHECK(script.exit_code == 0);
    CHECK(has(script.output, "fail-on"));
    CHECK(has(script.output, "k8s.api-ready"));
    if (!runs("command -v " + shell)) continue;
    write_file(place.file(shell), script.output);
    CHECK(runs(shell + " -n " + place.file(shell)));
  }
  CHECK(postflight({"completion", "tcsh"}).exit_code == 3);
}

TEST_CASE("bash completes commands, flags, formats and kinds", "[completion]") {
  const auto completed = [](const std::string& line) {
    return Running({"/bin/bash", "-c",
                    "source <(" + program + " completion bash); COMP_WORDS=(" + line +
                        "); COMP_CWORD=$((${#COMP_WORDS[@]} - 1)); _postflight; "
                        "echo \"${COMPREPLY[@]}\""})
        .end()
        .output;
  };
  CHECK(completed("postflight ru") == "run\n");
  CHECK(completed("postflight run --fail") == "--fail-on\n");
  CHECK(completed("postflight run -o j") == "json junit\n");
  CHECK(completed("postflight explain k8s.api") == "k8s.api-ready\n");
}

TEST_CASE("the version is one line and wrong usage ends with 3", "[cli]") {
  const auto version = postflight({"--version"});
  CHECK(version.exit_code == 0);
  CHECK(version.output.starts_with("postflight "));
  CHECK(postflight({}).exit_code == 3);
  CHECK(postflight({"--nonsense"}).exit_code == 3);
  CHECK(postflight({"run"}).exit_code == 3);
}

}  // namespace postflight::test
