#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace postflight {

// "1 pod", "3 pods"; `many` where an s is not enough: counted(2, "address", "addresses").
std::string counted(std::size_t count, std::string_view one, std::string_view many = {});

}  // namespace postflight
