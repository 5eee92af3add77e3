#include "tests/deploy/manifests.hpp"

#include <fmt/format.h>
#include <unistd.h>
#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <stdexcept>

#include "tests/end_to_end/shipped_run.hpp"

namespace postflight::test {
namespace {

const std::string tools = std::string(SOURCE_ROOT) + "/build/tools/";

// As kubectl makes JSON of YAML.
Json json_of(const YAML::Node& node) {
  if (node.IsMap()) {
    auto object = Json::object();
    for (const auto& member : node) object[member.first.as<std::string>()] = json_of(member.second);
    return object;
  }
  if (node.IsSequence()) {
    auto list = Json::array();
    for (const auto& item : node) list.push_back(json_of(item));
    return list;
  }
  if (!node.IsScalar()) return {};
  if (node.Tag() == "!") return node.Scalar();  // in quotes
  if (long number = 0; YAML::convert<long>::decode(node, number)) return number;
  if (bool is_true = false; YAML::convert<bool>::decode(node, is_true)) return is_true;
  return node.Scalar();
}

Rendered rendered(std::vector<std::string> argv) {
  auto ended = run_program(std::move(argv));
  Rendered result{{}, ended.output, ended.errors, ended.exit_code};
  if (result.exit_code == 0) result.objects = objects_in(result.text);
  return result;
}

}  // namespace

Objects objects_in(const std::string& text) {
  Objects objects;
  for (const auto& document : YAML::LoadAll(text))
    if (document.IsMap()) objects.push_back(json_of(document));
  return objects;
}

std::string missing_tools() {
  for (const auto* name : {"kubectl", "helm"})
    if (::access((tools + name).c_str(), X_OK) != 0)
      return fmt::format("there is no build/tools/{}: scripts/setup puts it there", name);
  return "";
}

Rendered kustomize(const std::string& folder) {
  return rendered({tools + "kubectl", "kustomize", std::string(SOURCE_ROOT) + "/deploy/" + folder});
}

Rendered helm_template(const std::string& release, const std::string& name_space,
                       const std::vector<std::string>& more) {
  std::vector<std::string> argv{tools + "helm", "template",
                                release,        std::string(SOURCE_ROOT) + "/deploy/chart",
                                "--namespace",  name_space};
  argv.insert(argv.end(), more.begin(), more.end());
  return rendered(argv);
}

Rendered helm(std::vector<std::string> words) {
  words.insert(words.begin(), tools + "helm");
  auto ended = run_program(std::move(words));
  return {{}, ended.output, ended.errors, ended.exit_code};
}

const Json& object_of(const Objects& objects, const std::string& kind, const std::string& name) {
  for (const auto& object : objects)
    if (object.at("kind") == kind && (name.empty() || object.at("metadata").at("name") == name))
      return object;
  throw std::out_of_range("no " + kind + " " + name);
}

bool has_kind(const Objects& objects, const std::string& kind) {
  return std::ranges::any_of(objects,
                             [&](const Json& object) { return object.at("kind") == kind; });
}

const Json& job_spec_of(const Json& object) {
  return object.at("kind") == "CronJob" ? object.at("spec").at("jobTemplate").at("spec")
                                        : object.at("spec");
}

const Json& pod_spec_of(const Json& object) {
  return object.at("kind") == "Pod" ? object.at("spec")
                                    : job_spec_of(object).at("template").at("spec");
}

const Json& container_of(const Json& pod_spec) {
  if (pod_spec.at("containers").size() != 1) throw std::out_of_range("not one container");
  return pod_spec.at("containers").at(0);
}

std::string argument_of(const Json& pod_spec, const std::string& begin) {
  for (const auto& argument : container_of(pod_spec).at("args")) {
    const auto text = argument.get<std::string>();
    if (text.starts_with(begin)) return text.substr(begin.size());
  }
  return "";
}

Objects rights_of(const Objects& objects, const std::string& name_space,
                  const std::string& account) {
  Objects rights;
  for (const auto& binding : objects) {
    if (binding.at("kind") != "RoleBinding" && binding.at("kind") != "ClusterRoleBinding") continue;
    const auto& subjects = binding.at("subjects");
    const Json wanted = {{"kind", "ServiceAccount"}, {"name", account}, {"namespace", name_space}};
    if (std::ranges::find(subjects, wanted) == subjects.end()) continue;
    const auto& reference = binding.at("roleRef");
    for (const auto& role : objects) {
      const auto& metadata = role.at("metadata");
      // A Role is bound in its own namespace only.
      if (role.at("kind") == reference.at("kind") && metadata.at("name") == reference.at("name") &&
          metadata.value("namespace", "") == binding.at("metadata").value("namespace", ""))
        rights.push_back(role);
    }
  }
  return rights;
}

}  // namespace postflight::test
