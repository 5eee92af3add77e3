// The seven steps of an upgrade checklist as shell commands, in the same broken worlds: what is
// beside postflight's verdicts in docs/verdict-matrix.md.
#include <catch2/catch_test_macros.hpp>

#include <cstdlib>

#include "tests/matrix/page.hpp"
#include "tests/matrix/shell.hpp"
#include "tests/support/sanitized.hpp"

namespace postflight::matrix {
namespace {

void skip_without_programs() {
  if (test::is_sanitized)
    SKIP("shell commands run none of our code: nothing for a sanitizer to see");
  if (const auto missing = missing_programs(); !missing.empty())
    SKIP("not installed: " + missing + "; the page keeps what was found where they are");
}

void compare_and_tell(const std::string& name, const std::string& title,
                      const std::vector<Family>& families) {
  if (std::getenv("COMPARE_WITH_SHELL") == nullptr)
    SKIP("takes minutes, of which most is waiting: asked for with COMPARE_WITH_SHELL=1");
  skip_without_programs();
  const World world;
  const auto comparisons = compare(world, families);
  CHECK_FALSE(comparisons.empty());
  for (const auto& comparison : comparisons) {
    INFO(comparison.ours.name() << "\n" << comparison.ours.wrong);
    CHECK(comparison.ours.wrong.empty());
  }
  const auto found = comparison_section(name, title, families, comparisons);
  CHECK(section_in_page(name, found) == found);
}

}  // namespace

TEST_CASE("every shell step passes in the healthy world", "[matrix][shell]") {
  skip_without_programs();
  const World world;
  CHECK(complaints_about_health(world) == "");
}

TEST_CASE("a shell step asks every question that is made to fail", "[matrix][shell]") {
  skip_without_programs();
  const World world;
  CHECK(questions_never_asked(world) == "");
}

TEST_CASE("shell commands for Kubernetes and the edge meet the same failures", "[matrix][shell]") {
  compare_and_tell("shell-http", "Beside shell commands: Kubernetes and the edge",
                   {connection_failures(), status_failures(), body_failures()});
}

TEST_CASE("kubectl meets the failures of the Kubernetes API, of commands in pods and of logs",
          "[matrix][shell]") {
  compare_and_tell("shell-kubernetes", "Beside shell commands: objects, commands and logs",
                   {kubernetes_failures(), exec_failures(), log_failures()});
}

TEST_CASE("psql meets the same failures", "[matrix][shell]") {
  compare_and_tell("shell-postgres", "Beside shell commands: PostgreSQL",
                   {postgres_connection_failures(), postgres_state_failures()});
}

TEST_CASE("terraform in a shell meets the same failures", "[matrix][shell]") {
  compare_and_tell("shell-command", "Beside shell commands: Terraform", {command_failures()});
}

}  // namespace postflight::matrix
