#pragma once

#include <cstdint>
#include <string>

namespace postflight {

// One file system, as df tells it.
struct DiskUse {
  std::string device, mount;
  std::uint64_t capacity = 0, used = 0, available = 0;  // bytes

  int percent() const;  // of what may be used, rounded up, as df does
};

// Reads what `df -P -k PATH` prints, by GNU coreutils and busybox alike, also where a long device
// name is on a line of its own. Throws CannotTell("unreadable") quoting what is something else, and
// for a file system without a size.
DiskUse read_disk_use(const std::string& output);

}  // namespace postflight
