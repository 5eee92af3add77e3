#include "cli/fleet.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <string_view>

#include "cli/files.hpp"
#include "cli/load.hpp"
#include "runner/suggest.hpp"
#include "runner/yaml.hpp"

namespace postflight {
namespace {

constexpr std::string_view members[] = {"name", "kubeconfig", "context", "vars"};

class FleetReader {
 public:
  explicit FleetReader(const Options& options) : options_(options) {}

  std::vector<ClusterOptions> read() {
    const auto root = read_yaml(read_input_file(options_.fleet), options_.fleet, mistakes_);
    if (mistakes_.empty()) read_root(root);
    if (!mistakes_.empty()) throw Mistakes(std::move(mistakes_));
    return std::move(clusters_);
  }

 private:
  void complain(const Position& where, std::string what) {
    mistakes_.push_back({where, std::move(what)});
  }

  void read_root(const Value& root) {
    const Position top{options_.fleet, 1, 1};
    if (root.type != Value::Type::map || root.members.size() != 1 ||
        root.members.front().key != "clusters")
      return complain(top, "a fleet is a map with one member, 'clusters'");
    const auto& list = root.members.front().value;
    if (list.type != Value::Type::list || list.items.empty())
      return complain(root.members.front().where, "'clusters' is a list of one or more clusters");
    for (const auto& item : list.items) read_cluster(item);
  }

  void read_cluster(const Value& item) {
    if (item.type != Value::Type::map)
      return complain(item.where, "a cluster is a map with a name");
    ClusterOptions cluster{"", false, options_};
    cluster.options.fleet.clear();
    for (const auto& member : item.members) read_member(member, cluster);
    if (cluster.name.empty()) return complain(item.where, "the cluster has no 'name'");
    if (std::ranges::find(clusters_, cluster.name, &ClusterOptions::name) != clusters_.end())
      complain(item.where, fmt::format("the cluster '{}' is there twice", cluster.name));
    clusters_.push_back(std::move(cluster));
  }

  void read_member(const Member& member, ClusterOptions& cluster) {
    if (std::ranges::find(members, member.key) == std::end(members))
      return complain(
          member.where,
          fmt::format("a cluster has no member '{}'{}", member.key,
                      did_you_mean(member.key, {std::begin(members), std::end(members)})));
    if (member.key == "vars") return read_vars(member, cluster);
    if (member.value.type != Value::Type::scalar || member.value.text.empty())
      return complain(member.where, fmt::format("'{}' is a text that is not empty", member.key));
    const auto& text = member.value.text;
    if (member.key != "name") cluster.is_named = true;
    if (member.key == "name") cluster.name = text;
    if (member.key == "context") cluster.options.context = text;
    if (member.key == "kubeconfig" && text.starts_with("~"))
      return complain(member.where, "'kubeconfig' is no shell: write the folder in place of ~");
    if (member.key == "kubeconfig")  // relative to the file that names it
      cluster.options.kubeconfig =
          (std::filesystem::path(options_.fleet).parent_path() / text).string();
  }

  // --set wins over them, as it does over --vars.
  void read_vars(const Member& member, ClusterOptions& cluster) {
    if (member.value.type != Value::Type::map)
      return complain(member.where, "'vars' is a map of names to values");
    auto& set = cluster.options.set;
    auto pairs = variables_in(member.value, mistakes_);
    set.insert(set.begin(), std::make_move_iterator(pairs.begin()),
               std::make_move_iterator(pairs.end()));
  }

  const Options& options_;
  std::vector<ClusterOptions> clusters_;
  std::vector<Mistake> mistakes_;
};

}  // namespace

std::vector<ClusterOptions> clusters_of(const Options& options) {
  if (!options.fleet.empty()) return FleetReader(options).read();
  std::vector<ClusterOptions> clusters;
  for (const auto& context : options.contexts) {
    clusters.push_back({context, true, options});
    clusters.back().options.contexts.clear();
    clusters.back().options.context = context;
  }
  return clusters;
}

}  // namespace postflight
