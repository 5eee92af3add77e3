#include "cli/raw_options.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <filesystem>

#include "checks/support/text.hpp"
#include "cli/pushgateway.hpp"
#include "runner/setting.hpp"
#include "runner/suggest.hpp"
#include "runner/variable_text.hpp"

namespace postflight {
namespace {

using Wrong = std::vector<std::string>;

std::vector<std::string_view> format_names() {
  std::vector<std::string_view> names;
  for (const auto& format : all_report_formats()) names.push_back(format.name);
  return names;
}

const ReportFormat* read_format(const std::string& flag, const std::string& name, Wrong& wrong) {
  const auto* format = find_report_format(name);
  if (format == nullptr)
    wrong.push_back(fmt::format("{}: unknown format '{}'{}; there are: {}", flag, name,
                                did_you_mean(name, format_names()),
                                fmt::join(format_names(), ", ")));
  return format;
}

// What is behind it may be the value, as in NAME:VALUE.
std::string name_at_begin_of(std::string name) {
  while (!name.empty() && !is_variable_name(name)) name.pop_back();
  return name;
}

void read_set(const RawOptions& raw, Options& options, Wrong& wrong) {
  for (const auto& text : raw.set) {
    const auto equals = text.find('=');
    if (equals == std::string::npos || equals == 0)
      wrong.push_back(fmt::format("--set '{}': NAME=VALUE is wanted", name_at_begin_of(text)));
    else
      options.set.emplace_back(text.substr(0, equals), text.substr(equals + 1));
  }
}

}  // namespace

bool is_url(const std::string& path) {
  const auto scheme = lower_case(path.substr(0, path.find("://")));
  return (scheme == "http" || scheme == "https") && scheme.size() < path.size();
}

namespace {

// Two reports to one place would leave only one of them.
void read_reports(const RawOptions& raw, Options& options, Wrong& wrong) {
  std::vector<std::pair<std::filesystem::path, std::string>> places;
  if (!raw.output.empty()) {
    options.standard_out = read_format("-o", raw.output, wrong);
    places.emplace_back("-", "-o " + raw.output);
  }
  for (const auto& text : raw.reports) {
    if (text == "github") {
      options.annotations = true;
      continue;
    }
    const auto equals = text.find('=');
    if (equals == std::string::npos || equals == 0 || equals + 1 == text.size()) {
      // A URL may hold a password.
      wrong.push_back(
          fmt::format("--report{}: FORMAT=PATH is wanted, for example json=out/report.json",
                      text.find("://") == std::string::npos ? fmt::format(" '{}'", text) : ""));
      continue;
    }
    auto path = text.substr(equals + 1);
    if (path == "/dev/stdout") path = "-";
    if (is_url(path)) {
      const auto* format = read_format("--report", text.substr(0, equals), wrong);
      if (format != nullptr && format->name != "prometheus")
        wrong.push_back(fmt::format(
            "--report {}: only prometheus can be pushed to a URL; give a path", format->name));
      else if (!is_pushgateway(path))
        wrong.emplace_back(
            "--report prometheus: the URL of a Pushgateway is http(s)://HOST, perhaps with a path, "
            "and no query");
      for (const auto& known : options.reports)
        if (known.path == path)
          wrong.emplace_back("--report prometheus is given the same URL twice");
      options.reports.push_back({format, path});
      continue;
    }
    const auto flag = fmt::format("--report {}", text);
    std::error_code ignored;
    const auto place =
        path == "-" ? std::filesystem::path("-")
                    : std::filesystem::weakly_canonical(std::filesystem::absolute(path), ignored);
    for (const auto& [known, by] : places)
      if (known == place && place != "/dev/null")
        wrong.push_back(fmt::format("{} and {} write to the same place", by, flag));
    places.emplace_back(place, flag);
    const auto* format = read_format(flag, text.substr(0, equals), wrong);
    if (path == "-")
      options.standard_out = format;
    else if (format != nullptr)
      options.reports.push_back({format, path});
  }
  if (options.standard_out == nullptr) options.standard_out = find_report_format("text");
  if (options.annotations && options.standard_out->name != "text")
    wrong.push_back(fmt::format(
        "--report github writes to standard output, as {} does: give one of them a path",
        options.standard_out->name));
}

std::optional<std::chrono::milliseconds> read_duration(const std::string& flag,
                                                       const std::string& text, Wrong& wrong) {
  if (text.empty()) return std::nullopt;
  const auto duration = parse_duration(text);
  if (duration && duration->count() > 0) return duration;
  wrong.push_back(
      fmt::format("{} '{}': a duration such as 30s, 5m or 1h30m is wanted", flag, text));
  return std::nullopt;
}

// `usual` when it is not given, or wrong, which is said.
std::size_t read_count(const std::string& flag, const std::string& text, std::size_t most,
                       std::size_t usual, Wrong& wrong) {
  if (text.empty()) return usual;
  std::size_t count = 0;
  const auto* end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data(), end, count);
  if (error == std::errc{} && rest == end && count > 0 && count <= most) return count;
  wrong.push_back(fmt::format("{} '{}': a whole number from 1 to {} is wanted", flag, text, most));
  return usual;
}

void read_colour(const RawOptions& raw, Options& options, Wrong& wrong) {
  if (raw.colour == "always")
    options.colour = ColourWish::always;
  else if (raw.colour == "never" || raw.no_colour)
    options.colour = ColourWish::never;
  if (!raw.colour.empty() && raw.colour != "always" && raw.colour != "never" &&
      raw.colour != "auto")
    wrong.push_back(fmt::format("--color '{}': auto, always or never is wanted", raw.colour));
  if (raw.no_colour && raw.colour == "always")
    wrong.emplace_back("--no-color and --color always contradict each other");
}

void read_whom_to_ask(const RawOptions& raw, Options& options, Wrong& wrong) {
  options.kubeconfig = raw.kubeconfig;
  options.context = raw.context;
  options.replay = raw.replay;
  if (!raw.replay.empty() && !(raw.kubeconfig.empty() && raw.context.empty()))
    wrong.emplace_back("--replay asks no cluster: leave out --kubeconfig and --context");
}

bool tells_metrics(const Options& options) {
  const auto is_metrics = [](const ReportFormat* format) {
    return format != nullptr && format->name == "prometheus";
  };
  return is_metrics(options.standard_out) ||
         std::ranges::any_of(options.reports, is_metrics, &ReportTarget::format);
}

// a,b,c are several clusters.
void read_clusters(const RawOptions& raw, Options& options, Wrong& wrong) {
  options.fleet = raw.fleet;
  if (raw.context.find(',') != std::string::npos) {
    options.context.clear();
    for (std::size_t at = 0; at <= raw.context.size();) {
      const auto end = std::min(raw.context.find(',', at), raw.context.size());
      auto name = raw.context.substr(at, end - at);
      if (name.empty())
        wrong.push_back(fmt::format("--context '{}': a name is empty", raw.context));
      else if (std::ranges::find(options.contexts, name) != options.contexts.end())
        wrong.push_back(fmt::format("--context '{}': '{}' is there twice", raw.context, name));
      options.contexts.push_back(std::move(name));
      at = end + 1;
    }
  }
  if (raw.fleet.empty() && options.contexts.empty()) return;
  if (!raw.fleet.empty() && !raw.context.empty())
    wrong.emplace_back("--fleet and --context: the fleet's file names the contexts");
  if (!raw.record.empty() || !raw.replay.empty())
    wrong.emplace_back("--record and --replay are for one cluster: run each by itself");
  if (!raw.shard.empty())
    wrong.emplace_back("--shard is for one cluster: give each a run of its own");
}

// I/N, as of $JOB_COMPLETION_INDEX/N.
void read_shard(const RawOptions& raw, Options& options, Wrong& wrong) {
  if (raw.shard.empty() && !raw.run_id.empty())
    wrong.emplace_back("--run-id is for a run with --shard");
  if (raw.shard.empty()) return;
  if (!raw.record.empty())
    wrong.emplace_back(
        "--shard and --record: record the whole run, and give --shard to its replay");
  if (tells_metrics(options))
    wrong.emplace_back(
        "--shard and --report prometheus: metrics are of the whole run, so merge writes them");
  constexpr std::size_t most = 10'000;
  const auto slash = raw.shard.find('/');
  const auto number = [](std::string_view text) -> std::optional<std::size_t> {
    std::size_t value = 0;
    const auto* end = text.data() + text.size();
    const auto [rest, error] = std::from_chars(text.data(), end, value);
    if (text.empty() || error != std::errc{} || rest != end) return std::nullopt;
    return value;
  };
  const auto text = std::string_view(raw.shard);
  const auto index = number(text.substr(0, std::min(slash, text.size())));
  const auto count = slash == std::string::npos ? std::nullopt : number(text.substr(slash + 1));
  if (index && count && *index < *count && *count <= most)
    options.selection.shard = Shard{*index, *count, "", raw.run_id};
  else
    wrong.push_back(fmt::format("--shard '{}': I/N is wanted, I from 0 to N - 1 and N at most {}",
                                raw.shard, most));
}

void read_run(const RawOptions& raw, Options& options, Wrong& wrong) {
  read_reports(raw, options, wrong);
  options.jobs = read_count("--jobs", raw.jobs, 256, options.jobs, wrong);
  read_colour(raw, options, wrong);
  read_whom_to_ask(raw, options, wrong);
  read_clusters(raw, options, wrong);
  read_shard(raw, options, wrong);
  options.record = raw.record;
  if (!raw.replay.empty() && tells_metrics(options))
    wrong.emplace_back("--replay and --report prometheus: a replay says nothing of now");
  if (!raw.replay.empty() && !raw.record.empty())
    wrong.emplace_back(
        "--record and --replay: a replay asks nobody, so there is nothing to record");
  options.quiet = raw.quiet;
  options.verbose = raw.verbose;
  if (raw.quiet && raw.verbose) wrong.emplace_back("-q and -v contradict each other");
  options.wait = read_duration("--wait", raw.wait, wrong);
  options.hold = read_duration("--hold", raw.hold, wrong);
  options.deadline = read_duration("--deadline", raw.deadline, wrong);
  const auto deadline = options.deadline.value_or(usual_deadline);
  if (options.wait && *options.wait > deadline)
    wrong.push_back(
        fmt::format("--wait {} is longer than the deadline of the run, {}: give "
                    "--deadline too",
                    raw.wait, format_duration(deadline)));
  if (options.hold && options.deadline && *options.hold >= deadline)
    wrong.push_back(fmt::format("--hold {} leaves no time before the deadline of the run, {}",
                                raw.hold, format_duration(deadline)));
  options.fail_on_warn = raw.fail_on == "warn";
  if (!raw.fail_on.empty() && raw.fail_on != "warn")
    wrong.push_back(fmt::format("--fail-on '{}': only 'warn' is known", raw.fail_on));
}

void read_text_or_json(const RawOptions& raw, Options& options, Wrong& wrong) {
  options.as_json = raw.output == "json";
  if (!raw.output.empty() && raw.output != "json" && raw.output != "text")
    wrong.push_back(fmt::format("-o: unknown format '{}'; there are: text, json", raw.output));
}

void read_merge(const RawOptions& raw, Options& options, Wrong& wrong) {
  options.parts = raw.parts;
  if (raw.parts.empty()) wrong.emplace_back("name the JSON reports of the shards");
  read_reports(raw, options, wrong);
  read_colour(raw, options, wrong);
  options.quiet = raw.quiet;
}

void read_selftest(const RawOptions& raw, Options& options, Wrong& wrong) {
  read_text_or_json(raw, options, wrong);
  options.changes = read_count("--changes", raw.changes, 1'000'000, options.changes, wrong);
  read_whom_to_ask(raw, options, wrong);
  options.verbose = raw.verbose;
  options.deadline = read_duration("--deadline", raw.deadline, wrong);
}

}  // namespace

std::optional<Wait> wait_of(const Options& options) {
  if (!options.wait) return std::nullopt;
  return Wait{*options.wait,
              std::clamp<std::chrono::milliseconds>(
                  *options.wait / 10, std::chrono::milliseconds(100), std::chrono::seconds(5))};
}

namespace {

// As Kubernetes names objects: it goes into YAML as it is.
bool is_name(std::string_view name) {
  return !name.empty() && name.size() <= 253 && std::ranges::all_of(name, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.';
  });
}

void read_rbac(const RawOptions& raw, Options& options, std::vector<std::string>& wrong) {
  options.role_name = raw.role_name;
  if (!is_name(raw.role_name))
    wrong.push_back(fmt::format("'{}' cannot be the name of a Role", raw.role_name));
  if (raw.service_account.empty()) return;
  const auto slash = raw.service_account.find('/');
  const auto name_space = raw.service_account.substr(0, slash);
  const auto name = slash == std::string::npos ? "" : raw.service_account.substr(slash + 1);
  if (is_name(name_space) && is_name(name))
    options.service_account = {name_space, name};
  else
    wrong.push_back(
        fmt::format("--service-account must be NAMESPACE/NAME, not '{}'", raw.service_account));
}

}  // namespace

Options read_options(Command command, const RawOptions& raw, std::vector<std::string>& wrong) {
  Options options;
  options.command = command;
  options.checklists = raw.checklists;
  options.variable_files = raw.vars;
  options.selection = {raw.tags, raw.only, raw.skip};
  options.kind = raw.kind;
  options.shell = raw.shell;
  const bool reads = command == Command::selftest || command == Command::run ||
                     command == Command::lint || command == Command::list ||
                     command == Command::rbac;
  if (reads && raw.checklists.empty())
    wrong.emplace_back("no checklist is named, for example checklists/authentik-upgrade.yaml");
  read_set(raw, options, wrong);
  if (command == Command::run) read_run(raw, options, wrong);
  if (command == Command::merge) read_merge(raw, options, wrong);
  if (command == Command::selftest) read_selftest(raw, options, wrong);
  if (command == Command::rbac) read_rbac(raw, options, wrong);
  if (command == Command::list) read_text_or_json(raw, options, wrong);
  if (command == Command::completion && raw.shell != "bash" && raw.shell != "zsh" &&
      raw.shell != "fish")
    wrong.push_back(raw.shell.empty() ? "name the shell: bash, zsh or fish"
                                      : fmt::format("unknown shell '{}': bash, zsh or fish is "
                                                    "wanted",
                                                    raw.shell));
  return options;
}

}  // namespace postflight
