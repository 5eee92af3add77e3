#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <optional>
#include <set>

#include "checks/support/findings.hpp"
#include "checks/support/list_of.hpp"
#include "checks/support/quantity.hpp"
#include "checks/support/server_version.hpp"
#include "checks/support/text.hpp"
#include "text/counted.hpp"

namespace postflight {
extern constinit const CheckKind k8s_nodes;

namespace {

constexpr std::string_view cordoned_choices[] = {"warn", "fail", "allow"};

constexpr Setting use_settings[] = {
    {"cpu-warn", SettingType::integer, "percent of the allocatable processors"},
    {"cpu-fail", SettingType::integer, "percent of the allocatable processors"},
    {"memory-warn", SettingType::integer, "percent of the allocatable memory"},
    {"memory-fail", SettingType::integer, "percent of the allocatable memory"},
};

constexpr Setting settings_of_nodes[] = {
    {"min", SettingType::integer, "how many nodes there must be at least", false, "1"},
    {"cordoned",
     SettingType::text,
     "what a node is that takes no new pods",
     false,
     "warn",
     {},
     cordoned_choices},
    {"must-be-true", SettingType::texts, "conditions that must be True, beside Ready"},
    {"must-be-false", SettingType::texts,
     "conditions that must be False where a node has them, beside the pressures and "
     "NetworkUnavailable"},
    {"max-skew", SettingType::integer,
     "how many minor versions a kubelet may be older than the API server", false, "3"},
    {"use",
     SettingType::object,
     "how much may be in use, as the metrics API tells; not asked without this",
     false,
     {},
     use_settings},
};

struct Condition {
  std::string status, reason, message;
};

struct Node {
  std::string name, kubelet;
  bool cordoned = false;
  std::map<std::string, Condition> conditions;
  std::optional<double> cpu, memory;  // allocatable
};

struct Use {
  double cpu = 0, memory = 0;
};
using Uses = std::map<std::string, Use>;

std::optional<double> quantity_in(const JsonReader& map, const char* field) {
  if (!map.has(field)) return std::nullopt;
  const auto written = map.text(field);
  const auto quantity = parse_quantity(written);
  if (!quantity)
    throw CannotTell("unreadable", fmt::format("{}: {} is no quantity: {}", map.object(), field,
                                               excerpt(written, 40)));
  return quantity;
}

void gather_node(std::vector<Node>& nodes, const JsonReader& object) {
  Node node;
  node.name = object.map("metadata").required_text("name");
  node.cordoned = object.map("spec").flag("unschedulable").value_or(false);
  const auto status = object.map("status");
  node.kubelet = status.map("nodeInfo").text("kubeletVersion");
  for (const auto& condition : status.maps("conditions"))
    node.conditions[condition.required_text("type")] = {
        condition.text("status"), condition.text("reason"), condition.text("message")};
  node.cpu = quantity_in(status.map("allocatable"), "cpu");
  node.memory = quantity_in(status.map("allocatable"), "memory");
  nodes.push_back(std::move(node));
}

void gather_use(Uses& uses, const JsonReader& object) {
  const auto usage = object.map("usage");
  const auto cpu = quantity_in(usage, "cpu"), memory = quantity_in(usage, "memory");
  if (!cpu || !memory)
    throw CannotTell("unreadable", object.object() + ": usage lacks cpu or memory");
  uses[object.map("metadata").required_text("name")] = {*cpu, *memory};
}

struct Wanted {
  std::int64_t min = 1, max_skew = 3;
  std::string cordoned;
  std::vector<std::string> must_be_true{"Ready"};
  // Absent ones are fine: not every network plug-in sets NetworkUnavailable.
  std::vector<std::string> must_be_false{"MemoryPressure", "DiskPressure", "PIDPressure",
                                         "NetworkUnavailable"};
  bool asks_use = false;
  std::optional<std::int64_t> cpu_warn, cpu_fail, memory_warn, memory_fail;
};

// One judgement of the nodes: pure, of answers alone.
class NodesJudge {
 public:
  NodesJudge(const Wanted& wanted, Findings& findings) : wanted_(wanted), findings_(findings) {}

  void judge_number(std::size_t count) {
    const auto number = static_cast<std::int64_t>(count);
    findings_.add(number >= wanted_.min ? Status::passed : Status::failed, "the number of nodes",
                  fmt::format("at least {}", wanted_.min), fmt::format("{}", number));
  }

  void judge_conditions(const Node& node) {
    for (const auto& name : wanted_.must_be_true) {
      const auto found = node.conditions.find(name);
      const auto* condition = found == node.conditions.end() ? nullptr : &found->second;
      findings_.add(
          condition != nullptr && condition->status == "True" ? Status::passed : Status::failed,
          subject(node), name + " is True", said(name, condition));
    }
    std::vector<std::string> bad;
    std::size_t seen = 0;
    for (const auto& name : wanted_.must_be_false) {
      const auto found = node.conditions.find(name);
      if (found == node.conditions.end()) continue;
      ++seen;
      if (found->second.status != "False") bad.push_back(said(name, &found->second));
    }
    if (seen == 0 && wanted_.must_be_false.size() > 0) {
      findings_.add_unknown(subject(node), no_pressure, "unreadable",
                            "it reports none of these conditions");
      return;
    }
    findings_.add(bad.empty() ? Status::passed : Status::failed, subject(node), no_pressure,
                  bad.empty() ? fmt::format("{} conditions are False", seen)
                              : fmt::format("{}", fmt::join(bad, "; ")));
  }

  void judge_cordon(const Node& node) {
    const auto bad = wanted_.cordoned == "fail"    ? Status::failed
                     : wanted_.cordoned == "allow" ? Status::passed
                                                   : Status::warned;
    findings_.add(node.cordoned ? bad : Status::passed, subject(node), "not cordoned",
                  node.cordoned ? "cordoned: no new pods" : "it is not");
  }

  // https://kubernetes.io/releases/version-skew-policy/#kubelet
  void judge_version(const Node& node, const ServerVersion& server) {
    const auto expected =
        fmt::format("a kubelet at most {} minor versions older than the API server, and not newer",
                    wanted_.max_skew);
    const auto version = parse_version(node.kubelet);
    if (!version) {
      findings_.add_unknown(subject(node), expected, "unreadable",
                            "its kubelet's version is not readable: " + excerpt(node.kubelet, 40));
      return;
    }
    const auto skew = server.numbers[1] - (*version)[1];
    const bool right = (*version)[0] == server.numbers[0] && skew >= 0 && skew <= wanted_.max_skew;
    findings_.add(right ? Status::passed : Status::failed, subject(node), expected,
                  fmt::format("{}, the API server {}", node.kubelet, server.text));
  }

  // Nodes of different versions are a rolling upgrade, or one that stopped half way.
  void judge_sameness(const std::vector<Node>& nodes) {
    std::map<std::string, std::size_t> versions;
    for (const auto& node : nodes) ++versions[node.kubelet];
    std::string text;
    for (const auto& [version, count] : versions)
      text += fmt::format("{}{} on {}", text.empty() ? "" : ", ",
                          version.empty() ? "an unknown version" : excerpt(version, 40),
                          counted(count, "node"));
    findings_.add(versions.size() > 1 ? Status::warned : Status::passed, "all nodes",
                  "one kubelet version", text);
  }

  void judge_use(const Node& node, const Uses& uses) {
    const auto found = uses.find(node.name);
    judge_use(node, "processors", node.cpu, wanted_.cpu_warn, wanted_.cpu_fail,
              found == uses.end() ? nullptr : &found->second.cpu);
    judge_use(node, "memory", node.memory, wanted_.memory_warn, wanted_.memory_fail,
              found == uses.end() ? nullptr : &found->second.memory);
  }

 private:
  static constexpr auto no_pressure = "no pressure, and a network";

  static std::string subject(const Node& node) { return "node " + node.name; }

  static std::string said(const std::string& name, const Condition* condition) {
    if (condition == nullptr) return fmt::format("it reports no condition {}", name);
    return fmt::format("{} is {}{}{}", name,
                       condition->status.empty() ? "without a status" : condition->status,
                       condition->reason.empty() ? "" : ": " + excerpt(condition->reason, 60),
                       condition->message.empty() ? "" : ": " + excerpt(condition->message));
  }

  void judge_use(const Node& node, const std::string& what, std::optional<double> allocatable,
                 std::optional<std::int64_t> warn, std::optional<std::int64_t> fail,
                 const double* used) {
    if (!warn && !fail) return;
    const auto expected = fmt::format("under {} % of its {} in use", fail ? *fail : *warn, what);
    if (used == nullptr || !allocatable || *allocatable <= 0) {
      findings_.add_unknown(
          subject(node), expected, "unreadable",
          used == nullptr ? "the metrics API tells nothing of it" : "it says not how much it has");
      return;
    }
    const auto percent = 100 * *used / *allocatable;
    const auto status = fail && percent >= static_cast<double>(*fail)   ? Status::failed
                        : warn && percent >= static_cast<double>(*warn) ? Status::warned
                                                                        : Status::passed;
    findings_.add(status, subject(node), expected, fmt::format("{:.0f} %", std::floor(percent)));
  }

  const Wanted& wanted_;
  Findings& findings_;
};

class Nodes : public Check {
 public:
  explicit Nodes(Wanted wanted) : wanted_(std::move(wanted)) {}

  std::vector<const ListUse*> lists() const override {
    if (wanted_.asks_use) return {&nodes_, &uses_};
    return {&nodes_};
  }

  std::vector<std::string> kubernetes_paths() const override { return {"/version"}; }

  Outcome run(const CheckContext& context) const override {
    const auto nodes = nodes_.read(context);
    const auto server = server_version(context.clients.kubernetes, limits_of(context));
    std::shared_ptr<const Uses> uses;
    if (wanted_.asks_use) uses = uses_.read(context);
    Findings findings;
    NodesJudge judge(wanted_, findings);
    judge.judge_number(nodes->size());
    for (const auto& node : *nodes) {
      judge.judge_conditions(node);
      judge.judge_cordon(node);
      judge.judge_version(node, server);
      if (uses) judge.judge_use(node, *uses);
    }
    if (!nodes->empty()) judge.judge_sameness(*nodes);
    return findings.outcome(summary(findings, nodes->size()), nodes->size());
  }

 private:
  std::string summary(const Findings& findings, std::size_t count) const {
    const auto status = findings.status();
    if (status == Status::passed)
      return fmt::format("{}: Ready, without pressure, {}as new as they must be",
                         counted(count, "node"),
                         wanted_.asks_use ? "with room in what they have, and " : "and ");
    const auto& fact = *findings.first(status);
    const auto more = findings.count(status) - 1;
    return fmt::format("{}: {}{}", fact.subject, fact.observed,
                       more == 0 ? "" : fmt::format(" (and {} more)", more));
  }

  const Wanted wanted_;
  const ListOf<std::vector<Node>> nodes_{{"v1", "nodes"}, "", gather_node, "k8s.nodes"};
  const ListOf<Uses> uses_{{"metrics.k8s.io/v1beta1", "nodes"}, "", gather_use};
};

std::unique_ptr<Check> create_nodes(const Settings& settings) {
  Wanted wanted;
  wanted.min = settings.integer("min");
  wanted.max_skew = settings.integer("max-skew");
  wanted.cordoned = settings.text("cordoned");
  for (const auto* name : {"min", "max-skew"})
    if (settings.integer(name) < 0)
      settings.mistake(name, fmt::format("'{}' must not be negative", name));
  for (const auto& name : settings.texts("must-be-true")) wanted.must_be_true.push_back(name);
  for (const auto& name : settings.texts("must-be-false")) wanted.must_be_false.push_back(name);
  wanted.asks_use = settings.has("use");
  const auto use = settings.object("use");
  wanted.cpu_warn = use.optional_integer("cpu-warn");
  wanted.cpu_fail = use.optional_integer("cpu-fail");
  wanted.memory_warn = use.optional_integer("memory-warn");
  wanted.memory_fail = use.optional_integer("memory-fail");
  if (wanted.asks_use && !wanted.cpu_warn && !wanted.cpu_fail && !wanted.memory_warn &&
      !wanted.memory_fail)
    settings.mistake("use", "'use' needs a percentage");
  for (const auto& [warn, fail, name] :
       {std::tuple{wanted.cpu_warn, wanted.cpu_fail, "cpu-warn"},
        std::tuple{wanted.memory_warn, wanted.memory_fail, "memory-warn"}})
    if (warn && fail && *warn >= *fail)
      use.mistake(name, fmt::format("'{}' must be less than what fails", name));
  return std::make_unique<Nodes>(std::move(wanted));
}

}  // namespace

constinit const CheckKind k8s_nodes{"k8s.nodes",
                                    "every node is Ready, without pressure, and of a right version",
                                    settings_of_nodes, create_nodes, true};

}  // namespace postflight
