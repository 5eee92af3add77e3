#include "tests/world/resource_lists.hpp"

#include <cctype>

#include "tests/world/json.hpp"
#include "tests/world/url.hpp"

namespace postflight::world {

namespace {

enum class Scope { cluster, namespaced };
enum class Verbs { all, read, create };

struct Row {
  const char* kind;
  const char* plural;
  Scope scope;
  const char* short_names;  // with commas
  bool has_status;
};

struct Group {
  const char* name;
  const char* version;
  bool add_on;
  Verbs verbs;
  std::vector<Row> rows;
};

constexpr auto cluster = Scope::cluster;
constexpr auto namespaced = Scope::namespaced;

std::vector<Group> groups() {
  return {
      {"admissionregistration.k8s.io",
       "v1",
       false,
       Verbs::all,
       {{"MutatingWebhookConfiguration", "mutatingwebhookconfigurations", cluster, "", false},
        {"ValidatingAdmissionPolicy", "validatingadmissionpolicies", cluster, "", true},
        {"ValidatingAdmissionPolicyBinding", "validatingadmissionpolicybindings", cluster, "",
         false},
        {"ValidatingWebhookConfiguration", "validatingwebhookconfigurations", cluster, "", false}}},
      {"apiextensions.k8s.io",
       "v1",
       false,
       Verbs::all,
       {{"CustomResourceDefinition", "customresourcedefinitions", cluster, "crd,crds", true}}},
      {"apiregistration.k8s.io",
       "v1",
       false,
       Verbs::all,
       {{"APIService", "apiservices", cluster, "", true}}},
      {"authentication.k8s.io",
       "v1",
       false,
       Verbs::create,
       {{"SelfSubjectReview", "selfsubjectreviews", cluster, "", false}}},
      {"authorization.k8s.io",
       "v1",
       false,
       Verbs::create,
       {{"SelfSubjectAccessReview", "selfsubjectaccessreviews", cluster, "", false}}},
      {"autoscaling",
       "v2",
       false,
       Verbs::all,
       {{"HorizontalPodAutoscaler", "horizontalpodautoscalers", namespaced, "hpa", true}}},
      {"batch",
       "v1",
       false,
       Verbs::all,
       {{"CronJob", "cronjobs", namespaced, "cj", true}, {"Job", "jobs", namespaced, "", true}}},
      {"certificates.k8s.io",
       "v1",
       false,
       Verbs::all,
       {{"CertificateSigningRequest", "certificatesigningrequests", cluster, "csr", true}}},
      {"coordination.k8s.io",
       "v1",
       false,
       Verbs::all,
       {{"Lease", "leases", namespaced, "", false}}},
      {"events.k8s.io", "v1", false, Verbs::all, {{"Event", "events", namespaced, "ev", false}}},
      {"networking.k8s.io",
       "v1",
       false,
       Verbs::all,
       {{"IngressClass", "ingressclasses", cluster, "", false},
        {"Ingress", "ingresses", namespaced, "ing", true},
        {"NetworkPolicy", "networkpolicies", namespaced, "netpol", false}}},
      {"policy",
       "v1",
       false,
       Verbs::all,
       {{"PodDisruptionBudget", "poddisruptionbudgets", namespaced, "pdb", true}}},
      {"rbac.authorization.k8s.io",
       "v1",
       false,
       Verbs::all,
       {{"ClusterRoleBinding", "clusterrolebindings", cluster, "", false},
        {"ClusterRole", "clusterroles", cluster, "", false},
        {"RoleBinding", "rolebindings", namespaced, "", false},
        {"Role", "roles", namespaced, "", false}}},
      {"scheduling.k8s.io",
       "v1",
       false,
       Verbs::all,
       {{"PriorityClass", "priorityclasses", cluster, "pc", false}}},
      {"storage.k8s.io",
       "v1",
       false,
       Verbs::all,
       {{"CSIDriver", "csidrivers", cluster, "", false},
        {"CSINode", "csinodes", cluster, "", false},
        {"StorageClass", "storageclasses", cluster, "sc", false},
        {"VolumeAttachment", "volumeattachments", cluster, "", true}}},
      {"metrics.k8s.io",
       "v1beta1",
       true,
       Verbs::read,
       {{"NodeMetrics", "nodes", cluster, "", false},
        {"PodMetrics", "pods", namespaced, "", false}}},
      {"cert-manager.io",
       "v1",
       true,
       Verbs::all,
       {{"CertificateRequest", "certificaterequests", namespaced, "cr,crs", true},
        {"Certificate", "certificates", namespaced, "cert,certs", true},
        {"ClusterIssuer", "clusterissuers", cluster, "ciss", true},
        {"Issuer", "issuers", namespaced, "iss", true}}}};
}

Json verbs_of(Verbs verbs) {
  if (verbs == Verbs::create) return Json::array({"create"});
  if (verbs == Verbs::read) return Json::array({"get", "list"});
  return Json::array(
      {"create", "delete", "deletecollection", "get", "list", "patch", "update", "watch"});
}

std::string singular(const Group& group, const Row& row) {
  if (group.verbs == Verbs::read) return "";  // metrics-server names none
  std::string name = row.kind;
  for (char& letter : name)
    letter = static_cast<char>(std::tolower(static_cast<unsigned char>(letter)));
  return name;
}

Json document(const Group& group) {
  Json resources = Json::array();
  for (const auto& row : group.rows) {
    Json resource = {{"name", row.plural},
                     {"singularName", singular(group, row)},
                     {"namespaced", row.scope == Scope::namespaced},
                     {"kind", row.kind},
                     {"verbs", verbs_of(group.verbs)}};
    if (*row.short_names != '\0') resource["shortNames"] = split(row.short_names, ',');
    resources.push_back(std::move(resource));
    if (row.has_status)
      resources.push_back({{"name", std::string(row.plural) + "/status"},
                           {"singularName", ""},
                           {"namespaced", row.scope == Scope::namespaced},
                           {"kind", row.kind},
                           {"verbs", Json::array({"get", "patch", "update"})}});
  }
  return {{"kind", "APIResourceList"},
          {"apiVersion", "v1"},
          {"groupVersion", std::string(group.name) + "/" + group.version},
          {"resources", std::move(resources)}};
}

}  // namespace

std::vector<ResourceList> unrecorded_resource_lists() {
  std::vector<ResourceList> lists;
  for (const auto& group : groups())
    lists.push_back({group.name, group.version, group.add_on, go_json(document(group))});
  return lists;
}

}  // namespace postflight::world
