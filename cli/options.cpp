#include "cli/options.hpp"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>

#include "checks/catalogue.hpp"
#include "cli/raw_options.hpp"
#include "runner/suggest.hpp"

namespace postflight {
namespace {

constexpr const char* examples = R"(Examples:
  postflight run checklists/authentik-upgrade.yaml --vars my-cluster.yaml
  postflight run upgrade.yaml --set namespace=auth --report junit=postflight.xml
  postflight run upgrade.yaml --only 'outpost-*' --wait 5m
  postflight selftest upgrade.yaml --vars my-cluster.yaml
  postflight rbac upgrade.yaml --vars my-cluster.yaml
  postflight lint checklists/*.yaml
  postflight explain k8s.service-endpoints

Exit codes: 0 nothing blocking failed or is unknown, 1 a blocking check failed, 2 a blocking check
could not find out, 3 wrong usage or checklist, 130 and 143 interrupted.)";

constexpr const char* run_examples = R"(Examples:
  postflight run upgrade.yaml --vars my-cluster.yaml --set app_url=https://app.example.com/
  postflight run upgrade.yaml --report json=out/report.json --report junit=out/report.xml
  postflight run cluster.yaml --context production,staging
  postflight run upgrade.yaml --report markdown=summary.md --report github
  postflight run upgrade.yaml --report prometheus=http://pushgateway.example.com:9091
  postflight run upgrade.yaml -o json | jq '.checks[] | select(.status != "passed")'
  postflight run upgrade.yaml --only outpost-endpoints --wait 5m --hold 10m -v
  postflight run upgrade.yaml --vars my-cluster.yaml --record incident
  postflight run upgrade.yaml --replay incident)";

constexpr const char* merge_examples =
    R"(A shard that is missing leaves its checks errored; the exit code is that of the whole run.
Examples:
  postflight merge shard-*.json
  postflight merge shard-*.json -q --report json=out/report.json --report junit=out/report.xml)";

constexpr const char* selftest_examples =
    R"(Runs the checklist once, then each check again and again on what it read, one answer changed at a
time: what stays green whatever is changed is vacuous.
Examples:
  postflight selftest upgrade.yaml --vars my-cluster.yaml
  postflight selftest upgrade.yaml --only 'outpost-*' -v
  postflight selftest upgrade.yaml --replay recordings/good
  postflight selftest upgrade.yaml -o json | jq '.checks[] | select(.verdict == "vacuous")'
Exit codes: 0 every check can fail, 1 a check is vacuous, 2 a blocking check could not be tested,
3 wrong usage or checklist, 130 and 143 interrupted.)";

constexpr const char* rbac_examples = R"(Examples:
  postflight rbac upgrade.yaml --vars my-cluster.yaml
  postflight rbac cluster.yaml --skip tls-secrets-valid --service-account ops/postflight
  postflight rbac upgrade.yaml --vars my-cluster.yaml | kubectl diff -f -)";

constexpr const char* completion_examples = R"(To use it:
  bash:  source <(postflight completion bash)
  zsh:   postflight completion zsh > "${fpath[1]}/_postflight"
  fish:  postflight completion fish > ~/.config/fish/completions/postflight.fish)";

class CommandLine {
 public:
  CommandLine() {
    app_.name("postflight");
    app_.set_version_flag("--version", "postflight " POSTFLIGHT_VERSION, "Print the version");
    app_.set_help_flag("-h,--help", "Print this help");
    app_.footer(examples);
    app_.require_subcommand(0, 1);
    app_.allow_extras();
    add_run();
    add_selftest();
    add_merge();
    add_lint();
    add_list();
    add_rbac();
    add_explain();
    add_schema();
    add_completion();
  }

  std::variant<Options, UsageAnswer> parse(int argc, const char* const* argv);
  std::vector<CommandWords> words() const;

 private:
  CLI::App& add_command(Command command, const char* name, const char* about) {
    auto* added = app_.add_subcommand(name, about);
    added->allow_extras();
    commands_.emplace_back(added, command);
    return *added;
  }

  // One value each time, so that a checklist may follow it.
  static CLI::Option* add_list(CLI::App& command, const char* names,
                               std::vector<std::string>& values, const char* about) {
    return command.add_option(names, values, about)->allow_extra_args(false);
  }

  void add_checklists(CLI::App& command) {
    command.add_option("CHECKLIST", raw_.checklists, "Checklist files")->type_name("FILE");
    add_list(command, "--set", raw_.set, "Set a variable; a list as [one, two]")
        ->type_name("NAME=VALUE");
    add_list(command, "--vars", raw_.vars, "Set variables from a YAML map; --set wins over it")
        ->type_name("FILE");
  }

  void add_selection(CLI::App& command) {
    add_list(command, "--tag", raw_.tags, "Only checks with this tag, and what they need")
        ->type_name("TAG");
    add_list(command, "--only", raw_.only, "Only this check (id or glob), and what it needs")
        ->type_name("ID");
    add_list(command, "--skip", raw_.skip, "Not this check (id or glob)")->type_name("ID");
  }

  void add_cluster(CLI::App& command, const char* about_context) {
    command
        .add_option("--kubeconfig", raw_.kubeconfig,
                    "Kubeconfig file; else KUBECONFIG, ~/.kube/config or the pod's own account")
        ->type_name("FILE");
    command.add_option("--context", raw_.context, about_context)->type_name("NAME");
  }

  void add_reports(CLI::App& command) {
    std::vector<std::string_view> formats;
    for (const auto& format : all_report_formats()) formats.push_back(format.name);
    add_list(command, "--report", raw_.reports,
             fmt::format("Write a report there: {}. PATH - is standard output; prometheus takes a "
                         "URL, too; github alone: annotations where GitHub Actions runs it",
                         fmt::join(formats, ", "))
                 .c_str())
        ->type_name("FORMAT=PATH");
    command
        .add_option("-o,--output", raw_.output,
                    "Format on standard output (default text); --report names them")
        ->type_name("FORMAT");
    command.add_flag("-q,--quiet", raw_.quiet, "Tell only what is not green; no live status");
    command.add_option("--color", raw_.colour, "auto, always or never; NO_COLOR is heeded")
        ->type_name("WHEN");
    command.add_flag("--no-color", raw_.no_colour, "The same as --color never");
  }

  void add_run() {
    auto& run = add_command(Command::run, "run", "Run the checks and tell what they found");
    run.footer(run_examples);
    add_checklists(run);
    add_selection(run);
    add_cluster(run, "Context of the kubeconfig; a,b,c are several clusters at once");
    add_reports(run);
    run.add_option("--fleet", raw_.fleet, "Run on each cluster of this file; see docs/fleet.md")
        ->type_name("FILE");
    run.add_option("--shard", raw_.shard,
                   "Run the I-th of N parts, from 0; postflight merge joins their JSON reports")
        ->type_name("I/N");
    run.add_option("--run-id", raw_.run_id,
                   "Of --shard: a name that all shards of one run share, such as the Job's UID")
        ->type_name("TEXT");
    run.add_flag("-v,--verbose", raw_.verbose, "Tell each attempt on standard error");
    run.add_option("--record", raw_.record,
                   "Keep all that is asked and answered there, without secrets")
        ->type_name("DIR");
    run.add_option("--replay", raw_.replay,
                   "Ask nobody: take the answers, and the day, from that recording")
        ->type_name("DIR");
    run.add_option("--wait", raw_.wait, "How long a check may take to become true, e.g. 5m")
        ->type_name("DURATION");
    run.add_option("--hold", raw_.hold, "How long a check must then stay true, e.g. 10m")
        ->type_name("DURATION");
    run.add_option("--deadline", raw_.deadline,
                   "The whole run ends by then (default 10m, and the longest hold)")
        ->type_name("DURATION");
    run.add_option("--jobs", raw_.jobs, "Checks at once, at most (default 32)")->type_name("N");
    run.add_option("--fail-on", raw_.fail_on, "warn: a warning fails the run")->type_name("warn");
  }

  void add_merge() {
    auto& merge = add_command(Command::merge, "merge",
                              "Join the JSON reports of all shards of one run into one");
    merge.footer(merge_examples);
    merge.add_option("REPORT", raw_.parts, "JSON reports of run --shard I/N, one of each I")
        ->type_name("FILE");
    add_reports(merge);
  }

  void add_selftest() {
    auto& selftest = add_command(Command::selftest, "selftest", "Find checks that can never fail");
    selftest.footer(selftest_examples);
    add_checklists(selftest);
    add_selection(selftest);
    add_cluster(selftest, "Context of the kubeconfig");
    selftest
        .add_option("--replay", raw_.replay,
                    "Ask nobody: test on what a recorded run (run --record) was answered")
        ->type_name("DIR");
    selftest.add_option("-o,--output", raw_.output, "text or json (default text)")
        ->type_name("FORMAT");
    selftest.add_flag("-v,--verbose", raw_.verbose, "Tell what each check did not notice");
    selftest
        .add_option("--changes", raw_.changes,
                    "Changes of one answer that are tried, at most (default 160)")
        ->type_name("N");
    selftest.add_option("--deadline", raw_.deadline, "All of it ends by then (default 10m)")
        ->type_name("DURATION");
  }

  void add_lint() {
    auto& lint = add_command(Command::lint, "lint", "Find every mistake in checklists, offline");
    add_checklists(lint);
  }

  void add_list() {
    auto& list = add_command(Command::list, "list", "List the checks of checklists");
    add_checklists(list);
    add_selection(list);
    list.add_option("-o,--output", raw_.output, "text or json (default text)")->type_name("FORMAT");
  }

  void add_rbac() {
    auto& rbac = add_command(Command::rbac, "rbac",
                             "Print the Role and ClusterRole that checklists need, and no more");
    rbac.footer(rbac_examples);
    add_checklists(rbac);
    add_selection(rbac);
    rbac.add_option("--name", raw_.role_name, "Name of the roles (default postflight)")
        ->type_name("NAME");
    rbac.add_option("--service-account", raw_.service_account, "Bind them to this account, too")
        ->type_name("NAMESPACE/NAME");
  }

  void add_explain() {
    auto& explain =
        add_command(Command::explain, "explain", "Explain a kind of check and its settings");
    explain.add_option("KIND", raw_.kind, "For example k8s.service-endpoints; none lists all")
        ->type_name("");
  }

  void add_schema() {
    add_command(Command::schema, "schema", "Print the JSON Schema of checklists, for editors");
  }

  void add_completion() {
    auto& completion =
        add_command(Command::completion, "completion", "Print a shell's completion script");
    completion.add_option("SHELL", raw_.shell, "bash, zsh or fish")->type_name("");
    completion.footer(completion_examples);
  }

  CLI::App app_{"Says whether what silently breaks in a cluster is still right."};
  std::vector<std::pair<CLI::App*, Command>> commands_;
  RawOptions raw_;
};

// "unknown option '--wiat'; did you mean '--wait'?", for the first word that is nobody's. What
// comes behind it may be wrong only because of it.
std::string unknown_word(const CLI::App& app, const std::string& word) {
  std::vector<std::string> names;
  if (word.starts_with("-")) {
    for (const auto* option : app.get_options())
      for (const auto& name : option->get_lnames()) names.push_back("--" + name);
  } else if (app.get_parent() == nullptr) {
    for (const auto* command : app.get_subcommands({})) names.push_back(command->get_name());
  }
  const auto bare = word.substr(0, word.find('='));
  const auto what = word.starts_with("-")         ? "option"
                    : app.get_parent() == nullptr ? "command"
                                                  : "argument";
  return fmt::format("unknown {} '{}'{}", what, bare,
                     did_you_mean(bare, {names.begin(), names.end()}));
}

// `--kubeconfig "$UNSET"` must not quietly mean another cluster.
void find_empty_values(const CLI::App& command, std::vector<std::string>& wrong) {
  for (const auto* option : command.get_options())
    for (const auto& value : option->results())
      if (value.empty())
        wrong.push_back(fmt::format("{} is given an empty value", option->get_name()));
}

FlagWords words_of(const CLI::Option& option) {
  FlagWords words;
  for (const auto& name : option.get_snames()) words.names.push_back("-" + name);
  for (const auto& name : option.get_lnames()) words.names.push_back("--" + name);
  words.about = option.get_description();
  words.takes_value = option.get_items_expected_max() > 0;
  words.takes_file = option.get_type_name() == "FILE" || option.get_type_name() == "DIR";
  const auto& name = words.names.back();
  if (name == "--output" || name == "--report")
    for (const auto& format : all_report_formats())
      words.values.push_back(std::string(format.name) + (name == "--report" ? "=" : ""));
  if (name == "--color") words.values = {"auto", "always", "never"};
  if (name == "--fail-on") words.values = {"warn"};
  return words;
}

std::variant<Options, UsageAnswer> CommandLine::parse(int argc, const char* const* argv) {
  const auto help = [&](const CLI::App& command) {
    return fmt::format("; see postflight {}--help",
                       command.get_parent() == nullptr ? "" : command.get_name() + " ");
  };
  const CLI::App* command = &app_;
  std::vector<std::string> wrong;
  try {
    app_.parse(argc, argv);
  } catch (const CLI::CallForHelp&) {
    return UsageAnswer{app_.help(), {}};
  } catch (const CLI::CallForVersion& version) {
    return UsageAnswer{std::string(version.what()) + "\n", {}};
  } catch (const CLI::ParseError& error) {
    wrong.emplace_back(error.what());
  }
  if (const auto used = app_.get_subcommands(); !used.empty()) command = used.front();
  if (const auto extra = app_.remaining(); wrong.empty() && !extra.empty())
    wrong.push_back(unknown_word(app_, extra.front()));
  if (const auto extra = command->remaining(); wrong.empty() && !extra.empty())
    wrong.push_back(unknown_word(*command, extra.front()));
  if (wrong.empty() && command == &app_)
    wrong.emplace_back(
        "say what to do: run, selftest, merge, lint, list, rbac, explain, schema or completion");
  Options options;
  if (wrong.empty()) {
    find_empty_values(*command, wrong);
    const auto known =
        std::ranges::find(commands_, command, &decltype(commands_)::value_type::first);
    options = read_options(known->second, raw_, wrong);
  }
  if (wrong.empty()) return options;
  wrong.back() += help(*command);
  return UsageAnswer{"", wrong};
}

std::vector<CommandWords> CommandLine::words() const {
  std::vector<CommandWords> list;
  for (const auto& [command, which] : commands_) {
    CommandWords words{command->get_name(), command->get_description(), {}, false, {}};
    for (const auto* option : command->get_options()) {
      if (option->get_positional())
        words.takes_files = option->get_type_name() == "FILE";
      else
        words.flags.push_back(words_of(*option));
      if ((which == Command::list || which == Command::selftest) && !words.flags.empty() &&
          words.flags.back().names.back() == "--output")
        words.flags.back().values = {"text", "json"};
    }
    if (which == Command::explain)
      for (const auto* kind : all_kinds()) words.values.emplace_back(kind->name);
    if (which == Command::completion) words.values = {"bash", "zsh", "fish"};
    list.push_back(std::move(words));
  }
  return list;
}

}  // namespace

std::variant<Options, UsageAnswer> parse_options(int argc, const char* const* argv) {
  return CommandLine().parse(argc, argv);
}

std::vector<CommandWords> command_words() { return CommandLine().words(); }

}  // namespace postflight
