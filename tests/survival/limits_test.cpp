// Memory, threads and processes that the system does not give: never a green that was not earned,
// never a torn report.
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <catch2/catch_test_macros.hpp>

#include "tests/support/sanitized.hpp"
#include "tests/survival/trial.hpp"
#include "tests/survival/well_world.hpp"

namespace postflight::test {
namespace {

// Runs with that limit. True when all was well; when it was not, what must hold is checked.
bool is_well_under(__rlimit_resource what, rlim_t limit) {
  Trial trial;
  const WellWorld world(trial);
  // Whoever may do everything is bound by no limit on processes.
  for (const auto& folder : {trial.folder.path(), trial.folder.path() + "/reports"})
    ::chmod(folder.c_str(), 0777);
  trial.setting.prepare = [&] {
    const rlimit limits{limit, limit};
    ::setrlimit(what, &limits);
    const rlimit no_core{0, 0};
    ::setrlimit(RLIMIT_CORE, &no_core);
    if (what == RLIMIT_NPROC && ::getuid() == 0) {
      constexpr uid_t nobody = 65534;
      if (::setgid(nobody) != 0 || ::setuid(nobody) != 0) ::_exit(99);
    }
  };
  const auto end = StartedProgram(trial.setting).wait();
  INFO("limit " << limit << ", exit code " << end.exit_code << ", signal " << end.signal << ": "
                << trial.text_of("err"));
  CHECK(end.exit_code != 99);
  CHECK(trial.reports.faults(world.ids()) == "");
  const bool is_well = end.exit_code == 0;
  if (is_well) {
    REQUIRE(trial.reports.count() == 3);
    CHECK(ids_with(trial.reports.json(), "passed") == world.ids());
  }
  // A program that is ended for want of memory cannot tidy up.
  if (end.signal == 0) CHECK(trial.reports.strangers().empty());
  return is_well;
}

}  // namespace

TEST_CASE("with too little memory the exit code is never 0 unless all was found out",
          "[survival][limits]") {
  if (is_sanitized) SKIP("a sanitizer needs an address space without a limit");
  constexpr rlim_t mebibyte = 1u << 20;
  int unwell = 0;
  for (rlim_t limit = 20; limit <= 300; limit += 8)
    if (!is_well_under(RLIMIT_AS, limit * mebibyte)) ++unwell;
  CHECK(unwell > 0);
  CHECK(is_well_under(RLIMIT_AS, RLIM_INFINITY));
}

TEST_CASE("without threads to be had the exit code is never 0 unless all was found out",
          "[survival][limits]") {
  CHECK_FALSE(is_well_under(RLIMIT_NPROC, 1));
  for (rlim_t limit = 2; limit <= 12; ++limit) is_well_under(RLIMIT_NPROC, limit);
}

}  // namespace postflight::test
