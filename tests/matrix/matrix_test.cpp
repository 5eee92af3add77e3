// Every kind against every way its world can fail, with the real program. One test case for each
// family of failures: docs/verdict-matrix.md has a section for each.
#include <catch2/catch_test_macros.hpp>

#include "tests/matrix/cell.hpp"
#include "tests/matrix/page.hpp"
#include "tests/matrix/verdict.hpp"
#include "tests/support/sanitized.hpp"

namespace postflight::matrix {
namespace {

void run_and_compare(const Family& family) {
  const World world;
  const auto cells = run_family(world, family);
  CHECK_FALSE(cells.empty());
  for (const auto& cell : cells) {
    INFO(cell.name() << "\n" << cell.wrong);
    CHECK(cell.wrong.empty());
  }
  if (test::is_sanitized) return;
  const auto found = section_of(family, cells);
  CHECK(without_seconds(section_in_page(family.name, found)) == without_seconds(found));
}

}  // namespace

TEST_CASE("every subject passes in the healthy world", "[matrix]") {
  const World world;
  for (const auto& subject : subjects()) {
    const auto found = run_check(subject, world.addresses(), long_timeout());
    INFO(subject.name() << ": " << found.summary << found.trouble);
    CHECK(found.status == "passed");
    CHECK(found.trouble.empty());
  }
}

TEST_CASE("no broken connection becomes a pass or an unearned failure", "[matrix]") {
  run_and_compare(connection_failures());
}

TEST_CASE("no other status becomes a pass or an unearned failure", "[matrix]") {
  run_and_compare(status_failures());
}

TEST_CASE("no other body becomes a pass or an unearned failure", "[matrix]") {
  run_and_compare(body_failures());
}

TEST_CASE("no failure of the Kubernetes API becomes a pass or an unearned failure", "[matrix]") {
  run_and_compare(kubernetes_failures());
}

TEST_CASE("no failure of a command in a pod becomes a pass or an unearned failure", "[matrix]") {
  run_and_compare(exec_failures());
}

TEST_CASE("no failure of a log becomes a pass or an unearned failure", "[matrix]") {
  run_and_compare(log_failures());
}

TEST_CASE("no failure on the way to PostgreSQL becomes a pass or an unearned failure",
          "[matrix][postgres]") {
  run_and_compare(postgres_connection_failures());
}

TEST_CASE("no failure in PostgreSQL becomes a pass or an unearned failure", "[matrix][postgres]") {
  run_and_compare(postgres_state_failures());
}

TEST_CASE("no failure of a command becomes a pass or an unearned failure", "[matrix][command]") {
  run_and_compare(command_failures());
}

TEST_CASE("no failure of a plug-in becomes a pass or an unearned failure", "[matrix][plug-in]") {
  run_and_compare(plug_in_failures());
}

TEST_CASE("no failure of a DNS server becomes a pass or an unearned failure", "[matrix][network]") {
  run_and_compare(dns_failures());
}

TEST_CASE("no failure of a port becomes a pass or an unearned failure", "[matrix][network]") {
  run_and_compare(tcp_failures());
}

TEST_CASE("no failure of a TLS server becomes a pass or an unearned failure", "[matrix][network]") {
  run_and_compare(tls_failures());
}

TEST_CASE("no error of Prometheus becomes a pass or an unearned failure", "[matrix][prometheus]") {
  run_and_compare(prometheus_failures());
}

TEST_CASE("the page's totals are those of its sections", "[matrix]") {
  CHECK(beginning_in_page() == beginning_from_sections());
}

}  // namespace postflight::matrix
