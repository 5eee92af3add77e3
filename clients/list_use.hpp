#pragma once

#include <any>
#include <chrono>
#include <memory>
#include <string>
#include <string_view>
#include <type_traits>
#include <typeindex>
#include <utility>
#include <vector>

namespace postflight {

struct ListRequest;  // clients/kubernetes.hpp

// One item of a list while it is read: valid only during the call that hands it over.
class ListItem {
 public:
  explicit ListItem(std::string_view json) : json_(json) {}

  // The text of one JSON value. At least 64 bytes behind it may be read.
  std::string_view json() const { return json_; }

  // What Made(json) or Made(*this) makes of it: made once, for all who read this item. What its
  // constructor throws is thrown to each of them.
  template <typename Made>
  const Made& as() const {
    const std::type_index wanted(typeid(Made));
    for (const auto& [type, made] : made_)
      if (type == wanted) return *static_cast<const Made*>(made.get());
    std::shared_ptr<const Made> made;
    if constexpr (std::is_constructible_v<Made, const ListItem&>)
      made = std::make_shared<const Made>(*this);
    else
      made = std::make_shared<const Made>(json_);
    made_.emplace_back(wanted, made);
    return *made;
  }

 private:
  std::string_view json_;
  mutable std::vector<std::pair<std::type_index, std::shared_ptr<const void>>> made_;
};

// What is gathered while a list goes by, and asked for its result when the list has ended. Pages
// may be read at the same time, each into a reading of its own. Used by one thread at a time.
class ListReading {
 public:
  virtual ~ListReading();
  // What it throws ends this reading alone, and is thrown to the check that asked for it.
  virtual void item(const ListItem& item) = 0;
  // Adds what another of the same use gathered from the items that follow in the list.
  virtual void append(ListReading&& following) = 0;
};

// A list that a check reads item by item, without any of it being kept. Immutable.
class ListUse {
 public:
  virtual ~ListUse();
  virtual const ListRequest& request() const = 0;
  // Uses of one list that gather the same have the same name for it, and share a reading. Empty: no
  // other use gathers that.
  virtual std::string gathers() const;
  // For one going by. `today` is what "now" means in a verdict; work on one item has to end by
  // `deadline`.
  virtual std::unique_ptr<ListReading> begin(
      std::chrono::system_clock::time_point today,
      std::chrono::steady_clock::time_point deadline) const = 0;
};

}  // namespace postflight
