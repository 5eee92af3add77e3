#include "checks/support/list_of.hpp"

namespace postflight {

std::shared_ptr<const ListReading> read_list(const ListUse& use, const ApiResource& resource,
                                             const CheckContext& context) {
  try {
    return context.clients.kubernetes.read(use, context.today, limits_of(context));
  } catch (const KubernetesError& error) {
    if (error.status() != 404) throw;
    explain_not_found(context.clients.kubernetes, resource, limits_of(context));
  }
}

void report_missing_namespace(const std::string& name_space, const CheckContext& context,
                              Findings& findings) {
  const auto subject = "namespace " + name_space;
  try {
    context.clients.kubernetes.get(ApiResource{"v1", "namespaces"}.list_path() + "/" + name_space,
                                   limits_of(context));
  } catch (const KubernetesError& error) {
    if (error.object_is_missing())
      findings.add(Status::failed, subject, "exists", "does not exist");
    else
      findings.add_unknown(subject, "exists", std::current_exception());
  }
}

std::vector<std::string> paths_of_namespaces(const std::vector<std::string>& namespaces) {
  std::vector<std::string> paths;
  for (const auto& name : namespaces)
    paths.push_back(ApiResource{"v1", "namespaces"}.list_path() + "/" + name);
  return paths;
}

}  // namespace postflight
