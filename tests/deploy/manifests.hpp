#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace postflight::test {

using Json = nlohmann::json;
using Objects = std::vector<Json>;

// What a command printed, or why it failed.
struct Rendered {
  Objects objects;
  std::string text, errors;
  int exit_code = 0;
};

// With the real programs, which scripts/setup puts into build/tools. `folder` is below deploy/.
Rendered kustomize(const std::string& folder);
Rendered helm_template(const std::string& release, const std::string& name_space,
                       const std::vector<std::string>& more = {});
Rendered helm(std::vector<std::string> words);
// Why they cannot be run; empty when they can.
std::string missing_tools();

// Of a stream of YAML documents.
Objects objects_in(const std::string& text);

// The only object of that kind (and name). Throws std::out_of_range when there is none.
const Json& object_of(const Objects& objects, const std::string& kind,
                      const std::string& name = "");
bool has_kind(const Objects& objects, const std::string& kind);

// Of a CronJob, Job or Pod.
const Json& job_spec_of(const Json& object);
const Json& pod_spec_of(const Json& object);
// The one container of a pod.
const Json& container_of(const Json& pod_spec);
// Its argument that begins so, without that begin; empty when there is none.
std::string argument_of(const Json& pod_spec, const std::string& begin);

// The Roles and ClusterRoles that are bound to the account, each rule for the namespace that it is
// bound in, as the manifests that the stand-in world takes its rights from.
Objects rights_of(const Objects& objects, const std::string& name_space,
                  const std::string& account);

}  // namespace postflight::test
