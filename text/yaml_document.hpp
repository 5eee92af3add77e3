#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace postflight {

struct YamlMember;

// One value of a YAML document and where it was written; line and column count from 1, 0 for a
// blank value, which has no place.
struct YamlNode {
  enum class Type { null, scalar, list, map };
  Type type = Type::null;
  std::string text;     // of a scalar
  bool quoted = false;  // a scalar that is text whatever it looks like
  std::vector<YamlNode> items;
  std::vector<YamlMember> members;  // in file order; keys are unique
  int line = 0, column = 0;
};

struct YamlMember {
  std::string key;
  YamlNode value;
  int line = 0, column = 0;  // of the key
};

// One thing wrong with a document; line 0 means the file as a whole.
struct YamlFault {
  std::string what;
  int line = 0, column = 0;
};

struct YamlLimits {
  std::size_t bytes = 4'000'000;  // of the file
  std::size_t values = 200'000;   // keys too, aliases expanded; with an anchor twice
};

// Why these bytes are not read whatever they say: too many, not UTF-8, a control character, or more
// than three signs of YAML a value: yaml-cpp may keep all the signs of a document before it tells
// of the first value.
std::optional<YamlFault> fault_in_bytes(std::string_view bytes, const YamlLimits& limits);

// Reads the one document of `text`. What is wrong with it is added to `faults`, and the answer is
// then incomplete: syntax, a key written twice or that is no word, a merge key, a tag other than
// !!str, !!seq and !!map, a second document, nesting over 64 levels, too many values, texts over
// 16 MB. Memory is bounded by the limits, not by the document.
YamlNode read_yaml_document(const std::string& text, const YamlLimits& limits,
                            std::vector<YamlFault>& faults);

}  // namespace postflight
