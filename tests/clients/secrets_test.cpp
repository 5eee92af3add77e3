#include "clients/secrets.hpp"

#include <catch2/catch_test_macros.hpp>

#include "tests/support/temporary_directory.hpp"

namespace postflight::test {

using Secrets = std::vector<std::string>;

TEST_CASE("a variable whose name tells holds a secret, also one that begins like a path",
          "[secrets]") {
  CHECK(secrets_in_variable("API_TOKEN=abcdef") == Secrets{"abcdef"});
  CHECK(secrets_in_variable("AWS_SECRET_ACCESS_KEY=/JalrXUtnFEMI/K7MDENG/bPxRfiCYzzzzzKEY") ==
        Secrets{"/JalrXUtnFEMI/K7MDENG/bPxRfiCYzzzzzKEY"});
  // The place of a secret is none.
  const TemporaryDirectory folder;
  CHECK(secrets_in_variable("API_TOKEN=" + folder.path()).empty());
}

}  // namespace postflight::test
