#pragma once

#include <span>
#include <string_view>

#include "runner/check.hpp"

namespace postflight {

// Every kind, sorted by name. The list is written by CMake from checks/<family>/*.cpp.
std::span<const CheckKind* const> all_kinds();

// nullptr when there is none of that name.
const CheckKind* find_kind(std::string_view name);

}  // namespace postflight
