#include <filesystem>

#include "tests/cli/program.hpp"
#include "tests/matrix/replies.hpp"
#include "tests/matrix/tools.hpp"

namespace postflight::matrix {

namespace {

namespace fs = std::filesystem;

std::vector<Failure> misplaced_plug_ins() {
  return {misplaced("the plug-in is missing", {"missing-tool"},
                    [](const std::string& folder, Addresses& addresses) {
                      addresses.plug_in = folder + "/plug-in";
                    }),
          misplaced("the plug-in may not be executed", {"missing-tool"},
                    [](const std::string& folder, Addresses& addresses) {
                      addresses.plug_in = folder + "/plug-in";
                      test::write_file(addresses.plug_in, "#!/bin/sh\n");
                      fs::permissions(addresses.plug_in, fs::perms::owner_read);
                    }),
          misplaced("the plug-in's directory is missing", {"configuration"},
                    [](const std::string& folder, Addresses& addresses) {
                      addresses.plug_in_directory = folder + "/nowhere";
                    })};
}

std::vector<Failure> endings() {
  return {
      failing_command("killed by a signal after its verdict", {"plug-in-error"},
                      "healthy; kill -SEGV $$"),
      to_the_deadline(
          failing_command("hangs after its verdict", {"timeout"}, "healthy; exec sleep 600")),
      to_the_deadline(failing_command(
          "hangs, ignores SIGTERM, and so does its child", {"timeout"},
          "trap '' TERM\n"
          "sh -c ': > processes/$$; exec sleep 600' & : > processes/$$; healthy; wait")),
      failing_command("its child keeps the output open", {},
                      "sh -c ': > processes/$$; exec sleep 600' & healthy; exit 0"),
      failing_command("waits for an answer to a question", {"unreadable"},
                      "read answer || exit 2; healthy"),
      failing_command("exit code 3, it could not find out", {"plug-in-unknown", "no-answer"},
                      "if [ -n \"$json\" ]; then\n"
                      "echo '{\"status\":\"errored\",\"summary\":\"no answer\",\"examined\":0,"
                      "\"evidence\":[],\"reason\":\"no-answer\"}'\n"
                      "else echo 'MAIL UNKNOWN - no answer'; fi; exit 3"),
      failing_command("exit code 4", {"plug-in-error"}, "healthy; exit 4"),
      failing_command("exit code 127 of a wrapper", {"plug-in-error"},
                      "echo 'check_mail: not found' >&2; exit 127"),
      failing_command("a crash (exit code 1, a traceback)", {"unreadable"},
                      "echo 'Traceback (most recent call last):' >&2; exit 1"),
      failing_command("wrong usage (exit code 2)", {"unreadable"},
                      "echo 'usage: check_mail [-w N]' >&2; exit 2"),
      failing_command("exit code 2 after the words of a pass", {"unreadable"}, "healthy; exit 2"),
      failing_command("exit code 0 after the words of a failure", {"unreadable"},
                      "healthy | sed 's/OK/CRITICAL/; s/passed/failed/g'; exit 0")};
}

std::vector<Failure> outputs() {
  return {failing_command("1 GB of output", {"too-large"}, "head -c 1G /dev/zero; healthy"),
          failing_command("1 GB of errors", {"too-large"}, "head -c 1G /dev/zero >&2; healthy"),
          failing_command("no output, exit code 0", {"unreadable"}, "exit 0"),
          failing_command("blank lines, exit code 0", {"unreadable"}, "echo; echo; exit 0"),
          failing_command("all of it on standard error", {"unreadable"}, "healthy >&2"),
          failing_command("only performance data, or only braces", {"unreadable"},
                          "if [ -n \"$json\" ]; then echo '{}'; else echo '| mails=0'; fi"),
          failing_command("its verdict twice", {"unreadable"}, "healthy; healthy"),
          failing_command("cut in the middle", {"unreadable"}, "healthy | head -c 40"),
          failing_command("bytes that are no text", {"unreadable"},
                          "printf '\\377\\376\\033[31m'; healthy"),
          failing_command("JSON a hundred thousand levels deep", {"unreadable"},
                          "yes '{\"a\":' | head -n 100000 | tr -d '\\n'")};
}

}  // namespace

Family plug_in_failures() {
  Family family{"plug-in", "Plug-ins", misplaced_plug_ins()};
  for (const auto& part : {endings(), outputs()})
    family.failures.insert(family.failures.end(), part.begin(), part.end());
  return family;
}

}  // namespace postflight::matrix
