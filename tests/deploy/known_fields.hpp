#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace postflight::test {

// What a strict API server would refuse in an object: fields that its kind does not have, values
// of another type, required fields that are missing. By tests/fixtures/kubernetes/
// object_fields.json, which tests/deploy/object_fields.mjs makes from the OpenAPI of Kubernetes.
// What it cannot see: rules between fields, and which words a text may be.
std::vector<std::string> faults_in(const nlohmann::json& object);

}  // namespace postflight::test
