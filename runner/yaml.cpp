#include "runner/yaml.hpp"

#include <yaml-cpp/yaml.h>

#include <algorithm>

namespace postflight {
namespace {

constexpr int deepest = 64;
constexpr int most_values = 200'000;

struct TooMuch {
  Position where;
  std::string what;
};

// Copies the node graph into a tree. An alias is copied where it is used, so a few lines can ask
// for billions of values: the count is bounded.
class Converter {
 public:
  Converter(const std::string& file, std::vector<Mistake>& mistakes)
      : file_(file), mistakes_(mistakes) {}

  Value convert(const YAML::Node& node, int depth) {
    Value value;
    value.where = position_of(node);
    if (depth > deepest) throw TooMuch{value.where, "nesting is deeper than 64 levels"};
    if (++count_ > most_values)
      throw TooMuch{value.where, "the document holds more than 200,000 values (aliases expanded)"};
    switch (node.Type()) {
      case YAML::NodeType::Scalar:
        value.type = Value::Type::scalar;
        value.text = node.Scalar();
        break;
      case YAML::NodeType::Sequence:
        value.type = Value::Type::list;
        for (const auto& item : node) value.items.push_back(convert(item, depth + 1));
        break;
      case YAML::NodeType::Map:
        value.type = Value::Type::map;
        for (const auto& pair : node) add_member(value, pair.first, pair.second, depth);
        break;
      case YAML::NodeType::Null:
      case YAML::NodeType::Undefined:
        break;
    }
    return value;
  }

 private:
  Position position_of(const YAML::Node& node) const {
    const auto mark = node.Mark();
    return {file_, mark.line + 1, mark.column + 1};
  }

  void add_member(Value& map, const YAML::Node& key, const YAML::Node& node, int depth) {
    const auto where = position_of(key);
    if (!key.IsScalar()) {
      mistakes_.push_back({where, "a key must be a plain word"});
      return;
    }
    if (map.find(key.Scalar()) != nullptr) {
      mistakes_.push_back({where, "the key '" + key.Scalar() + "' is written twice"});
      return;
    }
    map.members.push_back({key.Scalar(), where, convert(node, depth + 1)});
  }

  const std::string& file_;
  std::vector<Mistake>& mistakes_;
  int count_ = 0;
};

}  // namespace

Value read_yaml(std::string_view text, const std::string& file, std::vector<Mistake>& mistakes) {
  try {
    const auto documents = YAML::LoadAll(std::string(text));
    if (documents.size() > 1) {
      const auto mark = documents[1].Mark();
      mistakes.push_back({{file, mark.line + 1, mark.column + 1},
                          "a second YAML document begins here; a file holds one"});
    }
    if (documents.empty()) return {};
    return Converter(file, mistakes).convert(documents.front(), 0);
  } catch (const TooMuch& e) {
    mistakes.push_back({e.where, e.what});
  } catch (const YAML::Exception& e) {
    const auto line = e.mark.is_null() ? 0 : e.mark.line + 1;
    mistakes.push_back({{file, line, line == 0 ? 0 : e.mark.column + 1}, "not YAML: " + e.msg});
  }
  return {};
}

}  // namespace postflight
