// What deploy/ renders to, by the real kubectl and the real helm.
#include <fmt/format.h>
#include <signal.h>

#include <algorithm>
#include <catch2/catch_test_macros.hpp>
#include <filesystem>
#include <fstream>
#include <map>
#include <set>
#include <sstream>

#include "runner/exit_code.hpp"
#include "tests/deploy/failure_policy.hpp"
#include "tests/deploy/known_fields.hpp"
#include "tests/deploy/manifests.hpp"
#include "tests/end_to_end/shipped_run.hpp"
#include "tests/support/temporary_directory.hpp"

namespace postflight::test {
namespace {

namespace fs = std::filesystem;

#define NEEDS_TOOLS() \
  if (const auto missing = missing_tools(); !missing.empty()) SKIP(missing)

const std::string source_root = SOURCE_ROOT;

std::string text_of(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  REQUIRE(in);
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

// Everything that values.yaml can say, said otherwise.
const char all_values[] = R"(
image: {repository: registry.example.com/mirror/postflight, tag: "1.2.3", pullPolicy: Always}
imagePullSecrets: [{name: mirror}]
checklists: {first: "checklist: first\n", second: "checklist: second\n"}
vars: {replicas: 3, rows: 12000000, app_url: "https://app.example.com/", ports: [9000, 9300]}
extraArgs: [--skip=terraform-plan, --set=title=a "quoted" one]
deadlineSeconds: 600
secretName: database
env: [{name: PROMETHEUS_URL, value: "http://prometheus.monitoring:9090"}]
reports: {persistentVolumeClaim: reports}
serviceAccount: {name: checker, annotations: {example.com/owner: operations}}
rbac:
  clusterRules: [{apiGroups: [""], resources: [nodes], verbs: [list]}]
  namespaceRules:
    authentik: [{apiGroups: [""], resources: [pods/log], verbs: [get]}]
    shop: [{apiGroups: [""], resources: [pods], verbs: [get, list]}]
cronJob: {schedule: "@daily", timeZone: Europe/Berlin, suspend: true, backoffLimit: 3}
ttlSecondsAfterFinished: 2592000
hooks: {postUpgrade: {enabled: true}, test: {extraArgs: [--quiet]}}
podLabels: {team: operations}
podAnnotations: {example.com/scrape: "false"}
nodeSelector: {kubernetes.io/os: linux}
tolerations: [{key: node-role.kubernetes.io/control-plane, operator: Exists}]
affinity: {nodeAffinity: {}}
)";

Rendered with_values(const std::string& values) {
  const TemporaryDirectory directory;
  const auto file = directory.path() + "/values.yaml";
  std::ofstream(file) << values;
  return helm_template("nightly", "operations", {"--values", file});
}

struct Rendering {
  std::string name;
  Rendered rendered;
};

// Every way in which deploy/ is used.
const std::vector<Rendering>& all_renderings() {
  static const std::vector<Rendering> all = [] {
    std::vector<Rendering> list;
    for (const auto* folder :
         {"base", "job", "indexed-job", "examples/authentik", "examples/kept-reports"})
      list.push_back({folder, kustomize(folder)});
    list.push_back({"chart", helm_template("postflight", "postflight")});
    list.push_back({"chart with all values", with_values(all_values)});
    return list;
  }();
  return all;
}

// The objects of `rendering` that have a pod.
std::vector<Json> runners_of(const Objects& objects) {
  std::vector<Json> runners;
  for (const auto& object : objects)
    if (object.at("kind") == "CronJob" || object.at("kind") == "Job" || object.at("kind") == "Pod")
      runners.push_back(object);
  return runners;
}

// Calls `look` with every object that has a pod, of every rendering.
template <typename Look>
void for_each_runner(Look look) {
  int count = 0;
  for (const auto& [name, rendered] : all_renderings())
    for (const auto& object : runners_of(rendered.objects)) {
      INFO(name << ": " << object.at("kind") << " " << object.at("metadata").at("name"));
      look(object, rendered.objects);
      ++count;
    }
  CHECK(count == 10);  // five of Kustomize, two and three of the chart
}

long seconds_of(const std::string& duration) {
  REQUIRE(duration.ends_with('s'));
  return std::stol(duration);
}

std::string version() {
  const auto told = run_program({std::string(PROGRAMS) + "/postflight", "--version"}).output;
  return told.substr(std::string("postflight ").size(), told.find('\n') - 11);
}

std::string vars_of(const Rendered& rendered) {
  return object_of(rendered.objects, "ConfigMap", "postflight-vars").at("data").at("vars.yaml");
}

// Two pods are to say the same, but for what only a chart can set.
Json comparable(Json pod_spec) {
  pod_spec.at("containers").at(0).erase("imagePullPolicy");
  return pod_spec;
}

}  // namespace

TEST_CASE("every rendered object has only fields that Kubernetes knows", "[deploy]") {
  NEEDS_TOOLS();
  for (const auto& [name, rendered] : all_renderings()) {
    INFO(name << ": " << rendered.errors);
    REQUIRE(rendered.exit_code == 0);
    CHECK(rendered.objects.size() >= 6);
    for (const auto& object : rendered.objects) {
      INFO(object.dump(1).substr(0, 300));
      CHECK(faults_in(object) == std::vector<std::string>{});
    }
  }
}

TEST_CASE("a field that is unknown, missing or of another type is seen", "[deploy]") {
  NEEDS_TOOLS();
  const auto base = kustomize("base");
  auto object = object_of(base.objects, "CronJob");
  auto& job = object["spec"]["jobTemplate"]["spec"];
  auto& pod = job["template"]["spec"];
  using Faults = std::vector<std::string>;
  REQUIRE(faults_in(object) == Faults{});
  SECTION("unknown") {
    pod["containers"][0]["securityContext"]["readOnlyRootFileSystem"] = true;
    CHECK(faults_in(object) == Faults{"CronJob.spec.jobTemplate.spec.template.spec.containers[0]."
                                      "securityContext.readOnlyRootFileSystem is no field"});
  }
  SECTION("missing") {
    job["podFailurePolicy"]["rules"][0].erase("action");
    CHECK(faults_in(object) ==
          Faults{"CronJob.spec.jobTemplate.spec.podFailurePolicy.rules[0].action is missing"});
  }
  SECTION("of another type") {
    job["podFailurePolicy"]["rules"][0]["onPodConditions"][0]["status"] = true;
    job["backoffLimit"] = "1";
    CHECK(faults_in(object) ==
          Faults{"CronJob.spec.jobTemplate.spec.backoffLimit is no number",
                 "CronJob.spec.jobTemplate.spec.podFailurePolicy.rules[0].onPodConditions[0]"
                 ".status is no string"});
  }
  SECTION("an apiVersion that is gone") {
    object["apiVersion"] = "batch/v1beta1";
    CHECK(faults_in(object) == Faults{"apiVersion is not batch/v1"});
  }
}

TEST_CASE("what a rendered object refers to is rendered with it", "[deploy]") {
  NEEDS_TOOLS();
  for_each_runner([](const Json& object, const Objects& objects) {
    const auto& pod = pod_spec_of(object);
    const auto name_space = object.at("metadata").at("namespace").get<std::string>();
    const auto account = pod.at("serviceAccountName").get<std::string>();
    CHECK(object_of(objects, "ServiceAccount", account).at("metadata").at("namespace") ==
          name_space);
    CHECK_FALSE(rights_of(objects, name_space, account).empty());
    std::map<std::string, std::string> volumes;  // and the ConfigMap of each
    for (const auto& volume : pod.at("volumes")) {
      const auto map = volume.contains("configMap")
                           ? volume.at("configMap").at("name").get<std::string>()
                           : std::string();
      volumes[volume.at("name")] = map;
      if (!map.empty())
        CHECK(object_of(objects, "ConfigMap", map).at("metadata").at("namespace") == name_space);
    }
    std::map<std::string, Json> mounts;  // by path: what is there
    for (const auto& mount : container_of(pod).at("volumeMounts")) {
      REQUIRE(volumes.contains(mount.at("name")));
      const auto& map = volumes.at(mount.at("name"));
      mounts[mount.at("mountPath")] =
          map.empty() ? Json::object() : object_of(objects, "ConfigMap", map).at("data");
      CHECK(mount.value("readOnly", false) == !map.empty());
    }
    // Every file that an argument names is in a ConfigMap, or is written to a volume.
    int files = 0;
    for (const auto& argument : container_of(pod).at("args")) {
      const auto text = argument.get<std::string>();
      const auto at = text.find("/etc/postflight/");
      if (at == std::string::npos) continue;
      const fs::path path = text.substr(at);
      REQUIRE(mounts.contains(path.parent_path()));
      CHECK(mounts.at(path.parent_path()).contains(path.filename().string()));
      ++files;
    }
    CHECK(files >= 2);
    for (const auto* begin : {"--report=json=", "--report=junit="})
      if (const auto path = argument_of(pod, begin); !path.empty())
        CHECK(mounts.contains(fs::path(path).parent_path()));
  });
}

TEST_CASE("every pod runs with as little as it can", "[deploy]") {
  NEEDS_TOOLS();
  for_each_runner([](const Json& object, const Objects& objects) {
    const auto& pod = pod_spec_of(object);
    CHECK(pod.at("restartPolicy") == "Never");
    CHECK(pod.at("enableServiceLinks") == false);
    CHECK(pod.at("automountServiceAccountToken") == true);
    CHECK(object_of(objects, "ServiceAccount").at("automountServiceAccountToken") == false);
    CHECK(pod.at("securityContext") == Json{{"runAsNonRoot", true},
                                            {"runAsUser", 65532},
                                            {"runAsGroup", 65532},
                                            {"fsGroup", 65532},
                                            {"seccompProfile", {{"type", "RuntimeDefault"}}}});
    const auto& container = container_of(pod);
    CHECK(container.at("securityContext") == Json{{"allowPrivilegeEscalation", false},
                                                  {"readOnlyRootFilesystem", true},
                                                  {"capabilities", {{"drop", {"ALL"}}}}});
    CHECK(container.at("name") == "postflight");
    CHECK(container.at("command") == Json{"/usr/bin/postflight"});
    // docs/speed.md: 68 MB at 50,000 pods, 138 MB with 10,000 checks.
    CHECK(container.at("resources").at("limits").at("memory") == "256Mi");
    CHECK(container.at("resources").at("requests") == Json{{"cpu", "100m"}, {"memory", "64Mi"}});
    CHECK(container.at("envFrom").at(0).at("secretRef").at("optional") == true);
    CHECK(container.at("terminationMessagePath") == argument_of(pod, "--report=termination="));
    CHECK(container.at("terminationMessagePolicy") == "FallbackToLogsOnError");
  });
}

TEST_CASE("the image is that of this version", "[deploy]") {
  NEEDS_TOOLS();
  const auto image = "registry.example.com/postflight:" + version();
  for (const auto& [name, rendered] : all_renderings())
    for (const auto& object : runners_of(rendered.objects)) {
      INFO(name);
      CHECK(container_of(pod_spec_of(object)).at("image") ==
            (name == "chart with all values" ? "registry.example.com/mirror/postflight:1.2.3"
                                             : image));
    }
}

TEST_CASE("Kubernetes waits longer than a run may take, for all its tries", "[deploy]") {
  NEEDS_TOOLS();
  for_each_runner([](const Json& object, const Objects&) {
    const auto& pod = pod_spec_of(object);
    const auto deadline = seconds_of(argument_of(pod, "--deadline="));
    const auto grace = pod.at("terminationGracePeriodSeconds").get<long>();
    CHECK(grace >= 30);
    const auto& killed = object.at("kind") == "Pod" ? pod : job_spec_of(object);
    const auto retries = killed.value("backoffLimitPerIndex", killed.value("backoffLimit", 0));
    CHECK(retries <= 3);
    CHECK(killed.at("activeDeadlineSeconds").get<long>() >=
          (retries + 1) * (deadline + grace + 10));
  });
}

TEST_CASE("a CronJob neither piles up nor is forgotten", "[deploy]") {
  NEEDS_TOOLS();
  for (const auto& [name, rendered] : all_renderings()) {
    if (!has_kind(rendered.objects, "CronJob")) continue;
    INFO(name);
    const auto& spec = object_of(rendered.objects, "CronJob").at("spec");
    CHECK(spec.at("concurrencyPolicy") == "Forbid");
    CHECK(spec.at("startingDeadlineSeconds") == 600);
    CHECK(spec.at("successfulJobsHistoryLimit") == 3);
    CHECK(spec.at("failedJobsHistoryLimit") == 3);
    CHECK(spec.at("jobTemplate").at("spec").at("ttlSecondsAfterFinished") ==
          (name == "chart with all values" ? 2592000 : 86400));
  }
  const auto& scheduled = object_of(all_renderings().back().rendered.objects, "CronJob").at("spec");
  CHECK(scheduled.at("schedule") == "@daily");
  CHECK(scheduled.at("timeZone") == "Europe/Berlin");
  CHECK(scheduled.at("suspend") == true);
}

TEST_CASE("every exit code has its action: what another try cannot change is not tried again",
          "[deploy]") {
  NEEDS_TOOLS();
  struct Row {
    int exit_code;
    const char *of_a_job, *of_a_shard;
  };
  const Row rows[] = {{exit_healthy, "", ""},
                      {exit_failed, "FailJob", "FailIndex"},
                      {exit_unknown, "Count", "Count"},
                      {exit_usage, "FailJob", "FailIndex"},
                      {exit_signal + SIGHUP, "Count", "Count"},
                      {exit_signal + SIGINT, "Count", "Count"},
                      {exit_signal + SIGTERM, "Count", "Count"},
                      {exit_signal + SIGKILL, "", ""}};  // not ours: it counts by default
  for_each_runner([&](const Json& object, const Objects&) {
    if (object.at("kind") == "Pod") return;
    const auto& job = job_spec_of(object);
    const auto& policy = job.at("podFailurePolicy");
    const bool has_shards = job.value("completionMode", "") == "Indexed";
    for (const auto& row : rows) {
      INFO("exit code " << row.exit_code);
      CHECK(action_for_exit_code(policy, "postflight", row.exit_code) ==
            (has_shards ? row.of_a_shard : row.of_a_job));
    }
    CHECK(action_for_condition(policy, "DisruptionTarget") == "Ignore");
    // What the API server asks of a policy.
    for (const auto& rule : policy.at("rules")) {
      CHECK(rule.contains("onExitCodes") != rule.contains("onPodConditions"));
      if (!rule.contains("onExitCodes")) continue;
      const auto values = rule.at("onExitCodes").at("values").get<std::vector<int>>();
      CHECK(std::ranges::is_sorted(values));
      CHECK(std::ranges::count(values, 0) == 0);
    }
  });
}

TEST_CASE("a policy without a rule for an exit code is seen", "[deploy]") {
  const auto policy = Json::parse(R"({"rules": [
      {"action": "FailJob", "onExitCodes": {"containerName": "other", "operator": "In", "values": [1]}},
      {"action": "Ignore", "onExitCodes": {"operator": "NotIn", "values": [1, 2]}},
      {"action": "Ignore", "onPodConditions": [{"type": "DisruptionTarget", "status": "True"}]}]})");
  CHECK(action_for_exit_code(policy, "postflight", 1).empty());
  CHECK(action_for_exit_code(policy, "postflight", 3) == "Ignore");
  CHECK(action_for_exit_code(policy, "other", 1) == "FailJob");
  CHECK(action_for_exit_code(policy, "postflight", 0).empty());
  CHECK(action_for_condition(policy, "DisruptionTarget").empty());
}

TEST_CASE("an Indexed Job has a pod for each shard", "[deploy]") {
  NEEDS_TOOLS();
  const auto rendered = kustomize("indexed-job");
  CHECK_FALSE(has_kind(rendered.objects, "CronJob"));
  const auto& job = object_of(rendered.objects, "Job").at("spec");
  CHECK(job.at("completionMode") == "Indexed");
  const auto shards = job.at("completions").get<int>();
  CHECK(shards == 8);
  CHECK(job.at("parallelism") == shards);
  CHECK(argument_of(pod_spec_of(object_of(rendered.objects, "Job")), "--shard=") ==
        fmt::format("$(JOB_COMPLETION_INDEX)/{}", shards));
  // What a volume keeps of another run is not joined with this one's.
  const auto pod = pod_spec_of(object_of(rendered.objects, "Job"));
  CHECK(argument_of(pod, "--run-id=") == "$(JOB_UID)");
  CHECK(container_of(pod).at("env").at(0).at("valueFrom").at("fieldRef").at("fieldPath") ==
        "metadata.labels['batch.kubernetes.io/controller-uid']");
  CHECK(job.at("backoffLimitPerIndex") == 1);
  CHECK_FALSE(job.contains("backoffLimit"));
  // Its report is the log.
  CHECK(argument_of(pod_spec_of(object_of(rendered.objects, "Job")), "--output=") == "json");
  // The number stands in the sources once.
  const auto shards_text = text_of(source_root + "/deploy/indexed-job/shards.yaml");
  CHECK(shards_text.find("/completions, value: 8}") != std::string::npos);
  CHECK(std::ranges::count(shards_text, '8') == 1);
}

TEST_CASE("the one-shot Job is the CronJob's", "[deploy]") {
  NEEDS_TOOLS();
  const auto base = kustomize("base"), job = kustomize("job");
  CHECK_FALSE(has_kind(job.objects, "CronJob"));
  CHECK(job_spec_of(object_of(job.objects, "Job")) ==
        job_spec_of(object_of(base.objects, "CronJob")));
}

TEST_CASE("the chart says what the base says", "[deploy]") {
  NEEDS_TOOLS();
  const auto base = kustomize("base"), chart = helm_template("postflight", "postflight");
  const auto& of_base = object_of(base.objects, "CronJob");
  const auto& of_chart = object_of(chart.objects, "CronJob");
  CHECK(comparable(pod_spec_of(of_chart)) == comparable(pod_spec_of(of_base)));
  for (const auto* field : {"podFailurePolicy", "backoffLimit", "activeDeadlineSeconds"})
    CHECK(job_spec_of(of_chart).at(field) == job_spec_of(of_base).at(field));
  CHECK(of_chart.at("spec").at("schedule") == of_base.at("spec").at("schedule"));
  CHECK(object_of(chart.objects, "ClusterRole").at("rules") ==
        object_of(base.objects, "ClusterRole").at("rules"));
  CHECK(object_of(chart.objects, "ConfigMap", "postflight-checklists").at("data") ==
        object_of(base.objects, "ConfigMap", "postflight-checklists").at("data"));
}

TEST_CASE("a run leaves out the namespace in which it leaves failed Jobs, and no other",
          "[deploy]") {
  NEEDS_TOOLS();
  CHECK(vars_of(kustomize("base")).find("\nexcept_namespaces: [postflight]\n") !=
        std::string::npos);
  const auto vars = [](const std::string& settings) {
    return vars_of(helm_template("postflight", "operations", {"--set", settings}));
  };
  CHECK(vars("deadlineSeconds=300") == "except_namespaces:\n- operations");
  CHECK(vars("cronJob.enabled=false") == "except_namespaces:\n- operations");
  CHECK(vars("hooks.test.enabled=false") == "except_namespaces:\n- operations");
  CHECK(vars("cronJob.enabled=false,hooks.test.enabled=false") == "{}");
  CHECK(vars("vars.except_namespaces={a,b}") == "except_namespaces:\n- a\n- b");
  CHECK(vars("checklists.mine=x") == "{}");
}

TEST_CASE("as a dependency the chart gates the upgrades of an application", "[deploy]") {
  NEEDS_TOOLS();
  const TemporaryDirectory directory;
  const fs::path shop = directory.path();
  fs::create_directories(shop / "charts");
  fs::copy(source_root + "/deploy/chart", shop / "charts/postflight", fs::copy_options::recursive);
  std::ofstream(shop / "Chart.yaml") << "{apiVersion: v2, name: shop, version: 1.0.0}\n";
  // As deploy/README.md says.
  std::ofstream(shop / "values.yaml")
      << "global: {domain: example.com}\n"
         "postflight:\n"
         "  hooks: {postUpgrade: {enabled: true}, test: {enabled: false}}\n"
         "  cronJob: {enabled: false}\n";
  const auto printed = helm({"template", "shop", shop, "--namespace", "shop"});
  INFO(printed.errors);
  REQUIRE(printed.exit_code == 0);
  const auto objects = objects_in(printed.text);
  CHECK(runners_of(objects).size() == 1);
  const auto& job = object_of(objects, "Job", "shop-postflight-hook");
  CHECK(job.at("metadata").at("annotations").at("helm.sh/hook") == "post-install,post-upgrade");
  CHECK(rights_of(objects, "shop", "shop-postflight").size() == 1);
  // With a CronJob or a test the application's own namespace would be left out: that is no gate.
  for (const auto* runner : {"cronJob", "hooks.test"}) {
    const auto blind = helm({"template", "shop", shop, "--namespace", "shop", "--set",
                             fmt::format("postflight.{}.enabled=true", runner)});
    CHECK(blind.exit_code != 0);
    CHECK(blind.errors.find("the namespace shop is not looked at") != std::string::npos);
  }
  CHECK(object_of(objects, "ConfigMap", "shop-postflight-checklists").at("data").size() == 1);
  CHECK(object_of(objects, "ConfigMap", "shop-postflight-vars").at("data").at("vars.yaml") == "{}");
}

TEST_CASE("what deploy/ holds of the shipped checklists is what they are now", "[deploy]") {
  const TemporaryDirectory fresh;
  const auto made = run_program({source_root + "/scripts/generate-deploy",
                                 std::string(PROGRAMS) + "/postflight", fresh.path()});
  INFO(made.errors);
  REQUIRE(made.exit_code == 0);
  int files = 0;
  for (const auto& entry : fs::recursive_directory_iterator(fresh.path())) {
    if (!entry.is_regular_file()) continue;
    const auto path = fs::relative(entry.path(), fresh.path());
    INFO(path << " is not up to date: scripts/generate-deploy writes it");
    CHECK(text_of(source_root / path) == text_of(entry.path()));
    ++files;
  }
  CHECK(files == 6);
}

TEST_CASE("authentik's checklist has rights in authentik's namespace only", "[deploy]") {
  NEEDS_TOOLS();
  const auto rendered = kustomize("examples/authentik");
  CHECK_FALSE(has_kind(rendered.objects, "ClusterRole"));
  CHECK_FALSE(has_kind(rendered.objects, "ClusterRoleBinding"));
  for (const auto& object : rendered.objects)
    CHECK(object.at("metadata").at("namespace") == "authentik");
  CHECK(argument_of(pod_spec_of(object_of(rendered.objects, "CronJob")), "--skip=") ==
        "terraform-plan");
}

TEST_CASE("the chart: lint, and values that are wrong", "[deploy]") {
  NEEDS_TOOLS();
  const auto chart = source_root + "/deploy/chart";
  const auto clean = helm({"lint", "--strict", chart});
  INFO(clean.text << clean.errors);
  CHECK(clean.exit_code == 0);
  CHECK(clean.text.find("[WARNING]") == std::string::npos);
  for (const auto* wrong :
       {"image.tga=1", "deadlineSeconds=5m", "cronJob.suspend=maybe", "checklists.a/b=x",
        "hooks.postUpgrade.enable=true", "rbac.clusterRules[0].verb=get", "extraArgs=--quiet"}) {
    INFO(wrong);
    CHECK(helm({"template", "p", chart, "--set", wrong}).exit_code != 0);
  }
  // A dependency is given these.
  CHECK(helm({"template", "p", chart, "--set", "global.domain=a,enabled=true"}).exit_code == 0);
  const auto text = text_of(chart + "/Chart.yaml");
  CHECK(text.find("\nversion: " + version() + "\n") != std::string::npos);
  CHECK(text.find("\nappVersion: " + version() + "\n") != std::string::npos);
}

TEST_CASE("the chart's values come through", "[deploy]") {
  NEEDS_TOOLS();
  const auto& objects = all_renderings().back().rendered.objects;
  const auto& pod = pod_spec_of(object_of(objects, "CronJob"));
  CHECK(container_of(pod).at("args") ==
        Json{"run", "/etc/postflight/checklists/first.yaml",
             "/etc/postflight/checklists/second.yaml", "--vars=/etc/postflight/vars/vars.yaml",
             "--deadline=600s", "--report=json=/reports/report.json",
             "--report=junit=/reports/report.xml", "--report=termination=/dev/termination-log",
             "--skip=terraform-plan", "--set=title=a \"quoted\" one"});
  CHECK(container_of(pod).at("env").at(0).at("name") == "PROMETHEUS_URL");
  CHECK(container_of(pod).at("envFrom").at(0).at("secretRef").at("name") == "database");
  CHECK(pod.at("volumes").at(2).at("persistentVolumeClaim").at("claimName") == "reports");
  CHECK(pod.at("serviceAccountName") == "checker");
  CHECK(pod.at("tolerations").size() == 1);
  CHECK(object_of(objects, "ConfigMap", "nightly-postflight-checklists").at("data") ==
        Json{{"first.yaml", "checklist: first\n"}, {"second.yaml", "checklist: second\n"}});
  // As they were written: no 1.2e+07.
  CHECK(object_of(objects, "ConfigMap", "nightly-postflight-vars").at("data").at("vars.yaml") ==
        "app_url: https://app.example.com/\nports:\n- 9000\n- 9300\nreplicas: 3\nrows: 12000000");
  const auto rights = rights_of(objects, "operations", "checker");
  REQUIRE(rights.size() == 3);
  std::set<std::string> resources;
  for (const auto& role : rights)
    for (const auto& rule : role.at("rules"))
      resources.insert(role.at("metadata").value("namespace", "") + " " +
                       rule.at("resources").at(0).get<std::string>());
  CHECK(resources == std::set<std::string>{" nodes", "authentik pods/log", "shop pods"});
  SECTION("checklists without rights get none") {
    const auto own = helm_template("p", "p", {"--set", "checklists.mine=x"});
    REQUIRE(own.exit_code == 0);
    CHECK_FALSE(has_kind(own.objects, "ClusterRole"));
  }
}

TEST_CASE("the chart's hooks: an upgrade waits for one, a failed one stays to be read",
          "[deploy]") {
  NEEDS_TOOLS();
  const auto plain = helm_template("postflight", "postflight");
  const auto hooked = helm_template(
      "postflight", "postflight",
      {"--set", "hooks.postUpgrade.enabled=true,vars.except_namespaces={postflight}"});
  CHECK_FALSE(has_kind(plain.objects, "Job"));
  const auto& job = object_of(hooked.objects, "Job");
  const auto& pod = object_of(hooked.objects, "Pod");
  CHECK(job.at("metadata").at("annotations") ==
        Json{{"helm.sh/hook", "post-install,post-upgrade"},
             {"helm.sh/hook-weight", "100"},
             {"helm.sh/hook-delete-policy", "before-hook-creation"}});
  CHECK(pod.at("metadata").at("annotations") ==
        Json{{"helm.sh/hook", "test"}, {"helm.sh/hook-delete-policy", "before-hook-creation"}});
  // What they need is there before them: it is no hook.
  for (const auto& object : hooked.objects)
    if (object.at("kind") != "Job" && object.at("kind") != "Pod")
      CHECK_FALSE(object.at("metadata").contains("annotations"));
  // helm gives up after 5 minutes unless it is told otherwise.
  CHECK(job.at("spec").at("activeDeadlineSeconds") < 300);
  CHECK(pod.at("spec").at("activeDeadlineSeconds") < 300);
  CHECK_FALSE(job.at("spec").contains("ttlSecondsAfterFinished"));
  CHECK(argument_of(pod_spec_of(job), "--wait=") == "2m");
  const auto off = helm_template("postflight", "postflight",
                                 {"--set", "hooks.test.enabled=false,cronJob.enabled=false"});
  CHECK(runners_of(off.objects).empty());
}

TEST_CASE("the chart's notes say what to look at", "[deploy]") {
  NEEDS_TOOLS();
  const auto notes = helm({"install", "postflight", source_root + "/deploy/chart", "--namespace",
                           "operations", "--dry-run=client"});
  INFO(notes.errors);
  REQUIRE(notes.exit_code == 0);
  const auto text = notes.text.substr(notes.text.find("\nNOTES:"));
  for (const auto* wanted :
       {"kubectl -n operations create job --from=cronjob/postflight postflight-now",
        "helm -n operations test postflight --logs", "The namespace operations is not looked at",
        ".state.terminated.message"}) {
    INFO(text);
    CHECK(text.find(wanted) != std::string::npos);
  }
}

}  // namespace postflight::test
