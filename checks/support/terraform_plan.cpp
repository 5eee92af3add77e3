#include "checks/support/terraform_plan.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <optional>

#include "checks/support/json_reader.hpp"
#include "runner/check.hpp"
#include "text/json_depth.hpp"

namespace postflight {
namespace {

using nlohmann::json;

constexpr int most_braces_tried = 4;  // a prefix may hold some: [{env}] {"@level": ...

std::optional<json> object_in(std::string_view text) {
  auto start = text.find('{');
  for (int tried = 0; tried < most_braces_tried && start != text.npos; ++tried) {
    if (!is_nested_at_most(text.substr(start), deepest_answer))
      throw CannotTell(
          "unreadable",
          fmt::format("a line of the plan is nested deeper than {} levels", deepest_answer));
    auto value = json::parse(text.substr(start), nullptr, false);
    if (value.is_object()) return value;
    start = text.find('{', start + 1);
  }
  return std::nullopt;
}

// The message in a line; nothing where there is none.
std::optional<json> message_in(std::string_view line) {
  auto value = object_in(line);
  if (value && !value->contains("type") && value->contains("msg") && (*value)["msg"].is_string())
    value = object_in((*value)["msg"].get_ref<const std::string&>());
  if (!value || !value->contains("type") || !value->contains("@level")) return std::nullopt;
  return value;
}

TerraformPlan::Change read_change(const JsonReader& message) {
  const auto change = message.map("change");
  return {change.map("resource").required_text("addr"), change.required_text("action"),
          change.has("importing")};
}

std::int64_t read_count(const JsonReader& changes, const char* field) {
  const auto count = changes.integer(field);
  // Versions before 1.5 know no import.
  if (!count && std::string_view(field) != "import")
    throw CannotTell("unreadable", fmt::format("the plan's summary has no '{}'", field));
  return count.value_or(0);
}

void read_message(const json& value, TerraformPlan& plan) {
  const JsonReader message(value, "a message of the plan");
  const auto type = message.required_text("type");
  if (type == "version") {
    plan.version = message.text("@message");
  } else if (type == "planned_change") {
    plan.changes.push_back(read_change(message));
    plan.looked_at.insert(plan.changes.back().address);
  } else if (type == "resource_drift") {
    plan.drift.push_back(read_change(message));
  } else if (type == "change_summary") {
    const auto changes = message.map("changes");
    plan.summaries.push_back({changes.required_text("operation"), read_count(changes, "add"),
                              read_count(changes, "change"), read_count(changes, "remove"),
                              read_count(changes, "import")});
  } else if (type == "outputs") {
    const auto outputs = value.find("outputs");
    if (outputs == value.end() || !outputs->is_object())
      throw CannotTell("unreadable", "the plan's outputs are not a map");
    for (const auto& [name, output] : outputs->items())
      plan.outputs.push_back({name, JsonReader(output, "output " + name).required_text("action")});
  } else if (type == "diagnostic") {
    const auto diagnostic = message.map("diagnostic");
    plan.problems.push_back({diagnostic.required_text("severity"),
                             diagnostic.required_text("summary"), diagnostic.text("address"),
                             diagnostic.text("detail")});
  } else if (message.has("hook")) {
    const auto address = message.map("hook").map("resource").text("addr");
    if (!address.empty()) plan.looked_at.insert(address);
  }
}

}  // namespace

std::string TerraformPlan::Summary::text() const {
  return (import > 0 ? fmt::format("{} to import, ", import) : "") +
         fmt::format("{} to add, {} to change, {} to destroy", add, change, remove);
}

bool TerraformPlan::has_errors() const {
  return std::ranges::any_of(
      problems, [](const Diagnostic& diagnostic) { return diagnostic.severity == "error"; });
}

TerraformPlan read_terraform_plan(std::string_view output) {
  TerraformPlan plan;
  while (!output.empty()) {
    const auto end = std::min(output.find('\n'), output.size());
    if (const auto message = message_in(output.substr(0, end))) read_message(*message, plan);
    output.remove_prefix(std::min(end + 1, output.size()));
  }
  return plan;
}

}  // namespace postflight
