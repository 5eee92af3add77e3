#pragma once

#include <functional>
#include <memory>
#include <set>
#include <string>

#include "tests/matrix/failure.hpp"
#include "tests/support/temporary_directory.hpp"

namespace postflight::matrix {

// A stand-in for terraform, and a configuration in which it plans no change. The program does what
// the shell script `behaviour` says that lies in its working directory; it is written once, before
// any thread could start another program while it is open.
class Tools {
 public:
  Tools();
  std::string program() const { return directory_.path() + "/terraform"; }
  std::string configuration() const { return directory_.path() + "/stack"; }
  // For a world of one's own: a new configuration that behaves so.
  static void write_configuration(const std::string& directory, const std::string& behaviour);

 private:
  test::TemporaryDirectory directory_;
};

// A terraform that does what that script says. In it $json is set when messages are wanted as JSON
// lines, `healthy` prints a whole plan without changes, and `recorded NAME` prints a real one.
Failure failing_command(std::string name, std::set<std::string> reasons, std::string behaviour);

}  // namespace postflight::matrix
