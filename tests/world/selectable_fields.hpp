#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

namespace postflight::world {

// A field that a field selector may name.
struct SelectableField {
  std::string label;    // "spec.nodeName"
  std::string pointer;  // where it stands: "/spec/nodeName"
  std::string missing;  // what it counts as when it is not there
};

// The fields of a resource as the API server has them (kubernetes/pkg/apis/*/v1/conversion.go and
// the strategies in pkg/registry); all others know only name and namespace.
const std::vector<SelectableField>& selectable_fields(const std::string& resource);
// Their values in an object, in that order.
std::vector<std::string> field_values(const std::string& resource,
                                      const nlohmann::ordered_json& object);
// What the server says of a field that is none of these.
std::string unknown_field(const std::string& resource, const std::string& label);

}  // namespace postflight::world
