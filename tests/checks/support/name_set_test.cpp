#include "checks/support/name_set.hpp"

#include <catch2/catch_test_macros.hpp>
#include <random>
#include <set>
#include <string>

namespace postflight::test {

TEST_CASE("a set of names holds what was put in, and nothing else", "[name-set]") {
  NameSet names;
  CHECK_FALSE(names.contains(""));
  CHECK_FALSE(names.contains("default/web"));
  names.insert("");
  names.insert("default/web");
  names.insert("default/web");
  names.insert(std::string("a\0b", 3));
  CHECK(names.size() == 3);
  CHECK(names.contains(""));
  CHECK(names.contains("default/web"));
  CHECK(names.contains(std::string("a\0b", 3)));
  for (const auto* other : {"a", "a\001b", "default/we", "default/web1", "efault/web"})
    CHECK_FALSE(names.contains(other));
}

TEST_CASE("it holds as many names as there are, also when sets are joined", "[name-set]") {
  std::minstd_rand random(20261127);
  NameSet all;
  std::set<std::string> wanted;
  for (int page = 0; page < 20; ++page) {
    NameSet of_page;
    for (int name = 0; name < 500; ++name) {
      const auto text = "team-" + std::to_string(random() % 3000) + "/app";
      of_page.insert(text);
      wanted.insert(text);
    }
    all.merge(of_page);
  }
  CHECK(all.size() == wanted.size());
  std::size_t held = 0, others = 0;
  for (int number = 0; number < 6000; ++number) {
    const auto text = "team-" + std::to_string(number) + "/app";
    held += all.contains(text) && wanted.contains(text) ? 1 : 0;
    others += all.contains(text) != wanted.contains(text) ? 1 : 0;
  }
  CHECK(held == wanted.size());
  CHECK(others == 0);
}

}  // namespace postflight::test
