// checklists/cluster.yaml on the stand-in of a whole cluster: green where all is well, and each
// fault is seen by the checks it is about, and by no other.
#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators_range.hpp>
#include <map>

#include "tests/end_to_end/healthy_prometheus.hpp"
#include "tests/end_to_end/shipped_run.hpp"
#include "tests/support/sanitized.hpp"

namespace postflight::test {
namespace {

const Ids of_prometheus{"volumes-not-full",   "volumes-have-inodes", "alerts-critical",
                        "alerts-warning",     "rules-evaluated",     "targets-up",
                        "apis-not-deprecated"};

std::map<std::string, Ids> faults() {
  const auto result =
      run_program({world_program, "--list-faults", "--cluster", "healthy", "--json"});
  std::map<std::string, Ids> list;
  for (const auto& fault : Json::parse(result.output))
    list[fault.at("name").get<std::string>()] = fault.at("checks").get<Ids>();
  return list;
}

Ids ids_not_green(const Run& run) {
  Ids ids;
  for (const auto* status : {"failed", "warned", "errored"}) ids.merge(run.ids_with(status));
  return ids;
}

}  // namespace

TEST_CASE("a healthy cluster is green, and each check says what it examined",
          "[end-to-end][cluster]") {
  const WorldProgram world(world_program, {"--cluster", "healthy"});
  const auto run = run_shipped(world, "cluster.yaml", {});
  INFO(run.output);
  CHECK(run.exit_code == 0);
  CHECK(run.record.at("verdict") == "passed");
  CHECK(run.ids_with("skipped") == of_prometheus);
  CHECK(ids_not_green(run) == Ids{});
  CHECK(run.ids_with("passed").size() >= 28);
  for (const auto& check : run.record.at("checks")) {
    INFO(check.at("id"));
    CHECK_FALSE(check.at("hint").get<std::string>().empty());
    CHECK_FALSE(check.at("page").get<std::string>().empty());
    if (check.at("status") == "skipped") {
      CHECK(check.at("reason") == "not-installed");
      continue;
    }
    CHECK_FALSE(check.at("evidence").empty());
    CHECK(check.at("examined").get<int>() > 0);
  }
}

TEST_CASE("each fault of a cluster is seen by the checks it is about and by no other",
          "[end-to-end][cluster]") {
  static const auto all = faults();
  CHECK(all.size() >= 28);
  std::vector<std::string> names;
  for (const auto& [name, ids] : all) names.push_back(name);
  const auto name = GENERATE_REF(from_range(share_of(names, 6)));
  DYNAMIC_SECTION(name) {
    const WorldProgram world(world_program, {"--cluster", "healthy", "--fault", name});
    const auto run = run_shipped(world, "cluster.yaml", {});
    INFO(run.output);
    CHECK(ids_not_green(run) == all.at(name));
    CHECK(run.exit_code ==
          (run.ids_with("errored").empty() ? run.ids_with("failed").empty() ? 0 : 1 : 2));
  }
}

TEST_CASE("each fault is seen by some check, and each check of the cluster's own sees some fault",
          "[end-to-end][cluster]") {
  const WorldProgram world(world_program, {"--cluster", "healthy"});
  Ids seen;
  for (const auto& [name, ids] : faults()) seen.insert(ids.begin(), ids.end());
  const auto run = run_shipped(world, "cluster.yaml", {});
  for (const auto& check : run.record.at("checks")) {
    const auto id = check.at("id").get<std::string>();
    if (of_prometheus.contains(id)) continue;
    INFO(id);
    CHECK(seen.contains(id));
  }
}

TEST_CASE("each kind of object is listed once, however many checks read it",
          "[end-to-end][cluster]") {
  const WorldProgram world(world_program, {"--cluster", "healthy", "--pods", "1200"});
  const auto run = run_shipped(world, "cluster.yaml", {});
  INFO(run.output);
  CHECK(run.exit_code == 0);
  const auto counts = Json::parse(world.file("requests.json"));
  CHECK(counts.at("pods").at("page") == 2);
  std::size_t lists = 0;
  for (const auto& [resource, verbs] : counts.items()) {
    INFO(resource);
    CHECK(verbs.value("list", 0) <= 1);
    lists += verbs.value("list", 0);
  }
  CHECK(lists >= 20);
}

TEST_CASE("what Prometheus knows of a healthy cluster is green", "[end-to-end][cluster]") {
  if (!PrometheusServer::is_installed()) SKIP("prometheus or prometheus-alertmanager is missing");
  const PrometheusServer prometheus(healthy_prometheus());
  const WorldProgram world(world_program, {"--cluster", "healthy"});
  const auto run =
      run_shipped(world, "cluster.yaml", {"--set", "prometheus_url=" + prometheus.url()});
  INFO(run.output);
  CHECK(run.exit_code == 0);
  CHECK(run.ids_with("skipped") == Ids{});
  CHECK(ids_not_green(run) == Ids{});
}

TEST_CASE("what Prometheus knows of a cluster in trouble is red", "[end-to-end][cluster]") {
  if (!PrometheusServer::is_installed()) SKIP("prometheus or prometheus-alertmanager is missing");
  const std::string trouble =
      "      - {alert: TargetDown, expr: up == 0, labels: {severity: critical}}\n"
      "      - {alert: Late, expr: vector(1), labels: {severity: warning}}\n"
      "  - name: broken\n    rules:\n"
      "      - {record: \"two:two\", expr: \"vector(1) * on() group_left() "
      "(label_replace(vector(1), "
      "'x', 'a', '', '') or label_replace(vector(1), 'x', 'b', '', ''))\"}\n";
  const PrometheusServer prometheus({cluster_rules(98, 99, true, trouble),
                                     {"Watchdog", "Watched", "TargetDown", "Late"},
                                     true,
                                     true});
  const WorldProgram world(world_program, {"--cluster", "healthy"});
  const auto run =
      run_shipped(world, "cluster.yaml", {"--set", "prometheus_url=" + prometheus.url()});
  INFO(run.output);
  CHECK(run.exit_code == 1);
  CHECK(run.ids_with("failed") ==
        Ids{"volumes-not-full", "volumes-have-inodes", "alerts-critical", "rules-evaluated"});
  CHECK(run.ids_with("warned") == Ids{"alerts-warning", "targets-up", "apis-not-deprecated"});
  CHECK(run.ids_with("errored") == Ids{});
}

}  // namespace postflight::test
