// With the rights that `postflight rbac` prints for a shipped checklist every check works, and
// without any one of them the checks that need it are errored and name it. The stand-in's API
// server enforces them.
#include <fmt/format.h>
#include <yaml-cpp/yaml.h>

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators_range.hpp>
#include <fstream>

#include "tests/end_to_end/shipped_run.hpp"
#include "tests/support/sanitized.hpp"
#include "tests/support/temporary_directory.hpp"

namespace postflight::test {
namespace {

// What one Role allows on one sort of object.
struct Grant {
  std::string name_space, group, resource, verb;
  std::vector<std::string> names;

  std::string text() const {
    return fmt::format("{} {}{}{}", verb, group.empty() ? resource : group + "/" + resource,
                       names.empty() ? "" : fmt::format(" {}", fmt::join(names, ",")),
                       name_space.empty() ? "" : " in " + name_space);
  }
  std::string manifest() const {
    return fmt::format(
        "kind: {}\nmetadata: {{name: one, namespace: \"{}\"}}\n"
        "rules:\n- {{apiGroups: [\"{}\"], resources: [\"{}\"], verbs: [{}]{}}}\n---\n",
        name_space.empty() ? "ClusterRole" : "Role", name_space, group, resource, verb,
        names.empty() ? "" : fmt::format(", resourceNames: [\"{}\"]", fmt::join(names, "\", \"")));
  }
};

std::vector<Grant> grants_in(const std::string& manifests) {
  std::vector<Grant> grants;
  for (const auto& document : YAML::LoadAll(manifests)) {
    const auto kind = document["kind"].as<std::string>();
    REQUIRE((kind == "Role" || kind == "ClusterRole"));
    const auto name_space =
        kind == "Role" ? document["metadata"]["namespace"].as<std::string>() : std::string();
    for (const auto& rule : document["rules"])
      for (const auto& group : rule["apiGroups"])
        for (const auto& resource : rule["resources"])
          for (const auto& verb : rule["verbs"])
            grants.push_back({name_space, group.as<std::string>(), resource.as<std::string>(),
                              verb.as<std::string>(),
                              rule["resourceNames"]
                                  ? rule["resourceNames"].as<std::vector<std::string>>()
                                  : std::vector<std::string>{}});
  }
  return grants;
}

std::vector<Grant> grants_for(const std::string& file, const std::vector<std::string>& more) {
  std::vector<std::string> argv{std::string(PROGRAMS) + "/postflight", "rbac",
                                std::string(SOURCE_ROOT) + "/checklists/" + file};
  argv.insert(argv.end(), more.begin(), more.end());
  const auto printed = run_program(argv);
  INFO(printed.errors);
  REQUIRE(printed.exit_code == 0);
  return grants_in(printed.output);
}

// Writes all of them but one, or all.
void grant(const std::string& file, const std::vector<Grant>& grants,
           std::size_t but = std::string::npos) {
  std::ofstream out(file);
  for (std::size_t at = 0; at < grants.size(); ++at)
    if (at != but) out << grants[at].manifest();
}

std::string all_text(const Json& check) {
  auto text = check.at("summary").get<std::string>();
  for (const auto& fact : check.at("evidence"))
    text += "\n" + fact.at("observed").get<std::string>();
  return text;
}

void check_each(const WorldProgram& world, const std::string& rights, const std::string& file,
                const std::vector<std::string>& more,
                const std::set<std::string>& not_needed_here) {
  const auto grants = grants_for(file, more);
  REQUIRE(grants.size() > 3);
  grant(rights, grants);
  const auto whole = run_shipped(world, file, more);
  INFO(whole.output);
  REQUIRE(whole.exit_code == 0);
  REQUIRE(whole.ids_with("errored").empty());
  std::vector<std::size_t> places;
  for (std::size_t at = 0; at < grants.size(); ++at) places.push_back(at);
  std::set<std::string> unneeded;
  for (const auto at : share_of(places, 4)) {
    INFO("without " << grants[at].text());
    grant(rights, grants, at);
    const auto run = run_shipped(world, file, more);
    const auto errored = run.ids_with("errored");
    CHECK(run.ids_with("failed").empty());
    if (errored.empty()) {
      unneeded.insert(grants[at].text());
      continue;
    }
    bool is_named = false;
    for (const auto& id : errored) {
      const auto& check = run.check(id);
      INFO(id << ": " << all_text(check));
      CHECK((check.at("reason") == "forbidden" || check.at("reason") == "blocked" ||
             check.at("reason") == "skipped"));
      const auto text = all_text(check);
      is_named = is_named || (text.find("resources: [" + grants[at].resource + "]") != text.npos &&
                              text.find(grants[at].verb) != text.npos);
    }
    CHECK(is_named);
  }
  for (const auto& text : unneeded) {
    INFO(text);
    CHECK(not_needed_here.contains(text));
  }
}

}  // namespace

TEST_CASE("the upgrade checklist works with the rights that rbac prints, and needs each of them",
          "[end-to-end][rbac]") {
  const TemporaryDirectory directory;
  const auto rights = directory.path() + "/rights.yaml";
  const WorldProgram world(world_program, {"--rights", rights});
  std::vector<std::string> more{"--vars", world.directory() + "/vars.yaml"};
  if (!has_terraform(world)) more.insert(more.end(), {"--skip", "terraform-plan"});
  check_each(world, rights, "authentik-upgrade.yaml", more,
             {"get pods in authentik"});  // of a container that was restarted a moment ago
}

TEST_CASE("the cluster checklist works with the rights that rbac prints, and needs each of them",
          "[end-to-end][rbac]") {
  const TemporaryDirectory directory;
  const auto rights = directory.path() + "/rights.yaml";
  const WorldProgram world(world_program, {"--cluster", "healthy", "--rights", rights});
  // Objects that only some clusters have are asked for only there.
  check_each(world, rights, "cluster.yaml", {},
             {"get apps/daemonsets", "get apps/statefulsets", "get secrets"});
}

}  // namespace postflight::test
