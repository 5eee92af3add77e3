#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace postflight {

using Labels = std::map<std::string, std::string>;

// One condition on labels. As in Kubernetes, != and notin also hold where the key is absent.
struct Requirement {
  enum class Operation { equals, differs, in, not_in, exists, absent };
  std::string key;
  Operation operation = Operation::exists;
  std::vector<std::string> values;
};

// Conditions that must all hold. An empty selector holds for everything.
struct Selector {
  std::vector<Requirement> requirements;

  bool matches(const Labels& labels) const;
  // As the API server reads it: "a=b,c!=d,e in (f,g),h,!i".
  std::string text() const;
};

std::string to_text(const Requirement& requirement);
bool holds(const Requirement& requirement, const Labels& labels);

// The selector that asks for exactly these labels.
Selector selector_of(const Labels& labels);

struct ParsedSelector {
  Selector selector;
  std::string error;  // what is wrong with the text; empty when it was read
};

// Reads the text form. Empty text is an error: it would select everything.
ParsedSelector parse_selector(std::string_view text);

}  // namespace postflight
