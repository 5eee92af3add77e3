#pragma once

#include <functional>
#include <set>
#include <string>

#include "tests/matrix/failure.hpp"
#include "tests/support/temporary_directory.hpp"

namespace postflight::matrix {

// A stand-in for terraform, and a configuration in which it plans no change; and a plug-in that
// runs beside it. The programs do what the shell script `behaviour` says that lies in their working
// directory; they are written once, before any thread could start another program while they are
// open.
class Tools {
 public:
  Tools();
  std::string program() const { return directory_.path() + "/terraform"; }
  std::string plug_in() const { return directory_.path() + "/plug-in"; }
  std::string configuration() const { return directory_.path() + "/stack"; }
  // For a world of one's own: a new configuration that behaves so.
  static void write_configuration(const std::string& directory, const std::string& behaviour);

 private:
  test::TemporaryDirectory directory_;
};

// A terraform, or a plug-in, that does what that script says. In it $json is set when JSON is
// wanted, `healthy` prints a whole plan without changes or what a plug-in says when all is well,
// and `recorded NAME` prints a real plan.
Failure failing_command(std::string name, std::set<std::string> reasons, std::string behaviour);

// Programs or directories that are not what they should be: `make` gets a new folder, and changes
// where they are.
using MisplaceParts = std::function<void(const std::string& folder, Addresses&)>;
Failure misplaced(std::string name, std::set<std::string> reasons, MisplaceParts make);

}  // namespace postflight::matrix
