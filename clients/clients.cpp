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

void Kubernetes::expect(const std::vector<const ListUse*>&) {}

std::shared_ptr<const ListReading> Kubernetes::read(const ListUse& use,
                                                    std::chrono::system_clock::time_point today,
                                                    const Limits& limits) {
  const auto pages = list(use.request(), limits);
  std::shared_ptr<ListReading> reading = use.begin(today, limits.deadline);
  for (const auto& page : *pages) {
    auto text = *page;
    read_list_page(text, "GET " + use.request().path,
                   {.item = [&](const ListItem& item) { reading->item(item); }});
  }
  return reading;
}

}  // namespace postflight
