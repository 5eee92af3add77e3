#include "checks/catalogue.hpp"

#include <algorithm>

namespace postflight {

#include "catalogue_list.inc"  // written by cmake/CheckCatalogue.cmake

std::span<const CheckKind* const> all_kinds() { return kinds; }

const CheckKind* find_kind(std::string_view name) {
  const auto found = std::ranges::find(kinds, name, &CheckKind::name);
  return found == std::end(kinds) ? nullptr : *found;
}

}  // namespace postflight
