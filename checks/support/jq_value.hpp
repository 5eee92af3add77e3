#pragma once

#include <memory>

#include "clients/list_use.hpp"

namespace postflight {

// An item of a list as jq sees it. Of the thread that made it, and as long as the item. Copies
// share it.
class JqValue {
 public:
  // Throws CannotTell("unreadable"), as JsonDocument.
  explicit JqValue(const ListItem& item);

  class Held;  // checks/support/jq_held.hpp
  const Held& held() const { return *held_; }

 private:
  std::shared_ptr<const Held> held_;
};

}  // namespace postflight
