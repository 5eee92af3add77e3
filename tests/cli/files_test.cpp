#include "cli/files.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <catch2/catch_test_macros.hpp>
#include <filesystem>

#include "runner/value.hpp"
#include "tests/cli/program.hpp"

namespace postflight::test {

TEST_CASE("a report replaces what was there and leaves nothing beside it", "[files]") {
  const TemporaryDirectory folder;
  const auto path = folder.path() + "/report.json";
  write_report_file(path, "first");
  CHECK(read_file(path) == "first");
  REQUIRE(::chmod(path.c_str(), 0640) == 0);
  write_report_file(path, "second");
  CHECK(read_file(path) == "second");
  CHECK(std::filesystem::status(path).permissions() == std::filesystem::perms(0640));
  const std::filesystem::directory_iterator files(folder.path());
  CHECK(std::distance(begin(files), end(files)) == 1);
}

TEST_CASE("a symbolic link to a report stays one", "[files]") {
  const TemporaryDirectory folder;
  const auto real = folder.path() + "/real", link = folder.path() + "/link";
  write_file(real, "old");
  std::filesystem::create_symlink("real", link);
  write_report_file(link, "new");
  CHECK(std::filesystem::is_symlink(link));
  CHECK(read_file(real) == "new");
}

TEST_CASE("what cannot be replaced is written in place", "[files]") {
  CHECK(obstacle_to_writing("/dev/null").empty());
  write_report_file("/dev/null", "text");
  CHECK(std::filesystem::is_character_file("/dev/null"));
  CHECK_THROWS_AS(write_report_file("/dev/full", "text"), std::runtime_error);
}

TEST_CASE("what stands in the way of a report is found before anything is touched", "[files]") {
  const TemporaryDirectory folder;
  const auto path = folder.path() + "/report.json";
  CHECK(obstacle_to_writing(path).empty());
  CHECK(!std::filesystem::exists(path));
  CHECK(has(obstacle_to_writing(folder.path()), "folder"));
  CHECK(has(obstacle_to_writing(folder.path() + "/missing/report"), "is not there"));
  write_file(path, "");
  CHECK(has(obstacle_to_writing(path + "/report"), "no folder"));
  CHECK(!obstacle_to_writing(folder.path() + "/" + std::string(300, 'x')).empty());
}

TEST_CASE("a write that fails leaves the old report whole", "[files]") {
  const TemporaryDirectory folder;
  const auto path = folder.path() + "/report";
  write_file(path, "old");
  CHECK_THROWS(write_report_file(path + "/x", "new"));
  CHECK(read_file(path) == "old");
}

TEST_CASE("an input file that cannot be read is a mistake that names it", "[files]") {
  const TemporaryDirectory folder;
  CHECK_THROWS_AS(read_input_file(folder.path()), Mistakes);
  CHECK_THROWS_AS(read_input_file(folder.path() + "/missing"), Mistakes);
  write_file(folder.path() + "/large", std::string((16u << 20) + 1, 'x'));
  CHECK_THROWS_AS(read_input_file(folder.path() + "/large"), Mistakes);
  write_file(folder.path() + "/right", "text");
  CHECK(read_input_file(folder.path() + "/right") == "text");
}

}  // namespace postflight::test
