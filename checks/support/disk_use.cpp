#include "checks/support/disk_use.hpp"

#include <fmt/format.h>
#include <re2/re2.h>

#include "checks/support/text.hpp"
#include "runner/check.hpp"

namespace postflight {

int DiskUse::percent() const {
  const auto usable = used + available;
  return static_cast<int>((used / 1024 * 100 + usable / 1024 - 1) / (usable / 1024));
}

DiskUse read_disk_use(const std::string& output) {
  const auto header_end = output.find('\n');
  const auto header = output.substr(0, header_end);
  auto rest = header_end == std::string::npos ? "" : output.substr(header_end + 1);
  while (rest.ends_with('\n') || rest.ends_with('\r')) rest.pop_back();
  // Sizes of at most 15 digits: their hundredfold fits.
  static const re2::RE2 line(
      R"(([^\n]+?)\s+(\d{1,15})\s+(\d{1,15})\s+(\d{1,15})\s+(?:-|\d+%)\s+(/[^\n]*))");
  DiskUse use;
  // The header names the unit: without it, the numbers could mean anything.
  if ((header.find("1024") == std::string::npos && header.find("1K") == std::string::npos) ||
      !re2::RE2::FullMatch(rest, line, &use.device, &use.capacity, &use.used, &use.available,
                           &use.mount))
    throw CannotTell("unreadable", fmt::format("df printed something else than one file system in "
                                               "units of 1024 bytes: {}",
                                               excerpt(output)));
  if (use.used + use.available == 0)
    throw CannotTell("unreadable", fmt::format("df knows no size for {}: it may have no limit",
                                               excerpt(use.mount)));
  use.capacity *= 1024;
  use.used *= 1024;
  use.available *= 1024;
  return use;
}

}  // namespace postflight
