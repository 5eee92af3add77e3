#include <filesystem>

#include "tests/cli/program.hpp"
#include "tests/matrix/replies.hpp"
#include "tests/matrix/tools.hpp"

namespace postflight::matrix {

namespace {

namespace fs = std::filesystem;

// A file in the program's place.
Failure file_instead(std::string name, const std::string& text, fs::perms permissions) {
  return misplaced(std::move(name), {"missing-tool"},
                   [=](const std::string& folder, Addresses& addresses) {
                     addresses.terraform = folder + "/terraform";
                     test::write_file(addresses.terraform, text);
                     fs::permissions(addresses.terraform, permissions);
                   });
}

std::vector<Failure> misplaced_programs() {
  return {
      misplaced("the program is missing", {"missing-tool"},
                [](const std::string& folder, Addresses& addresses) {
                  addresses.terraform = folder + "/terraform";
                }),
      file_instead("the program may not be executed", "#!/bin/sh\n", fs::perms::owner_read),
      misplaced(
          "a directory instead of the program", {"missing-tool"},
          [](const std::string& folder, Addresses& addresses) { addresses.terraform = folder; }),
      file_instead("the program's interpreter is missing", "#!/nowhere/sh\n", fs::perms::owner_all),
      file_instead("the program is for another machine",
                   "\x7f"
                   "ELF no program",
                   fs::perms::owner_all),
      misplaced("the working directory is missing", {"configuration"},
                [](const std::string& folder, Addresses& addresses) {
                  addresses.terraform_directory = folder + "/nowhere";
                }),
      misplaced("a file instead of the working directory", {"configuration"},
                [](const std::string& folder, Addresses& addresses) {
                  addresses.terraform_directory = folder + "/file";
                  test::write_file(addresses.terraform_directory, "");
                })};
}

std::vector<Failure> endings() {
  return {failing_command("killed by a signal", {"plan-error"}, "kill -KILL $$"),
          failing_command("a whole plan, then killed by a signal", {"plan-error"},
                          "healthy; kill -SEGV $$"),
          to_the_deadline(failing_command("hangs", {"timeout"}, "healthy; exec sleep 600")),
          to_the_deadline(failing_command(
              "hangs, ignores SIGTERM, and so does its child", {"timeout"},
              "trap '' TERM\n"
              "sh -c ': > processes/$$; exec sleep 600' & : > processes/$$; healthy; wait")),
          to_the_deadline(failing_command("is stopped (SIGSTOP)", {"timeout"},
                                          ": > processes/$$; healthy; kill -STOP $$")),
          to_the_deadline(failing_command("one byte a second", {"timeout"},
                                          "while :; do printf x; sleep 1; done")),
          failing_command("its child keeps the output open", {},
                          "sh -c ': > processes/$$; exec sleep 600' & healthy; exit 0"),
          failing_command("waits for an answer to a question", {"plan-error"},
                          "echo 'Enter a value:'; read answer || exit 1; healthy"),
          failing_command("exit code 1 after a whole plan", {"plan-error"}, "healthy; exit 1"),
          failing_command("exit code 3 after a whole plan", {"plan-error"}, "healthy; exit 3"),
          failing_command("exit code 127 of a wrapper", {"plan-error"},
                          "echo 'terraform: not found' >&2; exit 127"),
          failing_command("a crash of the program (exit code 2)", {"unreadable"},
                          "echo 'panic: runtime error: index out of range' >&2; exit 2"),
          failing_command("wrong usage (exit code 2)", {"unreadable"},
                          "echo 'Usage: wrapper [options]' >&2; exit 2"),
          failing_command("exit code 2 after a plan without changes", {"unreadable"},
                          "healthy; exit 2"),
          failing_command("exit code 0 after a plan with changes", {"unreadable"},
                          "if [ -n \"$json\" ]; then recorded changes; else\n"
                          "echo 'Plan: 1 to add, 0 to change, 0 to destroy.'; fi; exit 0")};
}

std::vector<Failure> outputs() {
  const std::string cut_summary =
      "if [ -n \"$json\" ]; then recorded no_changes | head -n 3; "
      "recorded no_changes | sed -n 4p | head -c 150; else printf 'No chan'; fi; exit 0";
  return {
      failing_command("1 GB of output", {"too-large"}, "head -c 1G /dev/zero; healthy"),
      failing_command("1 GB of errors", {"too-large"}, "head -c 1G /dev/zero >&2; healthy"),
      failing_command("no output, exit code 0", {"unreadable"}, "exit 0"),
      failing_command("no output, exit code 2", {"unreadable"}, "exit 2"),
      failing_command("all of it on standard error", {"unreadable"}, "healthy >&2"),
      failing_command("text for people instead of JSON lines", {"unreadable"}, "json=; healthy"),
      failing_command("invalid JSON lines", {"unreadable"},
                      "if [ -n \"$json\" ]; then recorded no_changes | tr '{' '['; else\n"
                      "echo 'N\xff changes'; fi"),
      failing_command("JSON lines cut in the middle", {"unreadable"}, cut_summary),
      failing_command("JSON a hundred thousand levels deep", {"unreadable"},
                      "yes '{\"a\":' | head -n 100000 | tr -d '\\n'"),
      failing_command("no summary", {"unreadable"},
                      "if [ -n \"$json\" ]; then recorded no_changes | "
                      "grep -v change_summary; fi; exit 0"),
      failing_command(
          "the summary of an apply", {"unreadable"},
          "if [ -n \"$json\" ]; then recorded no_changes | "
          "sed 's/\"operation\":\"plan\"/\"operation\":\"apply\"/'; "
          "else echo 'Apply complete! Resources: 0 added, 0 changed, 0 destroyed.'; fi"),
      failing_command("a configuration in which there is nothing", {"nothing-examined"},
                      "if [ -n \"$json\" ]; then recorded no_changes | "
                      "grep -e '\"version\"' -e change_summary; else healthy; fi")};
}

// What terraform says for people on standard error, and as JSON.
Failure refuses(std::string name, std::set<std::string> reasons, const std::string& recording,
                const std::string& words) {
  return failing_command(std::move(name), std::move(reasons),
                         "if [ -n \"$json\" ]; then recorded " + recording + "; else\n" +
                             "echo 'Error: " + words + "' >&2; fi; exit 1");
}

std::vector<Failure> refusals() {
  return {refuses("the state is locked", {"locked"}, "locked", "Error acquiring the state lock"),
          refuses("not initialised", {"configuration"}, "backend_uninitialised",
                  "Backend initialization required, please run \"terraform init\""),
          refuses("a provider is missing", {"configuration"}, "provider_missing",
                  "Required plugins are not installed"),
          refuses("an invalid configuration", {"plan-error"}, "invalid",
                  "Reference to undeclared resource"),
          refuses("a failed precondition", {"plan-error"}, "precondition_failed",
                  "Resource precondition failed")};
}

}  // namespace

Family command_failures() {
  Family family{"command", "Commands", misplaced_programs()};
  for (const auto& part : {endings(), outputs(), refusals()})
    family.failures.insert(family.failures.end(), part.begin(), part.end());
  return family;
}

}  // namespace postflight::matrix
