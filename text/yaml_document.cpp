#include "text/yaml_document.hpp"

#include <fmt/format.h>
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/parser.h>

#include <algorithm>
#include <map>
#include <sstream>
#include <unordered_set>
#include <utility>

#include "text/utf8.hpp"

namespace postflight {
namespace {

constexpr std::size_t deepest = 64;
constexpr std::size_t most_text = 16'000'000;  // bytes of all texts, aliases expanded
constexpr std::string_view signs = "[]{},:&*!?\"'";
constexpr std::size_t most_signs = 3;  // for each value that a document may hold
constexpr std::string_view core = "tag:yaml.org,2002:";

using Type = YamlNode::Type;

// Ends the reading: from here on the document is not looked at.
struct GivenUp {
  YamlFault fault;
};

YamlFault fault_at(const YAML::Mark& mark, std::string what) {
  if (mark.is_null()) return {std::move(what)};
  return {std::move(what), mark.line + 1, mark.column + 1};
}

// What a copy of a value costs.
struct Extent {
  std::size_t values = 1, text = 0, levels = 1;
};

Extent extent_of(const YamlNode& node) {
  Extent extent;
  extent.text = node.text.size();
  const auto add = [&](const YamlNode& child) {
    const auto part = extent_of(child);
    extent.values += part.values;
    extent.text += part.text;
    extent.levels = std::max(extent.levels, part.levels + 1);
  };
  for (const auto& item : node.items) add(item);
  for (const auto& member : node.members) {
    extent.text += member.key.size();
    add(member.value);
  }
  return extent;
}

// A tag of the reader's own choosing would change what a value means, or be ignored.
bool is_refused(const std::string& tag, Type type) {
  if (tag.empty() || tag == "?" || tag == "!") return false;
  const auto* const own = type == Type::scalar ? "str" : type == Type::list ? "seq" : "map";
  return tag != std::string(core) + own;
}

// YAML's own by name. Any other may be a password that begins with '!' and lacks its quotes.
std::string unknown_tag(const std::string& tag) {
  constexpr std::string_view names[] = {"binary", "bool", "float",     "int",   "map",
                                        "merge",  "null", "omap",      "pairs", "seq",
                                        "set",    "str",  "timestamp", "value", "yaml"};
  for (const auto name : names)
    if (tag == std::string(core) + std::string(name))
      return fmt::format("the tag !!{} is not known here: write the value without it", name);
  return "this tag is not known here: write the value without it, or in quotes";
}

// Builds the tree while the parser reads, so that a limit ends the reading and not only the tree.
class Builder : public YAML::EventHandler {
 public:
  Builder(const YamlLimits& limits, std::vector<YamlFault>& faults)
      : limits_(limits), faults_(faults) {}

  YamlNode take() { return std::move(root_); }

  void OnDocumentStart(const YAML::Mark& mark) override {
    // Of what begins no value yaml-cpp makes empty documents for ever, all at the same place.
    if (documents_ > 0 && mark.pos == begin_of_document_)
      throw GivenUp{fault_at(mark, "not YAML: no value can begin here")};
    begin_of_document_ = mark.pos;
    ++documents_;
  }
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    if (documents_ > 1) return;  // "---" or "..." at the end of a file
    enter(mark);
    count({}, mark);
    add({}, mark, anchor);
  }
  void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    enter(mark);
    const auto found = anchors_.find(anchor);
    if (found == anchors_.end())
      throw GivenUp{fault_at(mark, "this alias stands inside of what it stands for")};
    const auto extent = extent_of(found->second);
    if (open_.size() + extent.levels > deepest) throw too_deep(mark);
    count(extent, mark);
    add(found->second, mark, 0);
  }
  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& value) override {
    enter(mark);
    count({1, value.size(), 1}, mark);
    auto node = begun(Type::scalar, mark, tag);
    if (value.find('\0') != std::string::npos)
      faults_.push_back(fault_at(mark, "a text cannot hold the character NUL (\\0)"));
    node.text = value;
    node.quoted = tag != "?";
    add(std::move(node), mark, anchor);
  }
  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value) override {
    open(Type::list, mark, tag, anchor);
  }
  void OnSequenceEnd() override { close(); }
  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value) override {
    open(Type::map, mark, tag, anchor);
  }
  void OnMapEnd() override { close(); }

 private:
  // A list or map whose end is not read yet.
  struct Open {
    YamlNode node;
    YAML::Mark mark;
    YAML::anchor_t anchor;
    bool has_key = false;   // the next value belongs to `key`
    bool is_wanted = true;  // false: a fault of the key was reported
    YamlMember member = {};
    std::unordered_set<std::string> keys = {};
  };

  static GivenUp too_deep(const YAML::Mark& mark) {
    return {fault_at(mark, fmt::format("nesting is deeper than {} levels", deepest))};
  }

  void enter(const YAML::Mark& mark) const {
    if (documents_ > 1)
      throw GivenUp{fault_at(mark, "a second YAML document begins here; a file holds one")};
    if (open_.size() >= deepest) throw too_deep(mark);
  }

  void count(const Extent& extent, const YAML::Mark& mark) {
    values_ += extent.values;
    text_ += extent.text;
    if (values_ > limits_.values)
      throw GivenUp{
          fault_at(mark, fmt::format("the document holds more than {} keys and values (aliases "
                                     "expanded)",
                                     limits_.values))};
    if (text_ > most_text)
      throw GivenUp{fault_at(mark, "the document's texts are over 16 MB (aliases expanded)")};
  }

  YamlNode begun(Type type, const YAML::Mark& mark, const std::string& tag) {
    YamlNode node;
    node.type = type;
    node.line = mark.line + 1;
    node.column = mark.column + 1;
    if (is_refused(tag, type)) faults_.push_back(fault_at(mark, unknown_tag(tag)));
    return node;
  }

  void open(Type type, const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor) {
    enter(mark);
    count({}, mark);
    open_.push_back({begun(type, mark, tag), mark, anchor});
  }

  void close() {
    auto done = std::move(open_.back());
    open_.pop_back();
    add(std::move(done.node), done.mark, done.anchor);
  }

  void add(YamlNode node, const YAML::Mark& mark, YAML::anchor_t anchor) {
    if (anchor != 0) {
      count(extent_of(node), mark);
      anchors_.insert_or_assign(anchor, node);
    }
    if (open_.empty()) {
      root_ = std::move(node);
      return;
    }
    auto& parent = open_.back();
    if (parent.node.type == Type::list) {
      parent.node.items.push_back(std::move(node));
    } else if (!parent.has_key) {
      take_key(parent, std::move(node), mark);
    } else {
      parent.has_key = false;
      parent.member.value = std::move(node);
      if (parent.is_wanted) parent.node.members.push_back(std::move(parent.member));
    }
  }

  void take_key(Open& parent, YamlNode node, const YAML::Mark& mark) {
    const auto fault = fault_of_key(parent, node);
    if (!fault.empty()) faults_.push_back(fault_at(mark, fault));
    parent.is_wanted = fault.empty();
    parent.has_key = true;
    parent.member = {std::move(node.text), {}, mark.line + 1, mark.column + 1};
  }

  static std::string fault_of_key(Open& parent, const YamlNode& key) {
    if (key.type != Type::scalar) return "a key must be a plain word";
    if (key.text == "<<" && !key.quoted)
      return "a merge key (<<) is not read: write out what it would bring";
    return parent.keys.insert(key.text).second ? "" : "the key '" + key.text + "' is written twice";
  }

  const YamlLimits& limits_;
  std::vector<YamlFault>& faults_;
  YamlNode root_;
  std::vector<Open> open_;
  std::map<YAML::anchor_t, YamlNode> anchors_;
  std::size_t values_ = 0, text_ = 0;
  int documents_ = 0, begin_of_document_ = 0;
};

// What is wrong with the character that `text` begins with, of `length` bytes; empty when nothing.
std::string fault_of_character(std::string_view text, std::size_t length) {
  const auto code = static_cast<unsigned char>(text[0]);
  if (length == 0)
    return fmt::format("not UTF-8: the byte \\x{:02x}; save the file as UTF-8", code);
  if (code == 0) return "a NUL byte: this is no text, or it is UTF-16; save the file as UTF-8";
  if ((code < 0x20 && code != '\n' && code != '\t' && code != '\r') || code == 0x7f)
    return fmt::format("the control character \\x{:02x}, which YAML does not allow", code);
  const auto second = length == 2 ? static_cast<unsigned char>(text[1]) : 0U;
  if (code == 0xC2 && second < 0xA0 && second != 0x85)
    return fmt::format("the control character \\u{:04x}, which YAML does not allow", second);
  return "";
}

}  // namespace

std::optional<YamlFault> fault_in_bytes(std::string_view bytes, const YamlLimits& limits) {
  if (bytes.size() > limits.bytes)
    return YamlFault{fmt::format("the file is larger than {} MB", limits.bytes / 1'000'000)};
  if (bytes.starts_with("\xFF\xFE") || bytes.starts_with("\xFE\xFF"))
    return YamlFault{"the file is UTF-16; save it as UTF-8"};
  int line = 1, column = 1;
  std::size_t left = most_signs * limits.values;
  while (!bytes.empty()) {
    const auto length = utf8_length(bytes);
    if (auto fault = fault_of_character(bytes, length); !fault.empty())
      return YamlFault{"not YAML: " + fault, line, column};
    if (signs.find(bytes[0]) != signs.npos && left-- == 0)
      return YamlFault{fmt::format("the document is too large: up to here it holds over {} of the "
                                   "characters {}",
                                   most_signs * limits.values, signs),
                       line, column};
    if (bytes[0] == '\n') {
      ++line;
      column = 0;
    }
    column += static_cast<int>(bytes[0] == '\n' ? 1 : length);
    bytes.remove_prefix(length);
  }
  return std::nullopt;
}

YamlNode read_yaml_document(const std::string& text, const YamlLimits& limits,
                            std::vector<YamlFault>& faults) {
  // yaml-cpp takes a quote that is never closed for closed by the file's last end of line, and so
  // everything behind it for text. A last line without an end makes it an error.
  std::istringstream stream(text + "\n#");
  Builder builder(limits, faults);
  try {
    YAML::Parser parser(stream);
    while (parser.HandleNextDocument(builder)) continue;
  } catch (const GivenUp& e) {
    faults.push_back(e.fault);
  } catch (const YAML::Exception& e) {
    const auto* const hint =
        e.msg == YAML::ErrorMsg::EOF_IN_SCALAR ? ": a quote is not closed" : "";
    faults.push_back(fault_at(e.mark, "not YAML: " + e.msg + hint));
  }
  return builder.take();
}

}  // namespace postflight
