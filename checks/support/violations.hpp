#pragma once

#include <cstddef>
#include <deque>
#include <set>
#include <string>
#include <vector>

#include "checks/support/api_resource.hpp"
#include "checks/support/findings.hpp"
#include "checks/support/jq.hpp"
#include "checks/support/name_set.hpp"
#include "clients/kubernetes.hpp"

namespace postflight {

// What is asked of each object of a list.
struct ObjectRules {
  ApiResource resource;
  std::set<std::string> except_namespaces;
  JqExpression where;                 // yields true or false: whether the object is meant at all
  JqExpression violations, warnings;  // yield a text, or {why: text}, for each thing that is wrong
  JqExpression references;            // yields names that have to exist: "NAMESPACE/NAME"
  std::string expected;               // of each object, in words

  JqQuestion question() const;
  bool has_expressions() const { return where || violations || warnings || references; }
};

// Something that one object is, or should not be.
struct ObjectFact {
  Status status = Status::failed;
  std::string subject, observed;
  std::string reason = {};  // of errored
};

// A name that an object refers to.
struct Reference {
  std::string subject, name;
};

// What a list came to. Holds what is wrong, never the objects.
struct ObjectFindings {
  std::size_t examined = 0;
  std::size_t excepted = 0;        // in namespaces that are left out
  std::size_t not_meant = 0;       // of which `where` said false
  std::size_t violating = 0;       // objects with a violation
  std::vector<ObjectFact> facts;   // at most `most_facts`
  std::size_t facts_left_out = 0;  // beyond that
  Status worst_left_out = Status::passed;
  std::deque<Reference> references;
};

inline constexpr std::size_t most_facts = 500;

// A list whose objects are held to rules, one by one.
class RuledList : public ListUse {
 public:
  RuledList(ObjectRules rules, ListRequest request)
      : rules_(std::move(rules)), request_(std::move(request)) {}
  const ListRequest& request() const override { return request_; }
  std::unique_ptr<ListReading> begin(std::chrono::system_clock::time_point today,
                                     std::chrono::steady_clock::time_point deadline) const override;

  JqQuestion question() const { return rules_.question(); }
  bool judges() const { return rules_.violations || rules_.warnings; }
  static const ObjectFindings& findings_of(const ListReading& reading);

 private:
  const ObjectRules rules_;
  const ListRequest request_;
};

// The names that the objects of a list go by, as an expression yields them.
class NamedList : public ListUse {
 public:
  NamedList(ApiResource resource, JqExpression names)
      : resource_(std::move(resource)),
        names_(std::move(names)),
        request_{resource_.list_path(), "", ""} {}
  const ApiResource& resource() const { return resource_; }
  JqQuestion question() const { return {{}, {names_}}; }
  std::string gathers() const override { return names_.text(); }
  const ListRequest& request() const override { return request_; }
  std::unique_ptr<ListReading> begin(std::chrono::system_clock::time_point today,
                                     std::chrono::steady_clock::time_point deadline) const override;
  static const NameSet& names_of(const ListReading& reading);

 private:
  const ApiResource resource_;
  const JqExpression names_;
  const ListRequest request_;
};

}  // namespace postflight
