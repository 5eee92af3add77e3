#include "clients/config_node.hpp"

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <utility>

#include "text/yaml_document.hpp"

namespace postflight {
namespace {

constexpr std::size_t largest_file = 16u << 20;

ConfigNode config_of(YamlNode from, const std::string& file, int parent_line) {
  ConfigNode node;
  node.file = file;
  node.line = from.line == 0 ? parent_line : from.line;
  switch (from.type) {
    case YamlNode::Type::scalar:
      node.type = ConfigNode::Type::scalar;
      node.text = std::move(from.text);
      node.quoted = from.quoted;
      break;
    case YamlNode::Type::list:
      node.type = ConfigNode::Type::list;
      for (auto& item : from.items)
        node.items.push_back(config_of(std::move(item), file, node.line));
      break;
    case YamlNode::Type::map:
      node.type = ConfigNode::Type::map;
      for (auto& member : from.members)
        node.members.push_back(
            {std::move(member.key), config_of(std::move(member.value), file, member.line)});
      break;
    case YamlNode::Type::null:
      break;
  }
  return node;
}

nlohmann::json to_json(const ConfigNode& node) {
  switch (node.type) {
    case ConfigNode::Type::null:
      return nullptr;
    case ConfigNode::Type::list: {
      auto list = nlohmann::json::array();
      for (const auto& item : node.items) list.push_back(to_json(item));
      return list;
    }
    case ConfigNode::Type::map: {
      auto map = nlohmann::json::object();
      for (const auto& member : node.members) map[member.key] = to_json(member.value);
      return map;
    }
    case ConfigNode::Type::scalar:
      break;
  }
  if (!node.quoted) {
    const auto plain = nlohmann::json::parse(node.text, nullptr, false);
    if (plain.is_boolean() || plain.is_number()) return plain;
  }
  return node.text;
}

}  // namespace

const ConfigNode* ConfigNode::find(std::string_view key) const {
  for (const auto& member : members)
    if (member.key == key) return member.value.type == Type::null ? nullptr : &member.value;
  return nullptr;
}

KubeconfigError ConfigNode::mistake(const std::string& what) const {
  return KubeconfigError(file + ":" + std::to_string(line) + ": " + what);
}

ConfigNode read_config(const std::string& file) {
  constexpr YamlLimits limits{largest_file, 200'000};
  const auto text = read_config_file("kubeconfig", file);
  auto fault = fault_in_bytes(text, limits);
  YamlNode root;
  if (!fault) {
    std::vector<YamlFault> faults;
    root = read_yaml_document(text, limits, faults);
    if (!faults.empty()) fault = faults.front();
  }
  if (!fault) return config_of(std::move(root), file, 1);
  const auto where = fault->line == 0
                         ? ""
                         : ":" + std::to_string(fault->line) + ":" + std::to_string(fault->column);
  throw KubeconfigError("kubeconfig " + file + where + ": " + fault->what);
}

std::string json_of(const ConfigNode& node) { return to_json(node).dump(); }

std::string read_config_file(const std::string& name, const std::string& file) {
  const auto cannot = [&](const std::string& why) {
    return KubeconfigError(name + " " + file + ": " + why);
  };
  std::error_code error;
  const auto status = std::filesystem::status(file, error);
  if (status.type() == std::filesystem::file_type::not_found) throw cannot("no such file");
  if (error) throw cannot("cannot be read: " + error.message());
  if (std::filesystem::is_directory(status)) throw cannot("is a directory, not a file");
  errno = 0;
  std::ifstream stream(file, std::ios::binary);
  if (!stream) throw cannot(std::string("cannot be read: ") + std::strerror(errno));
  // Not by its size: a pipe has none.
  std::string text;
  char block[16 << 10];
  while (stream && text.size() <= largest_file) {
    stream.read(block, sizeof block);
    text.append(block, static_cast<std::size_t>(stream.gcount()));
  }
  if (stream.bad()) throw cannot("cannot be read");
  if (text.size() > largest_file) throw cannot("is larger than 16 MiB");
  return text;
}

}  // namespace postflight
