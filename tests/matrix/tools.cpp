#include "tests/matrix/tools.hpp"

#include <fmt/format.h>
#include <signal.h>
#include <sys/resource.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <thread>

#include "tests/cli/program.hpp"
#include "tests/support/sanitized.hpp"

namespace postflight::matrix {

namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;

constexpr auto stand_in = R"sh(#!/bin/sh
case " $* " in *" -json "*) json=1 ;; *) json= ;; esac
recorded() {{ cat '{}/terraform/'"$1.jsonl"; }}
healthy() {{
  if [ -n "$json" ]; then recorded no_changes; else
    echo 'No changes. Your infrastructure matches the configuration.'
  fi
}}
. ./behaviour
)sh";

// Its first argument is the contract that it keeps.
constexpr auto stand_in_plug_in = R"sh(#!/bin/sh
case "$1" in outcome) json=1 ;; *) json= ;; esac
healthy() {
  if [ -n "$json" ]; then
    echo '{"status":"passed","summary":"no mail waits","examined":1,"evidence":'
    echo '[{"subject":"queue","expected":"at most 5","observed":"none","status":"passed"}]}'
  else
    echo 'MAIL OK - no mail waits | mails=0;5;10;0'
  fi
}
. ./behaviour
)sh";

// What a run of postflight may take at most, whatever a program prints.
constexpr long most_kilobytes = 256 * 1024;

// Gone, or dead and only waiting for its parent to look.
bool has_ended(int process) {
  std::ifstream file(fmt::format("/proc/{}/stat", process));
  std::string text;
  if (!std::getline(file, text)) return true;
  const auto name_end = text.rfind(')');
  return name_end == text.npos || text.compare(name_end, 3, ") Z") == 0;
}

class WithCommand : public BrokenWorld {
 public:
  WithCommand(const World& world, const std::string& behaviour) {
    addresses = world.addresses();
    addresses.terraform_directory = addresses.plug_in_directory = directory_.path();
    Tools::write_configuration(directory_.path(), behaviour);
  }

  // Processes write their numbers into the folder "processes": none may outlive the run.
  std::string trouble() const override {
    std::error_code error;
    for (const auto& entry : fs::directory_iterator(directory_.path() + "/processes", error)) {
      const auto process = std::stoi(entry.path().filename().string());
      const auto patience = std::chrono::steady_clock::now() + 20s;
      while (!has_ended(process) && std::chrono::steady_clock::now() < patience)
        std::this_thread::sleep_for(10ms);
      if (has_ended(process)) continue;
      ::kill(process, SIGKILL);
      return fmt::format("the process {} of the program outlived the run", process);
    }
    // A new process counts the memory of the one that started it as its own: that is us.
    rusage used{}, by_us{};
    ::getrusage(RUSAGE_CHILDREN, &used);
    ::getrusage(RUSAGE_SELF, &by_us);
    const auto tells = !test::is_sanitized && by_us.ru_maxrss < most_kilobytes;
    if (tells && used.ru_maxrss > most_kilobytes)
      return fmt::format("a run took {} kB of memory", used.ru_maxrss);
    return "";
  }

 private:
  const test::TemporaryDirectory directory_;
};

// A program, or a directory for it, that is not what it should be. `make` gets a new folder.
class Misplaced : public BrokenWorld {
 public:
  Misplaced(const World& world, const MisplaceParts& make) {
    addresses = world.addresses();
    make(directory_.path(), addresses);
  }

 private:
  const test::TemporaryDirectory directory_;
};

}  // namespace

Tools::Tools() {
  test::write_file(program(), fmt::format(stand_in, FIXTURES));
  fs::permissions(program(), fs::perms::owner_all);
  test::write_file(plug_in(), stand_in_plug_in);
  fs::permissions(plug_in(), fs::perms::owner_all);
  fs::create_directory(configuration());
  write_configuration(configuration(), "healthy");
}

void Tools::write_configuration(const std::string& directory, const std::string& behaviour) {
  fs::create_directory(directory + "/processes");
  test::write_file(directory + "/behaviour", behaviour + "\n");
}

Failure failing_command(std::string name, std::set<std::string> reasons, std::string behaviour) {
  Failure failure;
  failure.name = std::move(name);
  failure.reasons = std::move(reasons);
  failure.hits_one_question = false;
  failure.break_world = [behaviour = std::move(behaviour)](const World& world, Part,
                                                           const std::string&) {
    return std::make_unique<WithCommand>(world, behaviour);
  };
  return failure;
}

Failure misplaced(std::string name, std::set<std::string> reasons, MisplaceParts make) {
  auto failure = failing_command(std::move(name), std::move(reasons), "");
  failure.break_world = [make = std::move(make)](const World& world, Part, const std::string&) {
    return std::make_unique<Misplaced>(world, make);
  };
  return failure;
}

}  // namespace postflight::matrix
