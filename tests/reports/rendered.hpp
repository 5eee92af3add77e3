#pragma once

#include <catch2/catch_test_macros.hpp>
#include <cstdlib>
#include <fstream>
#include <sstream>
#include <string>

#include "reports/report.hpp"
#include "reports/text.hpp"
#include "tests/support/recorded_clients.hpp"

namespace postflight::test {

inline std::string rendered(std::string_view format, const RunRecord& record) {
  const auto* found = find_report_format(format);
  REQUIRE(found != nullptr);
  std::ostringstream out;
  found->write(record, out);
  return out.str();
}

inline std::string rendered_text(const RunRecord& record, const TextStyle& style) {
  std::ostringstream out;
  write_text(record, out, style);
  return out.str();
}

// Compares byte for byte with tests/fixtures/golden/<name>; UPDATE_GOLDEN=1 accepts what is there.
inline void check_golden(const std::string& name, const std::string& text) {
  if (std::getenv("UPDATE_GOLDEN") != nullptr)
    std::ofstream(std::string(FIXTURES) + "/golden/" + name, std::ios::binary) << text;
  CHECK(text == fixture("golden/" + name));
}

}  // namespace postflight::test
