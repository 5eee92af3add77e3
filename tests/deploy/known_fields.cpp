#include "tests/deploy/known_fields.hpp"

#include <fmt/format.h>

#include <fstream>
#include <map>
#include <string_view>

namespace postflight::test {
namespace {

using Json = nlohmann::json;

class KnownFields {
 public:
  KnownFields() {
    std::ifstream in(std::string(FIXTURES) + "/kubernetes/object_fields.json");
    types_ = Json::parse(in).at("types");
  }

  std::vector<std::string> faults(const Json& object) {
    faults_.clear();
    // What apiVersion each kind is of that deploy/ uses.
    static const std::map<std::string, std::string> versions = {
        {"ClusterRole", "rbac.authorization.k8s.io/v1"},
        {"ClusterRoleBinding", "rbac.authorization.k8s.io/v1"},
        {"ConfigMap", "v1"},
        {"CronJob", "batch/v1"},
        {"Job", "batch/v1"},
        {"PersistentVolumeClaim", "v1"},
        {"Pod", "v1"},
        {"Role", "rbac.authorization.k8s.io/v1"},
        {"RoleBinding", "rbac.authorization.k8s.io/v1"},
        {"ServiceAccount", "v1"}};
    const auto kind = object.value("kind", "");
    const auto version = versions.find(kind);
    if (version == versions.end())
      add("kind", fmt::format("'{}' is not known here", kind));
    else if (object.value("apiVersion", "") != version->second)
      add("apiVersion", "is not " + version->second);
    else
      look_at(object, "V1" + kind, kind);
    return faults_;
  }

 private:
  void add(const std::string& where, const std::string& what) {
    faults_.push_back(where + " " + what);
  }

  // The type inside of "Array<...>"; empty for another type.
  static std::string item_type(const std::string& type) {
    constexpr std::string_view begin = "Array<";
    return type.starts_with(begin) ? type.substr(begin.size(), type.size() - begin.size() - 1) : "";
  }

  void look_at(const Json& value, const std::string& type, const std::string& where) {
    if (const auto known = types_.find(type); known != types_.end())
      look_at_fields(value, *known, where);
    else if (const auto inner = item_type(type); !inner.empty())
      look_at_items(value, inner, where);
    else if (type == "{ [key: string]: string; }")
      look_at_texts(value, where);
    else if ((type == "string" && !value.is_string()) ||
             (type == "number" && !value.is_number_integer()) ||
             (type == "boolean" && !value.is_boolean()) ||
             (type == "IntOrString" && !value.is_string() && !value.is_number_integer()))
      add(where, "is no " + type);
  }

  void look_at_fields(const Json& value, const Json& fields, const std::string& where) {
    if (!value.is_object()) return add(where, "is no object");
    for (const auto& [name, member] : value.items()) {
      const auto field = fields.find(name);
      if (field == fields.end()) {
        add(where + "." + name, "is no field");
        continue;
      }
      auto type = field->get<std::string>();
      if (type.ends_with('!')) type.pop_back();
      look_at(member, type, where + "." + name);
    }
    for (const auto& [name, type] : fields.items())
      if (type.get<std::string>().ends_with('!') && !value.contains(name))
        add(where + "." + name, "is missing");
  }

  void look_at_items(const Json& value, const std::string& type, const std::string& where) {
    if (!value.is_array()) return add(where, "is no list");
    for (std::size_t at = 0; at < value.size(); ++at)
      look_at(value[at], type, fmt::format("{}[{}]", where, at));
  }

  void look_at_texts(const Json& value, const std::string& where) {
    if (!value.is_object()) return add(where, "is no object");
    for (const auto& [name, text] : value.items())
      if (!text.is_string()) add(where + "." + name, "is no string");
  }

  Json types_;
  std::vector<std::string> faults_;
};

}  // namespace

std::vector<std::string> faults_in(const Json& object) {
  static KnownFields known;
  return known.faults(object);
}

}  // namespace postflight::test
