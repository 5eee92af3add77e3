#pragma once

#include <string>

namespace postflight::test {

// Mounts of its own for this thread and the programs it starts, gone with the process. Empty, or
// why that cannot be had. Without root it takes a user namespace, which a process with other
// threads cannot enter.
std::string enter_own_mounts();

// In mounts of its own: another file in the place of one.
class MountedFile {
 public:
  MountedFile(std::string place, const std::string& file);
  ~MountedFile();
  MountedFile(const MountedFile&) = delete;
  MountedFile& operator=(const MountedFile&) = delete;

 private:
  std::string place_;
};

}  // namespace postflight::test
