#include "tests/world/cluster_objects/helm_releases.hpp"

#include <fmt/format.h>

#include "tests/world/cluster_objects/metadata.hpp"
#include "tests/world/cluster_objects/object_files.hpp"
#include "tests/world/gzip.hpp"
#include "tests/world/json.hpp"
#include "tests/world/url.hpp"

namespace postflight::world {

namespace {

// Block style, as charts write it. Texts and numbers are the same in JSON and YAML.
std::string yaml(const Json& value, std::size_t indent) {
  const std::string margin(indent, ' ');
  std::string text;
  if (value.is_object() && !value.empty()) {
    for (const auto& [key, part] : value.items()) {
      const bool nested = part.is_structured() && !part.empty();
      text += fmt::format("{}{}:{}", margin,
                          key.find(':') == std::string::npos ? key : Json(key).dump(),
                          nested ? "\n" + yaml(part, indent + (part.is_object() ? 2 : 0))
                                 : " " + part.dump() + "\n");
    }
  } else if (value.is_array() && !value.empty()) {
    for (const auto& part : value) {
      std::string inner = yaml(part, indent + 2);
      if (part.is_structured() && !part.empty()) inner.erase(0, indent + 2);
      text += margin + "- " + inner;
    }
  } else {
    text = value.dump() + "\n";
  }
  return text;
}

std::string document(const std::string& chart, const std::string& kind,
                     const std::string& api_version, const Json& object) {
  const Json& about = object["metadata"];
  const Json rendered = {{"apiVersion", api_version},
                         {"kind", kind},
                         {"metadata",
                          {{"name", about["name"]},
                           {"namespace", about["namespace"]},
                           {"labels", about.value("labels", Json::object())}}},
                         {"spec", object["spec"]}};
  std::string file = kind;
  file[0] = static_cast<char>(file[0] + ('a' - 'A'));
  return fmt::format("---\n# Source: {}/templates/{}.yaml\n{}", chart, file, yaml(rendered, 0));
}

std::string manifest_of(const ObjectStore& store, const Json& release) {
  const std::string name_space = release["namespace"], chart = release["chart"]["name"];
  std::string manifest;
  for (const std::string workload : release["workloads"]) {
    const auto slash = workload.find('/');
    const std::string kind = workload.substr(0, slash), name = workload.substr(slash + 1);
    if (const Object service = store.find("services", name_space, name)) {
      Json chosen = *service;  // without what the server chose
      for (const char* key : {"clusterIP", "clusterIPs", "ipFamilies", "ipFamilyPolicy",
                              "sessionAffinity", "internalTrafficPolicy"})
        chosen["spec"].erase(key);
      manifest += document(chart, "Service", "v1", chosen);
    }
    manifest += document(chart, kind, "apps/v1", *store.find("deployments", name_space, name));
  }
  return manifest;
}

Json release_of(const ObjectStore& store, const Json& facts, int version, const Json& revision) {
  Json templates = Json::array();
  for (const auto& [name, text] : facts["templates"].items())
    templates.push_back({{"name", name}, {"data", base64(text.get<std::string>())}});
  const std::string deployed = ago(std::chrono::hours(24 * revision["days"].get<int>()));
  Json metadata = facts["chart"];
  metadata.update(Json{{"apiVersion", "v2"}, {"type", "application"}});
  return {
      {"name", facts["name"]},
      {"info",
       {{"first_deployed", ago(std::chrono::hours(24 * facts["revisions"][0]["days"].get<int>()))},
        {"last_deployed", deployed},
        {"deleted", ""},
        {"description", version == 1 ? "Install complete" : "Upgrade complete"},
        {"status", revision["status"]},
        {"notes", fmt::format("{} is installed.\n", facts["name"].get<std::string>())}}},
      {"chart",
       {{"metadata", std::move(metadata)},
        {"lock", nullptr},
        {"templates", std::move(templates)},
        {"values", facts["values"]},
        {"schema", nullptr},
        {"files", Json::array()}}},
      {"config", facts["config"]},
      {"manifest", manifest_of(store, facts)},
      {"hooks", Json::array()},
      {"version", version},
      {"namespace", facts["namespace"]}};
}

std::string secret_name(const std::string& release, int revision) {
  return fmt::format("sh.helm.release.v1.{}.v{}", release, revision);
}

}  // namespace

std::string pack_release(const Json& release) {
  return base64(base64(gzip(release.dump(), 9)));  // once by Helm, once as every Secret's data
}

Json unpack_release(const std::string& data) {
  return Json::parse(gunzip(base64_decode(base64_decode(data))));
}

void put_release(ObjectStore& store, const Json& release, std::chrono::seconds age) {
  const std::string name_space = release["namespace"], name = release["name"];
  const int version = release["version"];
  const std::string own = secret_name(name, version);
  const auto at = std::chrono::system_clock::now() - age;
  Json secret = {
      {"metadata", metadata(name_space, own, uid("Secret", id_of(name_space, own)), ago(age))}};
  secret["metadata"]["labels"] = {
      {"modifiedAt", std::to_string(std::chrono::system_clock::to_time_t(at))},
      {"name", name},
      {"owner", "helm"},
      {"status", release["info"]["status"]},
      {"version", std::to_string(version)}};
  secret["data"] = {{"release", pack_release(release)}};
  secret["type"] = "helm.sh/release.v1";
  store.put("secrets", std::move(secret));
}

void put_helm_releases(ObjectStore& store) {
  for (const auto& facts : read_object_file("helm_releases.json")) {
    for (const std::string workload : facts["workloads"])
      store.change("deployments", facts["namespace"], workload.substr(workload.find('/') + 1),
                   [&](Json& object) {
                     Json& about = object["metadata"];
                     about["labels"]["app.kubernetes.io/managed-by"] = "Helm";
                     about["annotations"]["meta.helm.sh/release-name"] = facts["name"];
                     about["annotations"]["meta.helm.sh/release-namespace"] = facts["namespace"];
                   });
    int version = 0;
    for (const auto& revision : facts["revisions"]) {
      const Json release = release_of(store, facts, ++version, revision);
      put_release(store, release, std::chrono::hours(24 * revision["days"].get<int>()));
    }
  }
}

void change_release(ObjectStore& store, const std::string& name_space, const std::string& name,
                    int revision, const std::function<void(Json&)>& edit) {
  store.change("secrets", name_space, secret_name(name, revision), [&](Json& secret) {
    Json release = unpack_release(secret["data"]["release"]);
    edit(release);
    secret["data"]["release"] = pack_release(release);
    secret["metadata"]["labels"]["status"] = release["info"]["status"];
  });
}

void add_revision(ObjectStore& store, const std::string& name_space, const std::string& name,
                  int newest, const std::string& status, int seconds) {
  const Object secret = store.find("secrets", name_space, secret_name(name, newest));
  if (!secret) throw std::out_of_range("no such revision");
  Json release = unpack_release((*secret)["data"]["release"]);
  const std::chrono::seconds age(seconds);
  release["version"] = newest + 1;
  release["info"]["status"] = status;
  release["info"]["last_deployed"] = ago(age);
  release["info"]["description"] =
      status == "failed" ? "Upgrade \"" + name + "\" failed: context deadline exceeded"
                         : "Preparing upgrade";
  put_release(store, release, age);
}

}  // namespace postflight::world
