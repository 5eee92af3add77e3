#include "tests/world/cluster_objects/object_files.hpp"

#include <fstream>
#include <stdexcept>

#include "tests/world/certificates.hpp"
#include "tests/world/cluster_objects/metadata.hpp"
#include "tests/world/json.hpp"
#include "tests/world/url.hpp"

namespace postflight::world {

namespace {

std::chrono::seconds duration_of(const std::string& text) {
  const long number = std::stol(text);
  switch (text.back()) {
    case 'd':
      return std::chrono::hours(24 * number);
    case 'h':
      return std::chrono::hours(number);
    case 'm':
      return std::chrono::minutes(number);
    case 's':
      return std::chrono::seconds(number);
    default:
      throw std::invalid_argument("no unit in the duration " + text);
  }
}

// What stands between the parentheses of NAME(...); empty when it is something else.
std::string argument(const std::string& text, const std::string& name) {
  return text.starts_with(name + "(") && text.ends_with(")")
             ? text.substr(name.size() + 1, text.size() - name.size() - 2)
             : "";
}

void fill_in(Json& value, const CertificateAuthority& authority) {
  if (value.is_structured()) {
    for (auto& part : value) fill_in(part, authority);
  } else if (value.is_string()) {
    const std::string text = value;
    if (const auto before = argument(text, "$ago"); !before.empty())
      value = ago(duration_of(before));
    else if (const auto precise = argument(text, "$ago_micro"); !precise.empty())
      value = ago_micro(duration_of(precise));
    else if (text == "$authority")
      value = authority.certificate_pem();
    else if (text == "$authority64")
      value = base64(authority.certificate_pem());
  }
}

void complete_metadata(const std::string& resource, Json& object) {
  Json& about = object["metadata"];
  const std::string name = about["name"];
  if (!about.contains("uid"))
    about["uid"] = uid(resource, id_of(about.value("namespace", ""), name));
  if (!about.contains("creationTimestamp"))
    about["creationTimestamp"] = ago(std::chrono::hours(960));
}

}  // namespace

Json read_object_file(const std::string& name) {
  std::ifstream file(std::string(CLUSTER_OBJECTS) + "/" + name);
  if (!file) throw std::runtime_error("no " + name + " in " + CLUSTER_OBJECTS);
  return Json::parse(file);
}

void load_object_files(ObjectStore& store, const CertificateAuthority& authority) {
  for (const char* name : {"namespaces.json", "limits.json", "networking.json", "storage.json",
                           "extensions.json", "control_plane.json", "cert_manager.json"}) {
    Json lists = read_object_file(name);
    fill_in(lists, authority);
    for (auto& [resource, objects] : lists.items())
      for (auto& object : objects) {
        complete_metadata(resource, object);
        store.put(resource, object);
      }
  }
}

}  // namespace postflight::world
