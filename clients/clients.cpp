#include "clients/clients.hpp"

#include "clients/list_items.hpp"

namespace postflight {

Http::~Http() = default;
Kubernetes::~Kubernetes() = default;
Commands::~Commands() = default;
Names::~Names() = default;
Connections::~Connections() = default;
ListReading::~ListReading() = default;
ListUse::~ListUse() = default;
std::string ListUse::gathers() const { return {}; }

void Kubernetes::expect(const std::vector<const ListUse*>&) {}

std::shared_ptr<const ListReading> Kubernetes::read(const ListUse& use,
                                                    std::chrono::system_clock::time_point today,
                                                    const Limits& limits) {
  const auto pages = list(use.request(), limits);
  std::shared_ptr<ListReading> reading = use.begin(today, limits.deadline);
  for (const auto& text : *pages) {
    const ListPage page(*text, "GET " + use.request().path);
    for (const auto item : page.items()) reading->item(ListItem(item));
  }
  return reading;
}

}  // namespace postflight
