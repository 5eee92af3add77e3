#pragma once

#include <string>
#include <vector>

#include "tests/world/object_store.hpp"

namespace postflight::world {

// A label selector in the API's syntax: a=b, a==b, a!=b, a in (b,c), a notin (b,c), a, !a; joined
// by commas. Throws Refusal, with the server's words where a recording has them.
class LabelSelector {
 public:
  explicit LabelSelector(const std::string& text);
  bool matches(const Labels& labels) const;
  bool selects_all() const { return requirements_.empty(); }

 private:
  enum class Operator { in, not_in, exists, does_not_exist };
  struct Requirement {
    std::string key;
    Operator operation;
    std::vector<std::string> values;
  };
  std::vector<Requirement> requirements_;
};

// A field selector: the fields that the resource has (selectable_fields), with =, == and !=.
// Throws Refusal for any other field.
class FieldSelector {
 public:
  FieldSelector(const std::string& resource, const std::string& text);
  bool matches(const std::vector<std::string>& values) const;  // in the order of the fields
  bool selects_all() const { return requirements_.empty(); }

 private:
  struct Requirement {
    std::size_t field;
    std::string value;
    bool equal;
  };
  std::vector<Requirement> requirements_;
};

}  // namespace postflight::world
