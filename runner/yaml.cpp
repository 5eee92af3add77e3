#include "runner/yaml.hpp"

#include <algorithm>
#include <utility>

#include "runner/variable_text.hpp"
#include "text/yaml_document.hpp"

namespace postflight {
namespace {

// What stands for the braces of ${name} while YAML is read: in [a, ${b}] and {a: ${b}} a brace
// would end the text. One byte for one byte, so that columns stay true.
constexpr char open_mark = '\x02', close_mark = '\x03';

std::string with_marks(std::string_view text) {
  std::string marked(text);
  for (auto at = marked.find("${"); at != std::string::npos; at = marked.find("${", at + 2)) {
    const auto end = marked.find_first_of("}\n", at);
    if (end == std::string::npos ||
        !is_variable_name(std::string_view(marked).substr(at + 2, end - at - 2)))
      continue;
    marked[at + 1] = open_mark;
    marked[end] = close_mark;
  }
  return marked;
}

std::string without_marks(std::string text) {
  std::ranges::replace(text, open_mark, '{');
  std::ranges::replace(text, close_mark, '}');
  return text;
}

// `parent` is where a blank value is reported: YAML gives it no place.
Value value_of(YamlNode node, const Position& parent) {
  Value value;
  value.where = parent;
  if (node.type == YamlNode::Type::null) return value;
  value.where.line = node.line;
  value.where.column = node.column;
  switch (node.type) {
    case YamlNode::Type::scalar:
      value.type = Value::Type::scalar;
      value.text = without_marks(std::move(node.text));
      break;
    case YamlNode::Type::list:
      value.type = Value::Type::list;
      for (auto& item : node.items) value.items.push_back(value_of(std::move(item), value.where));
      break;
    case YamlNode::Type::map:
      value.type = Value::Type::map;
      for (auto& member : node.members) {
        const Position where{parent.file, member.line, member.column};
        value.members.push_back({without_marks(std::move(member.key)), where,
                                 value_of(std::move(member.value), where)});
      }
      break;
    case YamlNode::Type::null:
      break;
  }
  return value;
}

}  // namespace

Value read_yaml(std::string_view text, const std::string& file, std::vector<Mistake>& mistakes) {
  constexpr YamlLimits limits;
  const auto report = [&](const YamlFault& fault) {
    mistakes.push_back({{file, fault.line, fault.column}, without_marks(fault.what)});
  };
  if (const auto fault = fault_in_bytes(text, limits)) {
    report(*fault);
    return {};
  }
  std::vector<YamlFault> faults;
  auto root = read_yaml_document(with_marks(text), limits, faults);
  std::ranges::for_each(faults, report);
  return value_of(std::move(root), {file, 1, 1});
}

}  // namespace postflight
