#include "tests/world/heartbeats.hpp"

#include <fmt/format.h>

#include "tests/world/cluster_objects/metadata.hpp"

namespace postflight::world {

namespace {
constexpr char beginning[] = "$renewed(";
}

std::string kept_renewed(std::chrono::seconds before) {
  return fmt::format("{}{}s)", beginning, before.count());
}

std::string with_renewed_times(std::string text) {
  for (auto at = text.find(beginning); at != std::string::npos; at = text.find(beginning, at)) {
    const auto number = at + sizeof beginning - 1;
    const auto end = text.find(')', number);
    text.replace(at, end + 1 - at, ago_micro(std::chrono::seconds(std::stol(text.substr(number)))));
  }
  return text;
}

}  // namespace postflight::world
