#include "runner/yaml.hpp"

#include <yaml-cpp/depthguard.h>
#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <set>

#include "runner/variable_text.hpp"

namespace postflight {
namespace {

constexpr int deepest = 64;
constexpr int most_values = 200'000;
constexpr std::size_t most_bytes = 16'000'000;  // of all texts, aliases expanded
constexpr std::size_t longest_document = 4'000'000;
constexpr auto too_deep = "nesting is deeper than 64 levels";

// What stands for the braces of ${name} while YAML is read: in [a, ${b}] and {a: ${b}} a brace
// would end the text. One byte for one byte, so that columns stay true.
constexpr char open_mark = '\x02', close_mark = '\x03';

struct TooMuch {
  Position where;
  std::string what;
};

// The text as yaml-cpp gets it.
std::string prepared(std::string_view text) {
  std::string marked(text);
  for (auto at = marked.find("${"); at != std::string::npos; at = marked.find("${", at + 2)) {
    const auto end = marked.find_first_of("}\n", at);
    if (end == std::string::npos ||
        !is_variable_name(std::string_view(marked).substr(at + 2, end - at - 2)))
      continue;
    marked[at + 1] = open_mark;
    marked[end] = close_mark;
  }
  // yaml-cpp takes a quote that is never closed for closed by the file's last end of line, and so
  // everything behind it for text. A last line without an end makes it an error.
  return marked + "\n#";
}

std::string without_marks(std::string text) {
  std::ranges::replace(text, open_mark, '{');
  std::ranges::replace(text, close_mark, '}');
  return text;
}

// YAML allows no control characters but tab and the ends of lines. Where the first other one is.
std::optional<Position> control_character(std::string_view text, const std::string& file) {
  Position where{file, 1, 1};
  for (const char character : text) {
    if (character == '\n') {
      ++where.line;
      where.column = 1;
      continue;
    }
    const auto code = static_cast<unsigned char>(character);
    if ((code < 0x20 && character != '\t' && character != '\r') || code == 0x7f) return where;
    ++where.column;
  }
  return std::nullopt;
}

// Copies the node graph into a tree. An alias is copied where it is used, so a few lines can ask
// for billions of values: the count is bounded.
class Converter {
 public:
  Converter(const std::string& file, std::vector<Mistake>& mistakes)
      : file_(file), mistakes_(mistakes) {}

  // `parent` is where a blank value is reported: YAML gives it no place.
  Value convert(const YAML::Node& node, int depth, const Position& parent) {
    Value value;
    value.where = node.IsNull() ? parent : position_of(node);
    if (depth >= deepest) throw TooMuch{value.where, too_deep};
    if (++count_ > most_values)
      throw TooMuch{value.where, "the document holds more than 200,000 values (aliases expanded)"};
    switch (node.Type()) {
      case YAML::NodeType::Scalar:
        value.type = Value::Type::scalar;
        value.text = text_of(node);
        break;
      case YAML::NodeType::Sequence:
        value.type = Value::Type::list;
        for (const auto& item : node) value.items.push_back(convert(item, depth + 1, value.where));
        break;
      case YAML::NodeType::Map:
        value.type = Value::Type::map;
        add_members(value, node, depth);
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

  std::string text_of(const YAML::Node& node) {
    bytes_ += node.Scalar().size();
    if (bytes_ > most_bytes)
      throw TooMuch{position_of(node), "the document's texts are over 16 MB (aliases expanded)"};
    return without_marks(node.Scalar());
  }

  void add_members(Value& map, const YAML::Node& node, int depth) {
    std::set<std::string> keys;
    for (const auto& pair : node) {
      const auto where = position_of(pair.first);
      if (!pair.first.IsScalar()) {
        mistakes_.push_back({where, "a key must be a plain word"});
        continue;
      }
      auto key = text_of(pair.first);
      if (keys.insert(key).second)
        map.members.push_back({std::move(key), where, convert(pair.second, depth + 1, where)});
      else
        mistakes_.push_back({where, "the key '" + key + "' is written twice"});
    }
  }

  const std::string& file_;
  std::vector<Mistake>& mistakes_;
  int count_ = 0;
  std::size_t bytes_ = 0;
};

}  // namespace

Value read_yaml(std::string_view text, const std::string& file, std::vector<Mistake>& mistakes) {
  if (text.size() > longest_document) {
    mistakes.push_back({{file}, "the file is larger than 4 MB"});
    return {};
  }
  if (const auto where = control_character(text, file)) {
    mistakes.push_back({*where, "not YAML: a control character"});
    return {};
  }
  const auto place = [&](const YAML::Mark& mark) {
    return mark.is_null() ? Position{file} : Position{file, mark.line + 1, mark.column + 1};
  };
  try {
    const auto documents = YAML::LoadAll(prepared(text));
    if (documents.size() > 1)
      mistakes.push_back(
          {place(documents[1].Mark()), "a second YAML document begins here; a file holds one"});
    if (documents.empty()) return {};
    return Converter(file, mistakes).convert(documents.front(), 0, {file, 1, 1});
  } catch (const TooMuch& e) {
    mistakes.push_back({e.where, e.what});
  } catch (const YAML::DeepRecursion& e) {
    mistakes.push_back({place(e.mark), too_deep});
  } catch (const YAML::Exception& e) {
    const auto* const hint =
        e.msg == YAML::ErrorMsg::EOF_IN_SCALAR ? ": a quote is not closed" : "";
    mistakes.push_back({place(e.mark), "not YAML: " + e.msg + hint});
  }
  return {};
}

}  // namespace postflight
