#include <fmt/format.h>
#include <fnmatch.h>

#include <algorithm>
#include <optional>

#include "checks/support/api_resource.hpp"
#include "checks/support/concurrently.hpp"
#include "checks/support/containers.hpp"
#include "checks/support/disk_use.hpp"
#include "checks/support/findings.hpp"
#include "checks/support/limits.hpp"
#include "checks/support/sizes.hpp"
#include "checks/support/text.hpp"
#include "checks/support/workloads.hpp"
#include "clients/clients.hpp"
#include "runner/check.hpp"
#include "text/counted.hpp"

namespace postflight {
extern constinit const CheckKind k8s_tmpfs_usage;

namespace {

constexpr Setting settings_of_tmpfs_usage[] = {
    namespace_setting,
    workload_setting,
    selector_setting,
    {"container", SettingType::text,
     "where the commands run; default: the pod's only or default container"},
    {"path", SettingType::text, "where the tmpfs is mounted", false, "/dev/shm"},
    {"min-capacity", SettingType::text, "how large it is at least: 64Mi, 1Gi"},
    {"warn-percent", SettingType::integer, "warns when this much of it, or more, is used", false,
     "60"},
    {"fail-percent", SettingType::integer, "fails when this much of it, or more, is used", false,
     "80"},
    {"files", SettingType::text, "names of the files to count, as a shell pattern", false,
     "session_*"},
    {"files-warn", SettingType::integer, "warns when there are this many of them, or more"},
    {"files-fail", SettingType::integer, "fails when there are this many of them, or more"},
};

struct Wanted {
  PodQuery pods;
  std::string container, path;
  std::optional<std::uint64_t> min_capacity;  // bytes
  std::int64_t warn_percent = 0, fail_percent = 0;
  std::string files;
  std::optional<std::int64_t> files_warn, files_fail;

  bool counts_files() const { return files_warn || files_fail; }
};

// Runs one program in a container and returns what it prints.
std::string run_tool(Kubernetes& kubernetes, const Pod& pod, const Container& container,
                     std::vector<std::string> command, const Limits& limits) {
  ExecRequest request;
  request.name_space = pod.name_space;
  request.pod = pod.name;
  request.container = container.name;
  request.command = std::move(command);
  request.output_limit = 64u << 20;  // a directory of a million files
  const auto& tool = request.command.front();
  try {
    auto result = kubernetes.exec(request, limits);
    if (result.exit_code != 0)
      throw CannotTell("command-failed", fmt::format("{} ended with exit code {}: {}",
                                                     fmt::join(request.command, " "),
                                                     result.exit_code, excerpt(result.errors)));
    return std::move(result.output);
  } catch (const ClientError& error) {
    if (error.reason() != reason::missing_tool) throw;
    throw CannotTell(error.reason(), fmt::format("the image {} of the container {} has no {}",
                                                 container.image, container.name, tool));
  }
}

std::int64_t count_files(const std::string& listing, const std::string& pattern) {
  std::int64_t count = 0;
  for (std::size_t begin = 0; begin < listing.size();) {
    const auto end = std::min(listing.find('\n', begin), listing.size());
    const auto name = listing.substr(begin, end - begin);
    if (fnmatch(pattern.c_str(), name.c_str(), 0) == 0) ++count;
    begin = end + 1;
  }
  return count;
}

Status graded(std::int64_t value, std::optional<std::int64_t> warn,
              std::optional<std::int64_t> fail) {
  if (fail && value >= *fail) return Status::failed;
  if (warn && value >= *warn) return Status::warned;
  return Status::passed;
}

std::string without_trailing_slash(std::string path) {
  while (path.size() > 1 && path.ends_with('/')) path.pop_back();
  return path;
}

// A path that does not lie below the mount it is on is another name for some place there.
bool lies_below(const std::string& path, const std::string& mount) {
  return path.starts_with(mount.ends_with('/') ? mount : mount + "/");
}

class TmpfsUsage : public Check {
 public:
  explicit TmpfsUsage(Wanted wanted) : wanted_(std::move(wanted)) {}

  std::vector<std::string> kubernetes_paths() const override {
    auto paths = wanted_.pods.paths();
    paths.push_back(ApiResource{"v1", "pods"}.list_path(wanted_.pods.name_space) + "/*/exec");
    return paths;
  }

  Outcome run(const CheckContext& context) const override {
    auto& kubernetes = context.clients.kubernetes;
    const auto limits = limits_of(context);
    QueriedPods pods;
    try {
      pods = find_pods(kubernetes, wanted_.pods, limits);
    } catch (const ObjectMissing& missing) {
      return missing.outcome();
    }
    Findings findings;
    if (pods.live.empty()) report_no_pods(wanted_.pods, findings);
    const std::size_t tools = wanted_.counts_files() ? 2 : 1;
    const auto outputs = concurrently(pods.live.size() * tools, [&](std::size_t index) {
      const auto& pod = pods.live[index / tools];
      const auto& container = running_container(
          pod, wanted_.container.empty() ? default_container(pod) : wanted_.container);
      return index % tools == 0
                 ? run_tool(kubernetes, pod, container, {"df", "-P", "-k", wanted_.path}, limits)
                 : run_tool(kubernetes, pod, container, {"ls", "-1A", wanted_.path}, limits);
    });
    std::size_t examined = 0;
    for (std::size_t index = 0; index < pods.live.size(); ++index) {
      const auto subject = subject_of(pods.live[index]);
      if (judge_use(subject, outputs[index * tools], findings)) ++examined;
      if (tools == 2) judge_files(subject, outputs[index * tools + 1], findings);
    }
    pods.report_left_out(findings);
    return findings.outcome(summary(findings, examined), examined);
  }

 private:
  // True when it could be looked at.
  bool judge_use(const std::string& subject, const Attempt<std::string>& output,
                 Findings& findings) const {
    const auto expected =
        fmt::format("less than {} % of {} used", wanted_.warn_percent, wanted_.path);
    try {
      if (!output.value) std::rethrow_exception(output.error);
      const auto use = read_disk_use(*output.value);
      if (use.mount != without_trailing_slash(wanted_.path)) {
        if (!lies_below(wanted_.path, use.mount))
          throw CannotTell("other-path", fmt::format("{0} leads elsewhere, over a symbolic link or "
                                                     "otherwise: it lies on {1}, mounted at {2}; "
                                                     "if that is meant, give the path {2}",
                                                     wanted_.path, excerpt(use.device, 80),
                                                     excerpt(use.mount, 80)));
        findings.add(Status::failed, subject, fmt::format("{} is a mount of its own", wanted_.path),
                     fmt::format("{} is no tmpfs of its own: it lies on {}, mounted at {}",
                                 wanted_.path, excerpt(use.device, 80), excerpt(use.mount, 80)));
        return true;
      }
      if (wanted_.min_capacity)
        findings.add(
            use.capacity < *wanted_.min_capacity ? Status::failed : Status::passed, subject,
            fmt::format("{} holds at least {}", wanted_.path, format_size(*wanted_.min_capacity)),
            "it holds " + format_size(use.capacity));
      findings.add(graded(use.percent(), wanted_.warn_percent, wanted_.fail_percent), subject,
                   expected,
                   fmt::format("{} % used: {} of {}", use.percent(), format_size(use.used),
                               format_size(use.capacity)));
      return true;
    } catch (...) {
      findings.add_unknown(subject, expected, std::current_exception());
      return false;
    }
  }

  void judge_files(const std::string& subject, const Attempt<std::string>& output,
                   Findings& findings) const {
    const auto fewest = wanted_.files_warn.value_or(wanted_.files_fail.value_or(0));
    const auto expected =
        fmt::format("fewer than {} files {} in {}", fewest, wanted_.files, wanted_.path);
    if (!output.value) {
      findings.add_unknown(subject, expected, output.error);
      return;
    }
    const auto count = count_files(*output.value, wanted_.files);
    findings.add(graded(count, wanted_.files_warn, wanted_.files_fail), subject, expected,
                 counted(static_cast<std::size_t>(count), "file"));
  }

  std::string summary(const Findings& findings, std::size_t pods) const {
    for (const auto status : {Status::failed, Status::errored, Status::warned})
      if (const auto* fact = findings.first(status))
        return fmt::format("{}, {}: {}", fact->subject, wanted_.path, fact->observed);
    auto text = fmt::format("{} has room in all {} of {}", wanted_.path, counted(pods, "live pod"),
                            wanted_.pods.text());
    if (wanted_.counts_files()) text += fmt::format(", and few files {}", wanted_.files);
    return text;
  }

  Wanted wanted_;
};

// A threshold to warn must lie below the one to fail: else it would never be seen.
void check_thresholds(const Settings& settings, const char* warn, std::optional<std::int64_t> low,
                      const char* fail, std::optional<std::int64_t> high, std::int64_t most) {
  const auto check = [&](const char* name, std::optional<std::int64_t> value) {
    if (value && (*value < 1 || *value > most))
      settings.mistake(name, fmt::format("'{}' must be from 1 to {}", name, most));
  };
  check(warn, low);
  check(fail, high);
  if (low && high && *low > *high)
    settings.mistake(settings.has(warn) ? warn : fail,
                     fmt::format("'{}' ({}) must not be above '{}' ({})", warn, *low, fail, *high));
}

std::unique_ptr<Check> create_tmpfs_usage(const Settings& settings) {
  Wanted wanted{read_pod_query(settings, read_name(settings, "namespace")),
                read_name(settings, "container"),
                settings.text("path"),
                parse_size(settings.text("min-capacity")),
                settings.integer("warn-percent"),
                settings.integer("fail-percent"),
                settings.text("files"),
                settings.optional_integer("files-warn"),
                settings.optional_integer("files-fail")};
  if (!wanted.path.starts_with('/'))
    settings.mistake("path", fmt::format("'path' must be absolute, not '{}'", wanted.path));
  if (settings.has("min-capacity") && wanted.min_capacity.value_or(0) == 0)
    settings.mistake("min-capacity", fmt::format("'min-capacity' must be a size such as 64Mi or "
                                                 "1Gi, not '{}'",
                                                 settings.text("min-capacity")));
  check_thresholds(settings, "warn-percent", wanted.warn_percent, "fail-percent",
                   wanted.fail_percent, 100);
  check_thresholds(settings, "files-warn", wanted.files_warn, "files-fail", wanted.files_fail,
                   1'000'000'000);
  if (wanted.files.empty() || wanted.files.find('/') != std::string::npos)
    settings.mistake("files", "'files' must be a pattern for names, such as session_*");
  if (settings.has("files") && !wanted.counts_files())
    settings.mistake("files", "'files' are counted only with 'files-warn' or 'files-fail'");
  return std::make_unique<TmpfsUsage>(std::move(wanted));
}

}  // namespace

constinit const CheckKind k8s_tmpfs_usage{
    "k8s.tmpfs-usage", "a tmpfs has room, and few files of a kind, in every pod of a workload",
    settings_of_tmpfs_usage, create_tmpfs_usage, true};

}  // namespace postflight
