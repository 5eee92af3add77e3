#include <fmt/format.h>

#include <algorithm>

#include "checks/support/limits.hpp"
#include "checks/support/terraform_judge.hpp"
#include "clients/clients.hpp"
#include "runner/check.hpp"

namespace postflight {
extern constinit const CheckKind terraform_plan_clean;

namespace {

using std::chrono::milliseconds;

constexpr Setting settings_of_plan_clean[] = {
    {"directory", SettingType::text, "the configuration to plan, already initialised", true},
    {"argv",
     SettingType::texts,
     "program and first arguments: terraform (when left out), tofu, terragrunt or a wrapper",
     false,
     "",
     {},
     {},
     true},
    {"plan-arguments",
     SettingType::texts,
     "more arguments for plan: -var-file=live.tfvars",
     false,
     "",
     {},
     {},
     true},
    {"allow", SettingType::texts,
     "known drift: addresses that may change, exact or up to a * at the end; output.NAME for "
     "outputs"},
    {"lock-timeout", SettingType::duration,
     "how long to wait for the state lock; never more than half of the check's time", false, "30s"},
    {"refresh", SettingType::flag, "false: compare with the state as it was last stored", false,
     "true"},
    {"pass-environment", SettingType::texts,
     "variables handed to the program beside PATH, HOME and the like; a name may end in *. When "
     "left out: TF_*, TG_*, AWS_*, ARM_*, GOOGLE_*, VAULT_*, KUBE*, PG*"},
    {"environment", SettingType::text_map, "variables set in addition"},
};

const std::vector<std::string> always_passed{
    "PATH",       "HOME",        "USER",       "TMPDIR",      "LANG",
    "LC_*",       "XDG_*",       "SSL_CERT_*", "HTTP_PROXY",  "NO_PROXY",
    "http_proxy", "HTTPS_PROXY", "no_proxy",   "https_proxy", "SSH_AUTH_SOCK"};
const std::vector<std::string> passed_by_default{"TF_*",     "TG_*",    "AWS_*", "ARM_*",
                                                 "GOOGLE_*", "VAULT_*", "KUBE*", "PG*"};

// A plan that asks something else than "is there anything to do", or writes files.
constexpr std::string_view forbidden_arguments[] = {"-destroy", "-refresh-only", "-out",
                                                    "-generate-config-out"};
// What makes a plan look at less, so that the evidence has to say so.
constexpr std::string_view narrowing_arguments[] = {"-target", "-target-file", "-exclude",
                                                    "-exclude-file", "-refresh"};

// The option's name: -target of --target=module.x.
std::string option_of(std::string_view argument) {
  if (argument.starts_with("--")) argument.remove_prefix(1);
  return std::string(argument.substr(0, argument.find('=')));
}

struct PlanWanted {
  std::vector<std::string> argv, plan_arguments;
  milliseconds lock_timeout{0};
  PlanRules rules;
  std::vector<std::string> pass_environment;
  std::vector<std::pair<std::string, std::string>> environment;
};

class PlanCleanCheck : public Check {
 public:
  explicit PlanCleanCheck(PlanWanted wanted) : wanted_(std::move(wanted)) {}

  Outcome run(const CheckContext& context) const override {
    const auto result = context.clients.commands.run(request(context), limits_of(context));
    return judge_plan(wanted_.rules, result);
  }

 private:
  CommandRequest request(const CheckContext& context) const {
    const auto left =
        std::chrono::duration_cast<milliseconds>(context.deadline - context.clock.now());
    const auto lock_timeout = std::chrono::floor<std::chrono::seconds>(
        std::clamp(wanted_.lock_timeout, milliseconds(0), std::max(left / 2, milliseconds(0))));
    CommandRequest request;
    request.argv = wanted_.argv;
    for (const auto* argument :
         {"plan", "-detailed-exitcode", "-json", "-input=false", "-no-color"})
      request.argv.emplace_back(argument);
    request.argv.push_back(fmt::format("-lock-timeout={}s", lock_timeout.count()));
    if (!wanted_.rules.refresh) request.argv.emplace_back("-refresh=false");
    request.argv.insert(request.argv.end(), wanted_.plan_arguments.begin(),
                        wanted_.plan_arguments.end());
    request.directory = wanted_.rules.directory;
    request.environment_names = always_passed;
    request.environment_names.insert(request.environment_names.end(),
                                     wanted_.pass_environment.begin(),
                                     wanted_.pass_environment.end());
    // Arguments hidden in the environment could narrow the plan; a log would flood the output.
    request.environment = {{"TF_CLI_ARGS", ""},
                           {"TF_CLI_ARGS_plan", ""},
                           {"TF_LOG", ""},
                           {"TF_IN_AUTOMATION", "1"},
                           {"CHECKPOINT_DISABLE", "1"}};
    request.environment.insert(request.environment.end(), wanted_.environment.begin(),
                               wanted_.environment.end());
    return request;
  }

  PlanWanted wanted_;
};

std::unique_ptr<Check> create_plan_clean(const Settings& settings) {
  PlanWanted wanted;
  wanted.argv = settings.texts("argv");
  wanted.plan_arguments = settings.texts("plan-arguments");
  wanted.lock_timeout = settings.duration("lock-timeout");
  wanted.pass_environment = settings.texts("pass-environment");
  wanted.environment = settings.text_map("environment");
  if (wanted.argv.empty()) wanted.argv.emplace_back("terraform");
  if (wanted.argv.front().empty()) settings.mistake("argv", "'argv' must begin with a program");
  wanted.rules = {wanted.argv.front(),
                  settings.nonempty_text("directory"),
                  settings.texts("allow"),
                  settings.flag("refresh"),
                  {}};
  if (!wanted.rules.refresh) wanted.rules.narrowed_by.emplace_back("-refresh=false");
  if (!settings.has("pass-environment")) wanted.pass_environment = passed_by_default;
  for (const auto& argument : wanted.plan_arguments) {
    const auto option = option_of(argument);
    if (std::ranges::find(forbidden_arguments, option) != std::end(forbidden_arguments))
      settings.mistake("plan-arguments",
                       fmt::format("{} would make it another plan, or write files", option));
    if (std::ranges::find(narrowing_arguments, option) != std::end(narrowing_arguments))
      wanted.rules.narrowed_by.push_back(argument);
  }
  for (const auto& pattern : wanted.rules.allow)
    if (pattern.empty() || pattern == "*")
      settings.mistake("allow", "'*' would allow every change: the check could not fail");
  return std::make_unique<PlanCleanCheck>(std::move(wanted));
}

}  // namespace

constinit const CheckKind terraform_plan_clean{
    "terraform.plan-clean",
    "Terraform plans no change: what runs is what the configuration says, outputs too",
    settings_of_plan_clean, create_plan_clean};

}  // namespace postflight
