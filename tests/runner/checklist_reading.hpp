#pragma once

#include <string>
#include <string_view>

#include "tests/runner/fake_kind.hpp"

namespace postflight::test {

// An outside world in which there is the kind test.echo and nothing else.
inline ChecklistSources sources() {
  ChecklistSources sources;
  sources.environment = [](const std::string&) { return std::nullopt; };
  sources.read_file = [](const std::string&) { return std::nullopt; };
  sources.find_kind = [](std::string_view name) {
    return name == echo_kind().name ? &echo_kind() : nullptr;
  };
  sources.suggest_kind = [](std::string_view) { return std::string("test.echo"); };
  return sources;
}

// "line:column what" of each mistake, one a line.
inline std::string mistakes_of(std::string_view text, const ChecklistSources& from = sources()) {
  std::string all;
  try {
    read_checklist(text, "c.yaml", from);
  } catch (const Mistakes& e) {
    for (const auto& mistake : e.list())
      all += std::to_string(mistake.where.line) + ":" + std::to_string(mistake.where.column) + " " +
             mistake.what + "\n";
  }
  return all;
}

inline Checklist read(std::string_view text, const ChecklistSources& from = sources()) {
  return read_checklist(text, "c.yaml", from);
}

}  // namespace postflight::test
