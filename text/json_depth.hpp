#pragma once

#include <string_view>

namespace postflight {

// What a program or a server answers is no deeper: what reads, copies and prints JSON recurses.
constexpr int deepest_answer = 200;

// Arrays and objects at most that deep inside each other, looked at before anything recurses.
bool is_nested_at_most(std::string_view json, int depth);

}  // namespace postflight
