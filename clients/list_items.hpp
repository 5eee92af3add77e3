#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "clients/list_use.hpp"

namespace postflight {

// One page of a list, taken apart: where its items stand. What is in an item is for whoever reads
// it to parse; all else is checked.
class ListPage {
 public:
  // Throws ClientError unreadable for what is no list; `asked` begins the message:
  // "GET /api/v1/pods".
  ListPage(std::string page, const std::string& asked);
  ListPage(const ListPage&) = delete;  // the items point into it
  ListPage& operator=(const ListPage&) = delete;

  // Where the next page begins (metadata.continue), empty on the last one.
  const std::string& next() const { return next_; }
  // Each valid as long as this, with 64 bytes behind it that may be read.
  const std::vector<std::string_view>& items() const { return items_; }

 private:
  std::string page_, next_;
  std::vector<std::string_view> items_;
};

}  // namespace postflight
