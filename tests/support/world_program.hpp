#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

namespace postflight::test {

// The stand-in world as a program of its own, in a temporary folder; ends with this object.
class WorldProgram {
 public:
  // Waits until the world is ready; throws std::runtime_error with its log when it does not come
  // up.
  WorldProgram(const std::string& program, const std::vector<std::string>& arguments);
  ~WorldProgram();
  WorldProgram(const WorldProgram&) = delete;
  WorldProgram& operator=(const WorldProgram&) = delete;

  const std::string& directory() const { return directory_; }
  // The text of a file that the world wrote: "world.json".
  std::string file(const std::string& name) const;

 private:
  std::string directory_;
  pid_t pid_ = -1;
};

}  // namespace postflight::test
