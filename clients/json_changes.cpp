#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "clients/text_changes.hpp"
#include "text/json_depth.hpp"

namespace postflight {
namespace {

using nlohmann::json;

// From the root to a value; [] stands for any item of a list, so one path may lead to many values.
using Path = std::vector<std::string>;
constexpr const char* any_item = "[]";
constexpr const char* bookkeeping = "managedFields";  // of the API server: who wrote which field
constexpr std::size_t most_items = 8;                 // of one list that are removed one by one

// What verdicts mostly rest on comes first where not all can be tried.
constexpr std::string_view notable[] = {
    "labels",     "selector",     "matchLabels", "conditions", "phase",   "ready",  "replicas",
    "addresses",  "endpoints",    "subsets",     "ports",      "state",   "action", "changes",
    "gitVersion", "restartCount", "operation",   "status",     "verdict", "error",  "data"};

enum class Which { all, first, last };

std::string path_text(const Path& path) {
  std::string text;
  for (const auto& step : path) text += (step == any_item || text.empty() ? "" : ".") + step;
  return text.empty() ? "it" : text;
}

bool is_notable(const Path& path) {
  const auto known = [](const std::string& step) {
    return std::ranges::find(notable, step) != std::end(notable);
  };
  // The whole status of a Kubernetes object is too much to come first.
  if (std::ranges::find(path, "status") != path.end() && path.back() != "status")
    return std::ranges::any_of(path,
                               [&](const auto& step) { return step != "status" && known(step); });
  return std::ranges::any_of(path, known);
}

struct Place {
  json sample;  // the first value there; an empty list or map stands for itself
  std::size_t values = 0;
  std::size_t longest = 0;   // of lists
  bool names_texts = false;  // a map whose values are all texts: labels, a selector
};
using Places = std::map<Path, Place>;

void collect(const json& node, Path& path, Places& places) {
  auto& place = places[path];
  if (place.values++ == 0)
    place.sample = node.is_object() ? json::object() : node.is_array() ? json::array() : node;
  if (node.is_object()) {
    place.names_texts =
        std::ranges::all_of(node, [](const json& value) { return value.is_string(); });
    for (const auto& [key, value] : node.items()) {
      if (key == bookkeeping) continue;
      path.push_back(key);
      collect(value, path, places);
      path.pop_back();
    }
  } else if (node.is_array()) {
    place.longest = std::max(place.longest, node.size());
    path.emplace_back(any_item);
    for (const auto& item : node) collect(item, path, places);
    path.pop_back();
  }
}

void find_all(json& node, const Path& path, std::size_t depth, std::vector<json*>& found) {
  if (depth == path.size()) {
    found.push_back(&node);
  } else if (path[depth] == any_item) {
    if (node.is_array())
      for (auto& item : node) find_all(item, path, depth + 1, found);
  } else if (node.is_object()) {
    if (const auto member = node.find(path[depth]); member != node.end())
      find_all(*member, path, depth + 1, found);
  }
}

using Edit = std::function<void(json&)>;

TextChange change_at(const Path& path, Which which, int rank, const std::string& what, Edit edit) {
  const auto* of = which == Which::all     ? ""
                   : which == Which::first ? " (the first)"
                                           : " (the last)";
  return {path_text(path) + of + ": " + what, rank,
          [path, which, edit = std::move(edit)](const std::string& text) {
            auto document = json::parse(text, nullptr, false);
            std::vector<json*> found;
            find_all(document, path, 0, found);
            if (which == Which::first && !found.empty()) found.resize(1);
            if (which == Which::last && !found.empty()) found.erase(found.begin(), found.end() - 1);
            for (auto* value : found) edit(*value);
            return document.dump(-1, ' ', false, json::error_handler_t::replace);
          }};
}

std::string as_word(const json& value) {
  return value.is_string() ? value.get<std::string>() : value.dump();
}

// Texts stay texts, numbers numbers.
Edit edit_of(const TextChange& change) {
  return [apply = change.apply](json& value) {
    const auto text = apply(as_word(value));
    if (value.is_string())
      value = text;
    else if (auto other = json::parse(text, nullptr, false);
             other.type() == value.type() || (other.is_number() && value.is_number()))
      value = std::move(other);
  };
}

void add_value_changes(const Path& path, const Place& place, std::vector<TextChange>& changes) {
  if (place.sample.is_null()) return;
  for (const auto& change : word_changes(as_word(place.sample))) {
    if (!place.sample.is_string() && change.what == "changed") continue;
    const int rank = (is_notable(path) ? 0 : 1) + change.rank;
    changes.push_back(change_at(path, Which::all, rank, change.what, edit_of(change)));
    if (place.values == 1) continue;
    for (const auto which : {Which::first, Which::last})
      changes.push_back(change_at(path, which, 3, change.what, edit_of(change)));
  }
  changes.push_back(change_at(path, Which::all, 4, "of another type", [](json& value) {
    value = value.is_string() ? json(7) : json("seven");
  }));
}

void remove_item(json& list, std::size_t index) {
  if (list.is_array() && index < list.size())
    list.erase(list.begin() + static_cast<std::ptrdiff_t>(index));
}

void add_list_changes(const Path& path, const Place& place, std::vector<TextChange>& changes) {
  if (place.longest == 0) return;
  changes.push_back(
      change_at(path, Which::all, 0, "emptied", [](json& list) { list = json::array(); }));
  const auto removed = std::min(place.longest, most_items);
  std::set<std::size_t> indexes;
  for (std::size_t turn = 0; turn < removed; ++turn)
    indexes.insert(removed == 1 ? 0 : turn * (place.longest - 1) / (removed - 1));
  for (const auto index : indexes)
    changes.push_back(change_at(path, Which::all, 0,
                                "item " + std::to_string(index + 1) + " removed",
                                [index](json& list) { remove_item(list, index); }));
  changes.push_back(change_at(path, Which::all, 2, "the last item twice", [](json& list) {
    if (!list.empty()) list.push_back(json(list.back()));
  }));
}

// Labels and selectors get one key more, and each name that is looked for.
void add_map_changes(const Path& path, const Place& place, const std::vector<Plant>& plants,
                     std::vector<TextChange>& changes) {
  if (!place.names_texts) return;
  for (const auto& plant : plants) {
    if (!plant.is_name || plant.text.find_first_of("*,") != std::string::npos) continue;
    const auto equals = std::min(plant.text.find('='), plant.text.size());
    const auto value = equals < plant.text.size() ? plant.text.substr(equals + 1) : "changed";
    changes.push_back(change_at(path, Which::all, is_notable(path) ? 0 : 1, plant.about + " added",
                                [key = plant.text.substr(0, equals), value](json& map) {
                                  if (map.is_object()) map[key] = value;
                                }));
  }
  changes.push_back(change_at(path, Which::all, 1, "one more key",
                              [](json& map) { map["changed"] = "changed"; }));
}

bool ends_with(const Path& path, const Path& end, std::size_t parts) {
  return parts <= path.size() &&
         std::equal(end.begin(), end.begin() + static_cast<std::ptrdiff_t>(parts),
                    path.end() - static_cast<std::ptrdiff_t>(parts));
}

// What an expression looks for, where it looks for it. What is missing on the way is made: a field
// that only an object in trouble has.
void add_planted(const Path& path, const Place& place, const std::vector<Plant>& plants,
                 std::vector<TextChange>& changes) {
  for (const auto& plant : plants) {
    for (auto there = plant.path.size(); there > 0; --there) {
      const bool is_whole = there == plant.path.size();
      if (!ends_with(path, plant.path, there)) continue;
      if (is_whole ? place.sample.is_structured() : !place.sample.is_object()) break;
      json value = plant.text == "true" ? json(true) : json(plant.text);
      for (auto part = plant.path.size(); part > there; --part)
        value = plant.path[part - 1] == any_item ? json::array({value})
                                                 : json::object({{plant.path[part - 1], value}});
      const bool is_list_wanted = !is_whole && plant.path[there] == any_item;
      if (is_list_wanted) break;  // a map stands there
      for (const auto which : {Which::all, Which::first})
        changes.push_back(
            change_at(path, which, 0, plant.about + " put there", [value, is_whole](json& node) {
              if (is_whole)
                node = value;
              else
                node.update(value);
            }));
      break;
    }
  }
}

// What an expression looks at comes before all else: there are few such fields.
void add_removal(const Path& path, const std::vector<Plant>& plants,
                 std::vector<TextChange>& changes) {
  if (path.empty() || path.back() == any_item) return;
  const bool is_looked_at = std::ranges::any_of(plants, [&](const Plant& plant) {
    return !plant.path.empty() && ends_with(path, plant.path, plant.path.size());
  });
  auto parent = path;
  parent.pop_back();
  auto change =
      change_at(parent, Which::all, is_looked_at ? -1 : 4, "", [key = path.back()](json& map) {
        if (map.is_object()) map.erase(key);
      });
  change.what = path_text(path) + ": removed";
  changes.push_back(std::move(change));
}

}  // namespace

std::vector<TextChange> json_changes(const std::string& text, const std::vector<Plant>& plants) {
  if (!is_nested_at_most(text, deepest_answer)) return {};
  const auto document = json::parse(text, nullptr, false);
  if (!document.is_object() && !document.is_array()) return {};
  Places places;
  Path path;
  collect(document, path, places);
  std::vector<TextChange> changes;
  for (const auto& [where, place] : places) {
    if (place.sample.is_array())
      add_list_changes(where, place, changes);
    else if (place.sample.is_object())
      add_map_changes(where, place, plants, changes);
    else
      add_value_changes(where, place, changes);
    add_planted(where, place, plants, changes);
    add_removal(where, plants, changes);
  }
  return changes;
}

}  // namespace postflight
