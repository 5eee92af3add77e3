#pragma once

#include <fmt/format.h>

#include <concepts>
#include <deque>
#include <functional>
#include <iterator>
#include <map>
#include <string>
#include <utility>
#include <vector>

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

// What that asks for, as Check::kubernetes_paths().
std::vector<std::string> paths_of_namespaces(const std::vector<std::string>& namespaces);

// Joins what was gathered of one page and of the next one. What is neither of these two says itself
// how.
template <typename Items>
requires std::same_as<Items, std::vector<typename Items::value_type>> ||
    std::same_as<Items, std::deque<typename Items::value_type>>
void append_to(Items& all, Items&& following) {
  all.insert(all.end(), std::make_move_iterator(following.begin()),
             std::make_move_iterator(following.end()));
}
template <typename Key, typename Value>
void append_to(std::map<Key, Value>& all, std::map<Key, Value>&& following) {
  for (auto& [key, value] : following) all.insert_or_assign(key, std::move(value));
}
template <typename Gathered>
void append_to(Gathered& all, Gathered&& following) {
  all.append(std::move(following));
}

// A list of which a check gathers what it needs in a Gathered, object by object.
template <typename Gathered>
class ListOf : public ListUse {
 public:
  // `gather` is called for each object, which is named by its kind, namespace and name.
  using Gather = std::function<void(Gathered&, const JsonReader& object)>;

  // Checks whose lists have the same name, if any, gather the same of it, and share that.
  ListOf(ApiResource resource, const std::string& name_space, Gather gather,
         std::string gathers = {})
      : resource_(std::move(resource)),
        request_{resource_.list_path(name_space), "", ""},
        gather_(std::move(gather)),
        gathers_(std::move(gathers)) {}
  // The same, of those that the request selects.
  ListOf(ApiResource resource, ListRequest request, Gather gather)
      : resource_(std::move(resource)), request_(std::move(request)), gather_(std::move(gather)) {}

  const ListRequest& request() const override { return request_; }
  std::string gathers() const override { return gathers_; }
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
      JsonReader object(item.as<JsonDocument>(), list.resource_.plural());
      const auto metadata = object.map("metadata");
      object.rename(
          list.resource_.subject_of(metadata.text("namespace"), metadata.required_text("name")));
      list.gather_(gathered, object);
    }
    void append(ListReading&& following) override {
      append_to(gathered, std::move(dynamic_cast<Reading&>(following).gathered));
    }
    const ListOf& list;
    Gathered gathered;
  };

  const ApiResource resource_;
  const ListRequest request_;
  const Gather gather_;
  const std::string gathers_;
};

}  // namespace postflight
