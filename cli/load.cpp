#include "cli/load.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <iterator>

#include "checks/catalogue.hpp"
#include "cli/files.hpp"
#include "clients/digest.hpp"
#include "runner/suggest.hpp"
#include "runner/yaml.hpp"

namespace postflight {
namespace {

using Pairs = std::vector<std::pair<std::string, std::string>>;

std::string yaml_quoted(std::string_view text) {
  std::string quoted = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') quoted += '\\';
    if (c == '\n')
      quoted += "\\n";
    else
      quoted += c;
  }
  return quoted + '"';
}

// A list or map of a variables file as the text that --set would take.
std::string flow_text(const Value& value) {
  std::string text;
  const auto separate = [&] { text += text.size() > 1 ? ", " : ""; };
  switch (value.type) {
    case Value::Type::null:
      return "null";
    case Value::Type::scalar:
      return yaml_quoted(value.text);
    case Value::Type::list:
      text = "[";
      for (const auto& item : value.items) {
        separate();
        text += flow_text(item);
      }
      return text + "]";
    case Value::Type::map:
      text = "{";
      for (const auto& member : value.members) {
        separate();
        text += yaml_quoted(member.key) + ": " + flow_text(member.value);
      }
      return text + "}";
  }
  return text;
}

void read_variables(const std::string& path, Pairs& pairs, std::vector<Mistake>& mistakes) {
  const auto root = read_yaml(read_input_file(path), path, mistakes);
  if (root.type == Value::Type::null) return;
  if (root.type != Value::Type::map) {
    mistakes.push_back({{path, 1, 1}, "variables are a map of names to values"});
    return;
  }
  auto in_file = variables_in(root, mistakes);
  pairs.insert(pairs.end(), std::make_move_iterator(in_file.begin()),
               std::make_move_iterator(in_file.end()));
}

std::optional<std::string> environment_variable(const std::string& name) {
  const char* value = std::getenv(name.c_str());
  return value == nullptr ? std::nullopt : std::optional<std::string>(value);
}

std::optional<std::string> text_of_file(const std::string& path) {
  try {
    return read_input_file(path);
  } catch (const Mistakes&) {
    return std::nullopt;  // the reader says which variable's file it is
  }
}

std::string nearest_kind(std::string_view name) {
  std::vector<std::string_view> names;
  for (const auto* kind : all_kinds()) names.push_back(kind->name);
  return nearest(name, names);
}

}  // namespace

Pairs variables_in(const Value& map, std::vector<Mistake>& mistakes) {
  Pairs pairs;
  for (const auto& member : map.members) {
    if (member.value.type == Value::Type::null)
      mistakes.push_back(
          {member.where, fmt::format("'{}' is blank: write \"\" for an empty text", member.key)});
    else
      pairs.emplace_back(member.key, member.value.type == Value::Type::scalar
                                         ? member.value.text
                                         : flow_text(member.value));
  }
  return pairs;
}

std::vector<Checklist> load_checklists(const Options& options, const Recorded& recorded) {
  ChecklistSources sources;
  std::vector<Mistake> mistakes;
  const auto gather = [&](const Mistakes& wrong) {
    mistakes.insert(mistakes.end(), wrong.list().begin(), wrong.list().end());
  };
  for (const auto& path : options.variable_files) {
    try {
      read_variables(path, sources.set, mistakes);
    } catch (const Mistakes& wrong) {
      gather(wrong);
    }
  }
  sources.set.insert(sources.set.end(), options.set.begin(), options.set.end());
  sources.recorded = recorded;
  sources.environment = environment_variable;
  sources.read_file = text_of_file;
  sources.find_kind = find_kind;
  sources.suggest_kind = nearest_kind;
  std::vector<ChecklistText> texts;
  for (const auto& path : options.checklists) {
    try {
      texts.push_back({read_input_file(path), path});
    } catch (const Mistakes& wrong) {
      gather(wrong);
    }
  }
  // A file that is missing may be the one that would make the others right.
  if (!mistakes.empty()) throw Mistakes(std::move(mistakes));
  auto checklists = read_checklists(texts, sources);
  for (std::size_t i = 0; i < checklists.size(); ++i)
    checklists[i].digest = sha256_of(texts[i].text);
  return checklists;
}

}  // namespace postflight
