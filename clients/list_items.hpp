#pragma once

#include <functional>
#include <string>

#include "clients/list_use.hpp"

namespace postflight {

struct ListPageHandlers {
  // Called once, as soon as it is known: where the next page begins (metadata.continue), empty on
  // the last one.
  std::function<void(std::string token)> next = [](const std::string&) {};
  std::function<void(const ListItem&)> item;  // each, in order
};

// Goes through one page of a list. Room for reading ahead is added to `page`. What is in an item is
// for whoever reads it to parse; all else is checked. Throws ClientError unreadable for what is no
// list; `asked` begins the message: "GET /api/v1/pods".
void read_list_page(std::string& page, const std::string& asked, const ListPageHandlers& handlers);

}  // namespace postflight
