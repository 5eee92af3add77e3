// Releases of Helm, read from where Helm keeps them: Secrets, one for each revision.
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <memory>
#include <optional>
#include <set>

#include "checks/support/concurrently.hpp"
#include "checks/support/findings.hpp"
#include "checks/support/helm_release.hpp"
#include "checks/support/json_reader.hpp"
#include "checks/support/limits.hpp"
#include "checks/support/list_of.hpp"
#include "checks/support/objects.hpp"
#include "checks/support/pattern.hpp"
#include "checks/support/secret_list.hpp"
#include "checks/support/text.hpp"
#include "checks/support/workloads.hpp"
#include "clients/clients.hpp"
#include "clients/helm_release.hpp"
#include "runner/check.hpp"
#include "text/counted.hpp"

namespace postflight {
extern constinit const CheckKind helm_release;

namespace {

constexpr std::string_view severities[] = {"fail", "warn", "ignore"};

constexpr Setting settings_of_release[] = {
    {"namespace", SettingType::text, "where to look; all namespaces when absent"},
    {"name", SettingType::text, "the release that must be there; all that there are when absent"},
    {"except-namespaces", SettingType::texts, "releases in these are not looked at"},
    {"except", SettingType::texts, "releases that are not looked at: NAMESPACE/NAME"},
    {"chart", SettingType::text, "the name of its chart; with 'name'"},
    {"chart-version", SettingType::text, "the version of its chart, exactly; with 'name'"},
    {"chart-version-matches", SettingType::pattern, "a pattern found in that version"},
    {"app-version", SettingType::text, "the chart's appVersion, exactly; with 'name'"},
    {"app-version-matches", SettingType::pattern, "a pattern found in that appVersion"},
    {"inert-values",
     SettingType::text,
     "what a value is that was set and reaches nothing",
     false,
     "warn",
     {},
     severities},
    {"drift",
     SettingType::text,
     "what a workload is that is gone or runs another image than the release's manifest has",
     false,
     "fail",
     {},
     severities},
};

// What something of the release must be: the text itself, or what a pattern finds.
struct WantedText {
  std::string exactly;
  std::optional<Pattern> pattern;

  bool any() const { return !exactly.empty() || pattern; }
  bool holds(const std::string& text) const {
    return pattern ? pattern->found_in(text) : text == exactly;
  }
  std::string text() const {
    return pattern ? fmt::format("one that matches /{}/", pattern->text()) : exactly;
  }
};

struct Wanted {
  std::string name_space, name;
  std::set<std::string> except_namespaces, except;
  WantedText chart, chart_version, app_version;
  std::optional<Status> inert_values, drift;  // nothing: not judged

  bool leaves_out(const std::string& of_namespace, const std::string& of_name) const {
    return except_namespaces.contains(of_namespace) ||
           except.contains(of_namespace + "/" + of_name);
  }
  std::string place() const {
    return name_space.empty() ? "in any namespace" : "in the namespace " + name_space;
  }
};

// The newest revision of a release, as far as it could be read.
struct Newest {
  std::int64_t revision = 0;
  std::string label;  // status, as the Secret's label has it
  std::optional<HelmRelease> release;
  std::exception_ptr error;  // why there is none
};

// The releases of a list of Secrets. Holds none of their values.
struct Releases {
  std::map<std::pair<std::string, std::string>, Newest> newest;  // by namespace and name
  std::set<std::pair<std::string, std::string>> left_out;
  std::vector<std::string> misnamed;

  bool are_none() const { return newest.empty() && left_out.empty() && misnamed.empty(); }

  void note(const Wanted& wanted, const JsonReader& secret) {
    if (secret.text("type") != helm_release_type) return;
    const auto metadata = secret.map("metadata");
    const auto name_space = metadata.text("namespace");
    const auto id = parse_helm_secret_name(metadata.text("name"));
    if (!id) {
      if (!wanted.except_namespaces.contains(name_space)) misnamed.push_back(secret.object());
      return;
    }
    if (!wanted.name.empty() && id->release != wanted.name) return;
    const auto release = std::make_pair(name_space, id->release);
    if (wanted.leaves_out(name_space, id->release)) {
      left_out.insert(release);
      return;
    }
    auto& known = newest[release];
    if (known.revision > id->number) return;
    known = {id->number, {}, {}, {}};
    try {
      known.label = metadata.map("labels").text("status");
      known.release = read_release(secret.map("data").required_text("release"), name_space);
      if (known.release->revision != id->number)
        throw CannotTell(
            "unreadable",
            fmt::format("the Secret's name says revision {}, and what is in it says {}", id->number,
                        known.release->revision));
    } catch (const CannotTell&) {
      known.error = std::current_exception();
    } catch (const ClientError&) {
      known.error = std::current_exception();
    }
  }

  void append(Releases&& following) {
    for (auto& [release, found] : following.newest)
      if (auto& known = newest[release]; known.revision <= found.revision) known = std::move(found);
    left_out.merge(following.left_out);
    append_to(misnamed, std::move(following.misnamed));
  }
};

std::string subject_of(const std::pair<std::string, std::string>& release) {
  return fmt::format("release {}/{}", release.first, release.second);
}

std::string title_of(const HelmRelease& release) {
  return excerpt(fmt::format("revision {}, chart {}-{}{}", release.revision, release.chart,
                             release.chart_version,
                             release.app_version.empty() ? "" : ", app " + release.app_version));
}

std::string since(const HelmRelease& release) {
  return release.since ? " since " + format_timestamp(*release.since) : "";
}

constexpr char expected_status[] = "its newest revision is deployed";
constexpr char expected_values[] = "no value that was set is known to reach nothing";
constexpr char expected_images[] = "it is there, with the images of the release";

// Whatever is not deployed: what that means to who upgrades next.
std::string meaning_of(const std::string& status) {
  if (status.starts_with("pending-"))
    return ": whoever began it has not ended it, and Helm upgrades no further until it is over or "
           "rolled back";
  if (status == "uninstalling") return ": its removal was begun and has not ended";
  if (status == "superseded") return ": the revision that followed it is not there any more";
  return "";
}

class ReleaseCheck : public Check {
 public:
  explicit ReleaseCheck(Wanted wanted)
      : wanted_(std::move(wanted)),
        list_(secrets_resource(), list_of_secrets(wanted_.name_space),
              [this](Releases& releases, const JsonReader& secret) {
                releases.note(wanted_, secret);
              }) {}

  std::vector<const ListUse*> lists() const override { return {&list_}; }

  std::vector<std::string> kubernetes_paths() const override {
    std::vector<std::string> paths;
    if (!wanted_.name_space.empty()) paths = paths_of_namespaces({wanted_.name_space});
    if (wanted_.drift)
      for (const auto* workloads : {"deployments", "statefulsets", "daemonsets"})
        paths.push_back(ApiResource{"apps/v1", workloads}.list_path(wanted_.name_space) + "/*");
    return paths;
  }

  Outcome run(const CheckContext& context) const override {
    const auto list = list_.read(context);
    const auto& read = *list;
    if (read.are_none() && wanted_.name_space.empty() && wanted_.name.empty())
      throw CannotTell(std::string(not_installed),
                       "no Secret of any namespace holds a release of Helm");
    Findings findings;
    Counts counts;
    std::vector<const WorkloadImages*> workloads;
    auto left_out = read.left_out;
    for (const auto& [id, newest] : read.newest) {
      if (wanted_.name.empty() && newest.release && newest.release->status == "uninstalled") {
        left_out.insert(id);
        continue;
      }
      ++counts.releases;
      if (judge_release(id, newest, findings) && wanted_.drift)
        for (const auto& workload : newest.release->workloads) workloads.push_back(&workload);
    }
    for (const auto& secret : read.misnamed)
      findings.add_unknown(secret, "it is named as Helm names a release", "unreadable",
                           "its type is " + std::string(helm_release_type) +
                               ", and its name is not one that Helm gives");
    if (!wanted_.name_space.empty() && read.newest.empty() && read.left_out.empty())
      report_missing_namespace(wanted_.name_space, context, findings);
    if (!wanted_.name.empty() && read.newest.empty())
      findings.add(Status::failed, "release " + wanted_.name, expected_status,
                   fmt::format("there is no release {} {}", wanted_.name, wanted_.place()));
    counts.workloads = judge_workloads(workloads, context, findings);
    report_left_out(left_out, findings);
    return findings.outcome(summary(findings, read, counts), counts.releases + counts.workloads);
  }

 private:
  struct Counts {
    std::size_t releases = 0, workloads = 0;
  };

  // True when it is deployed, so that its workloads have to be there.
  bool judge_release(const std::pair<std::string, std::string>& id, const Newest& newest,
                     Findings& findings) const {
    const auto subject = subject_of(id);
    if (!newest.release || newest.error) {
      // What the label says of a failure is known though nothing else is.
      if (!newest.label.empty() && newest.label != "deployed")
        findings.add(Status::failed, subject, expected_status,
                     fmt::format("revision {} is {}, by its label{}", newest.revision,
                                 excerpt(newest.label), meaning_of(newest.label)));
      findings.add_unknown("revision " + std::to_string(newest.revision) + " of " + subject,
                           expected_status, newest.error);
      return false;
    }
    const auto& release = *newest.release;
    const bool is_deployed = judge_status(subject, newest, findings);
    judge_text("chart", wanted_.chart, release.chart, subject, findings);
    judge_text("chart version", wanted_.chart_version, release.chart_version, subject, findings);
    judge_text("app version", wanted_.app_version, release.app_version, subject, findings);
    if (!is_deployed) return false;
    if (wanted_.inert_values) judge_values(subject, release.values, findings);
    if (wanted_.drift)
      for (const auto& why : release.unreadable)
        findings.add_unknown("manifest of " + subject, expected_images, "unreadable", why);
    return true;
  }

  // Helm goes by the label in some commands, by what is in the Secret in others: both have to say
  // the same.
  static bool judge_status(const std::string& subject, const Newest& newest, Findings& findings) {
    const auto& release = *newest.release;
    const bool is_deployed = release.status == "deployed" && newest.label == "deployed";
    std::string observed;
    if (is_deployed)
      observed = "deployed" + since(release);
    else if (release.status == newest.label)
      observed = excerpt(release.status) + since(release) + meaning_of(release.status);
    else
      observed = fmt::format("{}{} by what is in its Secret, {} by the label of that",
                             excerpt(release.status), since(release),
                             newest.label.empty() ? "nothing" : excerpt(newest.label));
    findings.add(is_deployed ? Status::passed : Status::failed, subject, expected_status,
                 fmt::format("{}: {}", title_of(release), observed));
    return is_deployed;
  }

  static void judge_text(const char* what, const WantedText& wanted, const std::string& found,
                         const std::string& subject, Findings& findings) {
    if (!wanted.any()) return;
    findings.add(wanted.holds(found) ? Status::passed : Status::failed,
                 fmt::format("{} of {}", what, subject), wanted.text(),
                 found.empty() ? "none" : excerpt(found));
  }

  void judge_values(const std::string& subject, const ValuesFound& values,
                    Findings& findings) const {
    for (const auto& value : values.inert)
      findings.add(*wanted_.inert_values,
                   fmt::format("value {} of {}", excerpt(value.path), subject), expected_values,
                   excerpt(value.why));
    if (!values.inert.empty()) return;
    auto observed =
        values.set == 0 ? std::string("no values are set") : counted(values.set, "value") + " set";
    if (!values.undecided.empty())
      observed += fmt::format("; the release alone does not tell of {}: {}",
                              counted(values.undecided.size(), "key"),
                              excerpt(fmt::format("{}", fmt::join(values.undecided, ", "))));
    findings.add(Status::passed, "values of " + subject, expected_values, observed);
  }

  // How many were looked at.
  std::size_t judge_workloads(const std::vector<const WorkloadImages*>& workloads,
                              const CheckContext& context, Findings& findings) const {
    const auto live = concurrently(workloads.size(), [&](std::size_t index) {
      return read_images(
          *context.clients.kubernetes.get(workloads[index]->path(), limits_of(context)));
    });
    std::size_t looked_at = 0;
    for (std::size_t index = 0; index < live.size(); ++index) {
      const auto subject = workloads[index]->subject();
      if (live[index].value) {
        ++looked_at;
        judge_images(subject, *workloads[index], *live[index].value, findings);
        continue;
      }
      try {
        std::rethrow_exception(live[index].error);
      } catch (const KubernetesError& error) {
        if (error.object_is_missing())
          findings.add(*wanted_.drift, subject, expected_images, "it does not exist");
        else
          findings.add_unknown(subject, expected_images, live[index].error);
      } catch (...) {
        findings.add_unknown(subject, expected_images, live[index].error);
      }
    }
    return looked_at;
  }

  void judge_images(const std::string& subject, const WorkloadImages& wanted,
                    const std::map<std::string, std::string>& live, Findings& findings) const {
    std::string same;
    bool has_drifted = false;
    for (const auto& [container, image] : wanted.images) {
      const auto found = live.find(container);
      const bool is_same = found != live.end() && found->second == image;
      if (is_same) same += fmt::format("{}{}: {}", same.empty() ? "" : ", ", container, image);
      if (is_same) continue;
      has_drifted = true;
      findings.add(*wanted_.drift, subject, expected_images,
                   found == live.end()
                       ? fmt::format("it has no container {}", excerpt(container))
                       : fmt::format("{} has the image {}, and the release {}: the next upgrade "
                                     "may put that back",
                                     excerpt(container), excerpt(found->second), excerpt(image)));
    }
    if (!has_drifted)
      findings.add(Status::passed, subject, expected_images,
                   same.empty() ? "it has no containers in the release" : excerpt(same));
  }

  static void report_left_out(const std::set<std::pair<std::string, std::string>>& releases,
                              Findings& findings) {
    if (releases.empty()) return;
    std::vector<std::string> names;
    for (const auto& [name_space, name] : releases) names.push_back(name_space + "/" + name);
    findings.add(Status::passed, "releases",
                 "left out: excepted, or uninstalled with their history "
                 "kept",
                 excerpt(fmt::format("{}", fmt::join(names, ", "))));
  }

  std::string summary(const Findings& findings, const Releases& read, const Counts& counts) const {
    const auto status = findings.status();
    if (findings.count(Status::passed) == findings.all().size()) {
      if (counts.releases == 0) return "there is no release of Helm " + wanted_.place();
      const auto images =
          counts.workloads == 0
              ? std::string()
              : fmt::format(", and {} the images of {}",
                            counted(counts.workloads, "workload has", "workloads have"),
                            counts.releases == 1 ? "it" : "theirs");
      if (counts.releases == 1)
        for (const auto& [id, newest] : read.newest)
          if (newest.release && newest.release->status == "deployed")
            return fmt::format("{} is deployed: {}{}", subject_of(id), title_of(*newest.release),
                               images);
      return fmt::format("{} of Helm are deployed{}", counted(counts.releases, "release"), images);
    }
    const auto* first = findings.first(status);
    const auto others = findings.count(status) - 1;
    return fmt::format("{}: {}{}", first->subject, first->observed,
                       others == 0 ? "" : fmt::format(" (and {} more)", others));
  }

  const Wanted wanted_;
  const ListOf<Releases> list_;
};

WantedText read_wanted(const Settings& settings, const char* exactly, const char* matches) {
  WantedText wanted{settings.text(exactly), {}};
  if (matches != nullptr && settings.has(matches)) wanted.pattern.emplace(settings.text(matches));
  if (matches != nullptr && settings.has(exactly) && settings.has(matches))
    settings.mistake(matches, fmt::format("say either '{}' or '{}'", exactly, matches));
  if (settings.has(exactly) && wanted.exactly.empty())
    settings.mistake(exactly, fmt::format("'{}' must not be empty", exactly));
  return wanted;
}

std::optional<Status> read_severity(const Settings& settings, const char* name) {
  const auto text = settings.text(name);
  if (text == "ignore") return std::nullopt;
  return text == "fail" ? Status::failed : Status::warned;
}

std::set<std::string> as_set(const std::vector<std::string>& texts) {
  return {texts.begin(), texts.end()};
}

std::unique_ptr<Check> create_release(const Settings& settings) {
  Wanted wanted;
  wanted.name_space = read_name(settings, "namespace");
  wanted.name = read_name(settings, "name");
  wanted.except_namespaces = as_set(settings.texts("except-namespaces"));
  wanted.except = as_set(settings.texts("except"));
  wanted.chart = read_wanted(settings, "chart", nullptr);
  wanted.chart_version = read_wanted(settings, "chart-version", "chart-version-matches");
  wanted.app_version = read_wanted(settings, "app-version", "app-version-matches");
  wanted.inert_values = read_severity(settings, "inert-values");
  wanted.drift = read_severity(settings, "drift");
  if (settings.has("namespace") && settings.has("except-namespaces"))
    settings.mistake("except-namespaces", "say either 'namespace' or 'except-namespaces'");
  if (settings.has("name") && settings.has("except"))
    settings.mistake("except", "say either 'name' or 'except'");
  for (const auto& one : wanted.except)
    if (const auto slash = one.find('/'); !is_object_name(one.substr(0, slash)) ||
                                          slash == one.npos ||
                                          !is_object_name(one.substr(slash + 1)))
      settings.mistake("except", fmt::format("'{}' must be NAMESPACE/NAME", one));
  for (const auto* only_of_one :
       {"chart", "chart-version", "chart-version-matches", "app-version", "app-version-matches"})
    if (settings.has(only_of_one) && !settings.has("name"))
      settings.mistake(only_of_one,
                       fmt::format("'{}' is of one release: say its 'name' too", only_of_one));
  return std::make_unique<ReleaseCheck>(std::move(wanted));
}

}  // namespace

constinit const CheckKind helm_release{
    "helm.release",
    "releases of Helm are deployed, as expected, with values that reach something and no drift",
    settings_of_release, create_release, true};

}  // namespace postflight
