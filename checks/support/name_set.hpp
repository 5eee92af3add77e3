#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace postflight {

// Many thousands of names, kept as one text: a std::set has a node and a string for each. Any text
// may be one.
class NameSet {
 public:
  void insert(std::string_view name);
  void merge(const NameSet& others);
  bool contains(std::string_view name) const { return at(name) != 0; }
  std::size_t size() const { return size_; }

 private:
  using Place = std::uint64_t;  // in text_, where a name's size stands, and then the name; plus one

  std::string_view name_at(Place place) const;
  Place at(std::string_view name) const;
  // Where it is in the table, or would be.
  std::size_t slot_of(std::string_view name) const;
  void grow();

  std::string text_;
  std::vector<Place> table_;  // by hash; at most half of it is taken
  std::size_t size_ = 0;
};

}  // namespace postflight
