#pragma once

#include <fmt/format.h>

#include <functional>
#include <string>
#include <utility>

#include "checks/support/api_resource.hpp"
#include "checks/support/findings.hpp"
#include "checks/support/json_reader.hpp"
#include "checks/support/limits.hpp"
#include "clients/clients.hpp"
#include "clients/kubernetes.hpp"

namespace postflight {

// Calls the API server's list of a resource; a 404 is explained. Throws what a client throws.
std::shared_ptr<const ListReading> read_list(const ListUse& use, const ApiResource& resource,
                                             const CheckContext& context);

// A list in a namespace that does not exist is answered with 200 and no items: adds a failed fact
// when the namespace does not exist, an unknown one when it cannot be read.
void report_missing_namespace(const std::string& name_space, const CheckContext& context,
                              Findings& findings);

// A list of which a check gathers what it needs in a Gathered, object by object.
template <typename Gathered>
class ListOf : public ListUse {
 public:
  // `gather` is called for each object, which is named by its kind, namespace and name.
  using Gather = std::function<void(Gathered&, const JsonReader& object)>;

  ListOf(ApiResource resource, const std::string& name_space, Gather gather)
      : resource_(std::move(resource)),
        request_{resource_.list_path(name_space), "", ""},
        gather_(std::move(gather)) {}
  // The same, of those that the request selects.
  ListOf(ApiResource resource, ListRequest request, Gather gather)
      : resource_(std::move(resource)), request_(std::move(request)), gather_(std::move(gather)) {}

  const ListRequest& request() const override { return request_; }
  std::unique_ptr<ListReading> begin(std::chrono::system_clock::time_point,
                                     std::chrono::steady_clock::time_point) const override {
    return std::make_unique<Reading>(*this);
  }
  // Lives as long as what it is given to.
  std::shared_ptr<const Gathered> read(const CheckContext& context) const {
    const auto reading = read_list(*this, resource_, context);
    return {reading, &dynamic_cast<const Reading&>(*reading).gathered};
  }

 private:
  struct Reading : ListReading {
    explicit Reading(const ListOf& owner) : list(owner) {}
    void item(const ListItem& item) override {
      JsonReader object(item.as<JqValue>(), list.resource_.plural());
      const auto metadata = object.map("metadata");
      object.rename(
          list.resource_.subject_of(metadata.text("namespace"), metadata.required_text("name")));
      list.gather_(gathered, object);
    }
    const ListOf& list;
    Gathered gathered;
  };

  const ApiResource resource_;
  const ListRequest request_;
  const Gather gather_;
};

}  // namespace postflight
