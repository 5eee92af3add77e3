#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "checks/support/limits.hpp"
#include "checks/support/plug_in.hpp"
#include "checks/support/text.hpp"
#include "clients/clients.hpp"
#include "runner/check.hpp"

namespace postflight {
extern constinit const CheckKind command_run;

namespace {

constexpr std::string_view monitoring_plugin = "monitoring-plugin", outcome = "outcome";
constexpr std::string_view contracts[] = {monitoring_plugin, outcome};
constexpr std::size_t most_output = 1u << 20;  // bytes: a verdict, not a download

constexpr Setting settings_of_run[] = {
    {"argv",
     SettingType::texts,
     "the plug-in and its arguments, never a shell line; without a slash it is looked for in PATH",
     true,
     "",
     {},
     {},
     true},
    {"contract",
     SettingType::text,
     "how it tells its verdict: monitoring-plugin (exit code and first line) or outcome (JSON)",
     true,
     "",
     {},
     contracts},
    {"directory", SettingType::text, "its working directory; ours when left out"},
    {"pass-environment", SettingType::texts,
     "variables of our environment handed to it beside PATH and HOME; a name may end in *"},
    {"environment", SettingType::text_map,
     "variables set in addition; the place for secrets, as arguments are seen by everybody"},
};

// The program's name and its arguments, for people.
std::string name_of(const std::vector<std::string>& argv) {
  std::string name;
  for (const auto& word : argv) name += name.empty() ? word : " " + word;
  const auto slash = argv.empty() ? std::string::npos : argv.front().rfind('/');
  return excerpt(slash == std::string::npos ? name : name.substr(slash + 1), 120);
}

class RunCheck : public Check {
 public:
  RunCheck(CommandRequest request, bool prints_outcome)
      : request_(std::move(request)), prints_outcome_(prints_outcome) {}

  Outcome run(const CheckContext& context) const override {
    const auto result = context.clients.commands.run(request_, limits_of(context));
    const auto name = name_of(request_.argv);
    return prints_outcome_ ? judge_printed_outcome(name, result)
                           : judge_monitoring_plugin(name, result);
  }

 private:
  CommandRequest request_;
  bool prints_outcome_;
};

std::unique_ptr<Check> create(const Settings& settings) {
  CommandRequest request;
  request.argv = settings.texts("argv");
  if (settings.has("argv") && (request.argv.empty() || request.argv.front().empty()))
    settings.mistake("argv", "'argv' must begin with a program");
  else if (request.argv.size() == 1 &&
           request.argv.front().find_first_of(" \t") != std::string::npos)
    settings.mistake("argv", "'argv' is no shell line: give a list, [program, argument, argument]");
  request.directory = settings.text("directory");
  if (settings.has("directory") && request.directory.empty())
    settings.mistake("directory", "'directory' must not be empty");
  request.environment_names = settings.texts("pass-environment");
  // Words and numbers that are the same on every machine.
  request.environment = {{"LC_ALL", "C.UTF-8"}};
  std::ranges::copy(settings.text_map("environment"), std::back_inserter(request.environment));
  request.output_limit = most_output;
  return std::make_unique<RunCheck>(std::move(request), settings.text("contract") == outcome);
}

}  // namespace

constinit const CheckKind command_run{
    "command.run", "a plug-in in any language ran to its end and found what it checks to be right",
    settings_of_run, create};

}  // namespace postflight
