// SIGTERM, SIGINT and SIGHUP at random moments of a run on the stand-in world. What must hold
// afterwards does not depend on the moment.
#include <fmt/format.h>

#include <catch2/catch_test_macros.hpp>
#include <chrono>
#include <csignal>
#include <nlohmann/json.hpp>
#include <random>
#include <thread>

#include "tests/support/sanitized.hpp"
#include "tests/support/world_program.hpp"
#include "tests/survival/trial.hpp"

namespace postflight::test {
namespace {

using Json = nlohmann::json;
using std::chrono::microseconds;
using std::chrono::steady_clock;

const std::string world_program = std::string(TEST_PROGRAMS) + "/postflight-world";
const std::string checklist = std::string(SOURCE_ROOT) + "/checklists/authentik-upgrade.yaml";

// One run of the shipped checklist on the world.
struct WorldTrial : Trial {
  explicit WorldTrial(const WorldProgram& world) {
    add({checklist, "--kubeconfig", world.directory() + "/kubeconfig", "--vars",
         world.directory() + "/vars.yaml"});
    if (Json::parse(world.file("world.json")).at("terraform_directory").is_null())
      add({"--skip", "terraform-plan"});
  }
};

std::set<std::string> all_ids(const std::string& json_path) {
  std::set<std::string> ids;
  for (const auto* status : {"passed", "warned", "failed", "errored", "skipped"})
    ids.merge(ids_with(json_path, status));
  return ids;
}

constexpr int most_trials = 60;
constexpr std::chrono::seconds time_for_trials(is_sanitized ? 20 : 40);

// What a run that nobody disturbs looks like.
struct Undisturbed {
  explicit Undisturbed(const WorldProgram& world) : trial(world) {
    const auto began = steady_clock::now();
    REQUIRE(StartedProgram(trial.setting).wait().exit_code == 0);
    took = std::chrono::duration_cast<microseconds>(steady_clock::now() - began);
    ids = all_ids(trial.reports.json());
    REQUIRE(ids.size() == 8);
    REQUIRE(trial.reports.count() == 3);
  }
  WorldTrial trial;
  microseconds took{0};
  std::set<std::string> ids;
};

// Moments from before main() to after the end. The seed is printed when anything fails.
class Moments {
 public:
  explicit Moments(microseconds run) : until_(0, run.count() * 5 / 4) {}
  microseconds next() { return microseconds(until_(numbers_)); }
  bool chance() { return numbers_() % 2 == 0; }
  int signal() { return std::array{SIGTERM, SIGINT, SIGHUP}[numbers_() % 3]; }

  // A slow machine makes fewer trials.
  bool time_is_left() const { return steady_clock::now() - began_ < time_for_trials; }

  static constexpr unsigned seed = 20260127;

 private:
  const steady_clock::time_point began_ = steady_clock::now();
  std::mt19937 numbers_{seed};
  std::uniform_int_distribution<microseconds::rep> until_;
};

void check_what_must_hold(const Trial& trial, const Undisturbed& undisturbed) {
  CHECK(trial.reports.strangers() == std::vector<std::string>{});
  CHECK(trial.reports.faults(undisturbed.ids) == "");
}

}  // namespace

TEST_CASE("one signal at any moment: all reports whole, or none and the run had not begun",
          "[survival][signals]") {
  const WorldProgram world(world_program, {"--seconds", "300"});
  const Orphans orphans;
  const Undisturbed undisturbed(world);
  Moments moments(undisturbed.took);
  std::map<std::string, int> met;
  std::vector<std::string> written;
  std::vector<std::unique_ptr<WorldTrial>> trials;
  for (int count = 0; count < most_trials && moments.time_is_left(); ++count) {
    const auto moment = moments.next();
    const auto number = moments.signal();
    INFO(fmt::format("seed {}, trial {}: signal {} after {} us", Moments::seed, count, number,
                     moment.count()));
    trials.push_back(std::make_unique<WorldTrial>(world));
    const auto& trial = *trials.back();
    StartedProgram run(trial.setting);
    std::this_thread::sleep_for(moment);
    run.signal(number);
    const auto end = run.wait();
    check_what_must_hold(trial, undisturbed);
    if (end.signal != 0) {
      CHECK(end.signal == number);
      CHECK(trial.reports.count() == 0);
      ++met["before the run"];
      continue;
    }
    REQUIRE(trial.reports.count() == 3);
    written.push_back(trial.reports.json());
    const auto in_report = exit_code_in(trial.reports.json());
    if (end.exit_code == 0) {
      CHECK(in_report == 0);
      ++met["after the run"];
    } else {
      CHECK(end.exit_code == 128 + number);
      ++met[in_report == 0 ? "while telling" : "in the run"];
      // In the run: what had not ended is errored, what had ended may be green.
      if (in_report != 0) {
        CHECK(in_report == 128 + number);
        CHECK(!ids_with(trial.reports.json(), "errored").empty());
      }
    }
  }
  CHECK(orphans.living() == std::vector<std::string>{});
  for (const auto& [when, times] : met) UNSCOPED_INFO(times << " signals came " << when);
  CHECK(met["in the run"] > 0);
  bool looked = false;
  CHECK(schema_faults(written, looked) == "");
  if (!looked) WARN("python3-jsonschema is not installed: only required members were looked at");
}

TEST_CASE("a second signal ends at once, and still tears no report and leaves nothing behind",
          "[survival][signals]") {
  const WorldProgram world(world_program, {"--seconds", "300"});
  const Orphans orphans;
  const Undisturbed undisturbed(world);
  Moments moments(undisturbed.took);
  for (int count = 0; count < most_trials && moments.time_is_left(); ++count) {
    const auto first = moments.next(), second = moments.next() / 20;
    const int numbers[] = {moments.signal(), moments.signal()};
    INFO(fmt::format("seed {}, trial {}: signal {} after {} us, signal {} after {} us more",
                     Moments::seed, count, numbers[0], first.count(), numbers[1], second.count()));
    const WorldTrial trial(world);
    StartedProgram run(trial.setting);
    std::this_thread::sleep_for(first);
    run.signal(numbers[0]);
    if (moments.chance()) std::this_thread::sleep_for(second);
    run.signal(numbers[1]);
    const auto end = run.wait();
    check_what_must_hold(trial, undisturbed);
    const bool by_signal = end.signal == numbers[0] || end.signal == numbers[1];
    const bool told = end.exit_code == 128 + numbers[0] || end.exit_code == 128 + numbers[1];
    CHECK((by_signal || told || end.exit_code == 0));
    if (by_signal) CHECK(trial.reports.count() == 0);
    if (end.exit_code == 0) CHECK(trial.reports.count() == 3);
  }
  CHECK(orphans.living() == std::vector<std::string>{});
}

}  // namespace postflight::test
