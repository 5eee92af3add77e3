#include "clients/config_node.hpp"

#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

namespace postflight {
namespace {

constexpr std::size_t largest_file = 16u << 20;
constexpr int most_values = 100'000;  // aliases expanded
constexpr int deepest = 64;

class Converter {
 public:
  explicit Converter(const std::string& file) : file_(file) {}

  ConfigNode convert(const YAML::Node& from, int depth = 0) {
    ConfigNode node;
    node.file = file_;
    node.line = from.Mark().line + 1;
    if (depth > deepest || ++count_ > most_values)
      throw node.mistake("too deep or too large to be a kubeconfig");
    switch (from.Type()) {
      case YAML::NodeType::Scalar:
        node.type = ConfigNode::Type::scalar;
        node.text = from.Scalar();
        node.quoted = from.Tag() == "!";
        break;
      case YAML::NodeType::Sequence:
        node.type = ConfigNode::Type::list;
        for (const auto& item : from) node.items.push_back(convert(item, depth + 1));
        break;
      case YAML::NodeType::Map:
        node.type = ConfigNode::Type::map;
        for (const auto& pair : from) {
          if (!pair.first.IsScalar()) throw node.mistake("a key must be a plain word");
          const auto same = [&](const auto& member) { return member.key == pair.first.Scalar(); };
          if (std::any_of(node.members.begin(), node.members.end(), same))
            throw convert(pair.first, depth + 1)
                .mistake("the key \"" + pair.first.Scalar() + "\" is written twice");
          node.members.push_back({pair.first.Scalar(), convert(pair.second, depth + 1)});
        }
        break;
      case YAML::NodeType::Null:
      case YAML::NodeType::Undefined:
        break;
    }
    return node;
  }

 private:
  const std::string& file_;
  int count_ = 0;
};

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
  const auto text = read_config_file("kubeconfig", file);
  try {
    return Converter(file).convert(YAML::Load(text));
  } catch (const YAML::Exception& e) {
    const auto where = e.mark.is_null() ? "" : ":" + std::to_string(e.mark.line + 1);
    throw KubeconfigError("kubeconfig " + file + where + ": not YAML: " + e.msg);
  }
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
  std::string text(largest_file + 1, '\0');
  stream.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (stream.bad()) throw cannot("cannot be read");
  text.resize(static_cast<std::size_t>(stream.gcount()));
  if (text.size() > largest_file) throw cannot("is larger than 16 MiB");
  return text;
}

}  // namespace postflight
