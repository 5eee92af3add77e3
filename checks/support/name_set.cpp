#include "checks/support/name_set.hpp"

#include <algorithm>
#include <cstring>
#include <functional>

namespace postflight {

std::string_view NameSet::name_at(Place place) const {
  const auto* begin = text_.data() + (place - 1);
  std::uint64_t size = 0;
  std::memcpy(&size, begin, sizeof size);
  return {begin + sizeof size, size};
}

std::size_t NameSet::slot_of(std::string_view name) const {
  auto slot = std::hash<std::string_view>()(name) % table_.size();
  while (table_[slot] != 0 && name_at(table_[slot]) != name) slot = (slot + 1) % table_.size();
  return slot;
}

NameSet::Place NameSet::at(std::string_view name) const {
  return table_.empty() ? 0 : table_[slot_of(name)];
}

void NameSet::insert(std::string_view name) {
  if (at(name) != 0) return;
  if ((size_ + 1) * 2 > table_.size()) grow();
  const auto place = text_.size() + 1;
  const std::uint64_t size = name.size();
  text_.append(reinterpret_cast<const char*>(&size), sizeof size);
  text_ += name;
  table_[slot_of(name)] = place;
  ++size_;
}

void NameSet::grow() {
  std::vector<Place> before(std::max<std::size_t>(16, table_.size() * 2));
  before.swap(table_);
  for (const auto place : before)
    if (place != 0) table_[slot_of(name_at(place))] = place;
}

void NameSet::merge(const NameSet& others) {
  for (const auto place : others.table_)
    if (place != 0) insert(others.name_at(place));
}

}  // namespace postflight
