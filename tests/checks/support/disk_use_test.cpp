#include "checks/support/disk_use.hpp"

#include <catch2/catch_test_macros.hpp>

#include "checks/support/sizes.hpp"
#include "runner/check.hpp"

namespace postflight::test {

TEST_CASE("df of GNU coreutils and of busybox is read alike", "[disk-use]") {
  const auto gnu = read_disk_use(
      "Filesystem     1024-blocks  Used Available Capacity Mounted on\n"
      "shm                  65536   640     64896       1% /dev/shm\n");
  CHECK(gnu.device == "shm");
  CHECK(gnu.mount == "/dev/shm");
  CHECK(gnu.capacity == 64u << 20);
  CHECK(gnu.used == 640u << 10);
  CHECK(gnu.percent() == 1);
  const auto busybox = read_disk_use(
      "Filesystem           1024-blocks    Used Available Capacity Mounted on\n"
      "tmpfs                 24684092   1000000  23684092   4% /dev/shm\n");
  CHECK(busybox.percent() == 5);  // rounded up, as df -P of coreutils does
}

TEST_CASE("a long device name on a line of its own is read too", "[disk-use]") {
  const auto use = read_disk_use(
      "Filesystem           1K-blocks      Used Available Use% Mounted on\n"
      "storage.example.com:/exports/a/very/long/name with spaces\n"
      "                         65536      0     65536   0% /mnt/a b\n");
  CHECK(use.device == "storage.example.com:/exports/a/very/long/name with spaces");
  CHECK(use.mount == "/mnt/a b");
  CHECK(use.percent() == 0);
}

TEST_CASE("the percentage leaves out what is reserved, and is rounded up", "[disk-use]") {
  const auto use = read_disk_use(
      "Filesystem 1024-blocks Used Available Capacity Mounted on\n"
      "/dev/sda1 1000 799 200 80% /dev/shm\n");
  CHECK(use.percent() == 80);
}

TEST_CASE("what is not one file system in a known unit is unreadable", "[disk-use]") {
  const std::string header = "Filesystem 1024-blocks Used Available Capacity Mounted on\n";
  for (const auto& output :
       {std::string(), header, header + "shm 65536 0 65536 0%\n", header + "no numbers here /x\n",
        std::string("shm 65536 0 65536 0% /dev/shm\n"),
        std::string("Filesystem Size Used Avail Use% Mounted on\nshm 64M 0 64M 0% /dev/shm\n"),
        header + "shm 65536 0 65536 0% /dev/shm\nother 1 0 1 0% /x\n",
        header + "shm 99999999999999999999 0 1 0% /dev/shm\n", header + "shm 0 0 0 - /dev/shm\n"}) {
    INFO(output);
    CHECK_THROWS_AS(read_disk_use(output), CannotTell);
  }
}

TEST_CASE("sizes are read and written as Kubernetes quantities", "[sizes]") {
  CHECK(parse_size("64Mi") == 64u << 20);
  CHECK(parse_size("1.5Gi") == 1536u << 20);
  CHECK(parse_size("500M") == 500'000'000u);
  CHECK(parse_size("1024") == 1024u);
  for (const auto* text : {"", "Mi", "64mi", "64 Mi", "-1Mi", "1e3", "64MiB", "nan", "5000Pi"}) {
    INFO(text);
    CHECK_FALSE(parse_size(text));
  }
  CHECK(format_size(64u << 20) == "64Mi");
  CHECK(format_size(1536u << 20) == "1.5Gi");
  CHECK(format_size(512) == "512");
}

}  // namespace postflight::test
