#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

namespace postflight::world {

// A label selector in the API's syntax: a=b, a==b, a!=b, a in (b,c), a notin (b,c), a, !a; joined
// by commas. Throws Refusal, with the server's words where a recording has them.
class LabelSelector {
 public:
  explicit LabelSelector(const std::string& text);
  bool matches(const nlohmann::ordered_json& object) const;

 private:
  enum class Operator { in, not_in, exists, does_not_exist };
  struct Requirement {
    std::string key;
    Operator operation;
    std::vector<std::string> values;
  };
  std::vector<Requirement> requirements_;
};

// A field selector: metadata.name, metadata.namespace, and for pods status.phase and
// spec.nodeName, with =, == and !=. Throws Refusal for any other field.
class FieldSelector {
 public:
  FieldSelector(const std::string& resource, const std::string& text);
  bool matches(const nlohmann::ordered_json& object) const;

 private:
  struct Requirement {
    std::string pointer;
    std::string value;
    bool equal;
  };
  std::vector<Requirement> requirements_;
};

}  // namespace postflight::world
