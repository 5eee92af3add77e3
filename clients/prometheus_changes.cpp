#include <nlohmann/json.hpp>
#include <set>

#include "clients/text_changes.hpp"
#include "text/json_depth.hpp"

namespace postflight {
namespace {

using nlohmann::json;
using Edit = std::function<void(json& data)>;

constexpr int alerts_of_one_rule = 20;
constexpr int alerts_of_alertmanager = 20;

void add(std::vector<TextChange>& changes, std::string what, Edit edit) {
  changes.push_back({std::move(what), 0, [edit = std::move(edit)](const std::string& text) {
                       auto document = json::parse(text, nullptr, false);
                       edit(document["data"]);
                       return document.dump(-1, ' ', false, json::error_handler_t::replace);
                     }});
}

// The values of one series, each [seconds, "value"].
std::vector<json*> values_of(json& series) {
  std::vector<json*> values;
  if (!series.is_object()) return values;
  if (const auto one = series.find("value"); one != series.end()) values.push_back(&*one);
  if (const auto many = series.find("values"); many != series.end() && many->is_array())
    for (auto& value : *many) values.push_back(&value);
  std::erase_if(values, [](const json* value) { return !value->is_array() || value->size() != 2; });
  return values;
}

enum class Which { all, first, last };

void edit_series(json& data, Which which, const std::function<void(std::vector<json*>)>& edit) {
  auto& result = data["result"];
  if (data["resultType"] == "scalar") {
    if (result.is_array() && result.size() == 2) edit({&result});
    return;
  }
  for (std::size_t index = 0; index < result.size(); ++index)
    if (which == Which::all || index == (which == Which::first ? 0 : result.size() - 1))
      edit(values_of(result[index]));
}

void add_value_changes(const json& data, std::vector<TextChange>& changes) {
  const bool has_many = data.at("result").size() > 1 && data.at("resultType") != "scalar";
  for (const auto& [which, name] : {std::pair{Which::all, "each series"},
                                    {Which::first, "the first series"},
                                    {Which::last, "the last series"}}) {
    if (which != Which::all && !has_many) continue;
    for (const auto* value : {"0", "1", "1e+18", "-1e+18", "NaN"}) {
      add(changes, std::string(name) + " is " + value, [which, value](json& changed) {
        edit_series(changed, which, [&](const auto& values) {
          for (auto* one : values) (*one)[1] = value;
        });
      });
      if (data.at("resultType") != "matrix") continue;
      add(changes, std::string(name) + " becomes " + value, [which, value](json& changed) {
        edit_series(changed, which, [&](const auto& values) {
          if (!values.empty()) (*values.back())[1] = value;
        });
      });
    }
    add(changes, std::string(name) + " is of an hour before", [which](json& changed) {
      edit_series(changed, which, [](const auto& values) {
        for (auto* one : values)
          if ((*one)[0].is_number()) (*one)[0] = (*one)[0].template get<double>() - 3600;
      });
    });
  }
}

// What is empty could hold a series, with whatever value.
void add_series(std::chrono::system_clock::time_point now, std::vector<TextChange>& changes) {
  const auto seconds = std::chrono::duration<double>(now.time_since_epoch()).count();
  for (const auto* value : {"1", "0", "1e+18", "-1e+18"})
    add(changes, std::string("a series of the value ") + value, [seconds, value](json& changed) {
      json series{{"metric", {{"changed", "changed"}}}};
      const json pair{seconds, value};
      if (changed["resultType"] == "matrix")
        series["values"] = json::array({pair});
      else
        series["value"] = pair;
      changed["result"].push_back(series);
    });
}

void fire(json& rule) {
  json labels = rule.value("labels", json::object());
  labels["alertname"] = rule.value("name", "");
  for (int thing = 0; thing < alerts_of_one_rule; ++thing) {
    labels["changed"] = std::to_string(thing);
    rule["alerts"].push_back({{"labels", labels},
                              {"annotations", json::object()},
                              {"state", "firing"},
                              {"activeAt", rule.value("lastEvaluation", "")},
                              {"value", "1e+00"}});
  }
  rule["state"] = "firing";
}

// Alerting rules fire that do not.
void add_alerts(const json& data, std::vector<TextChange>& changes) {
  const auto quiet = [](const json& rule) {
    return rule.is_object() && rule.value("type", "") == "alerting" && rule.contains("alerts") &&
           rule["alerts"].is_array() && rule["alerts"].empty();
  };
  const auto fire_if = [quiet](json& groups, const std::function<bool(const json&)>& wanted) {
    for (auto& group : groups)
      if (group.is_object() && group.contains("rules"))
        for (auto& rule : group["rules"])
          if (quiet(rule) && wanted(rule)) fire(rule);
  };
  std::set<std::string> kinds;  // the labels of rules
  bool any = false;
  for (const auto& group : data.at("groups"))
    if (group.is_object() && group.contains("rules"))
      for (const auto& rule : group["rules"])
        if (quiet(rule)) {
          any = true;
          kinds.insert(rule.value("labels", json::object()).dump());
        }
  if (!any) return;
  add(changes, "every alerting rule fires",
      [fire_if](json& changed) { fire_if(changed["groups"], [](const json&) { return true; }); });
  for (const auto& labels : kinds)
    add(changes, "alerting rules with the labels " + labels + " fire",
        [fire_if, labels](json& changed) {
          fire_if(changed["groups"], [&](const json& rule) {
            return rule.value("labels", json::object()).dump() == labels;
          });
        });
}

bool is_of_alertmanager(const json& document) {
  return document.is_array() && !document.empty() && document.back().is_object() &&
         document.back().value("labels", json()).is_object() &&
         document.back().value("status", json()).is_object() &&
         document.back().contains("startsAt");
}

// Alerts that nobody silenced, and of which nobody says how severe they are.
TextChange more_alerts() {
  return {"more alerts", 0, [](const std::string& text) {
            auto document = json::parse(text, nullptr, false);
            auto alert = document.back();
            alert["status"] = {
                {"state", "active"}, {"silencedBy", json::array()}, {"inhibitedBy", json::array()}};
            for (int thing = 0; thing < alerts_of_alertmanager; ++thing) {
              alert["labels"] = {{"alertname", "changed"}, {"changed", std::to_string(thing)}};
              document.push_back(alert);
            }
            return document.dump(-1, ' ', false, json::error_handler_t::replace);
          }};
}

}  // namespace

std::vector<TextChange> prometheus_changes(const std::string& text,
                                           std::chrono::system_clock::time_point now) {
  std::vector<TextChange> changes;
  if (!is_nested_at_most(text, deepest_answer)) return changes;
  const auto document = json::parse(text, nullptr, false);
  if (is_of_alertmanager(document)) changes.push_back(more_alerts());
  if (!document.is_object() || document.value("status", json()) != "success") return changes;
  const auto data = document.value("data", json());
  if (!data.is_object()) return changes;
  if (data.contains("resultType") && data.value("result", json()).is_array()) {
    if (data["result"].empty())
      add_series(now, changes);
    else
      add_value_changes(data, changes);
  }
  if (data.value("groups", json()).is_array()) add_alerts(data, changes);
  return changes;
}

}  // namespace postflight
