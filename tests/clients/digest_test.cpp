#include "clients/digest.hpp"

#include <catch2/catch_test_macros.hpp>

namespace postflight::test {

TEST_CASE("digests are those of FIPS 180-2", "[digest]") {
  CHECK(sha256_of("") == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  CHECK(sha256_of("abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

}  // namespace postflight::test
