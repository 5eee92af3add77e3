#include "checks/support/firing_alert.hpp"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "checks/support/http_excerpt.hpp"
#include "checks/support/label_matchers.hpp"
#include "checks/support/prometheus_answer.hpp"
#include "checks/support/text.hpp"
#include "runner/check.hpp"
#include "text/json_depth.hpp"

namespace postflight {
namespace {

CannotTell unreadable(const std::string& question, const std::string& why) {
  return {"unreadable", fmt::format("{}: {}", question, why)};
}

std::string note_of(const JsonReader& alert) {
  const auto annotations = alert.labels("annotations");
  for (const auto* name : {"summary", "message", "description"})
    if (const auto found = annotations.find(name); found != annotations.end())
      return excerpt(found->second, 160);
  return {};
}

std::string word_of(FiringAlert::State state) {
  switch (state) {
    case FiringAlert::State::firing:
      return "firing";
    case FiringAlert::State::pending:
      return "pending";
    case FiringAlert::State::silenced:
      return "silenced";
    case FiringAlert::State::inhibited:
      break;
  }
  return "inhibited";
}

FiringAlert read_alertmanager_alert(const JsonReader& read, const std::string& question) {
  FiringAlert alert;
  alert.labels = read.labels("labels");
  alert.since = read.timestamp("startsAt");
  alert.told = read.timestamp("updatedAt");
  alert.note = note_of(read);
  if (alert.labels.empty()) throw unreadable(question, "an alert has no labels");
  const auto status = read.map("status");
  const auto state = status.required_text("state");
  if (state != "active" && state != "suppressed" && state != "unprocessed")
    throw unreadable(question, fmt::format("an alert is in the state {}", excerpt(state, 60)));
  if (!status.texts("silencedBy").empty())
    alert.state = FiringAlert::State::silenced;
  else if (!status.texts("inhibitedBy").empty())
    alert.state = FiringAlert::State::inhibited;
  else if (state == "suppressed")
    // Muted by a time interval, say: nobody is told of it, which makes it no better.
    alert.state = FiringAlert::State::silenced;
  return alert;
}

}  // namespace

std::string FiringAlert::title() const { return "alert " + labels_text(labels, "alertname"); }

std::string FiringAlert::observed() const {
  auto text = word_of(state);
  if (since) text += " since " + format_timestamp(*since);
  return note.empty() ? text : text + ": " + note;
}

FiringAlert read_prometheus_alert(const JsonReader& read) {
  FiringAlert alert;
  alert.labels = read.labels("labels");
  alert.since = read.timestamp("activeAt");
  alert.note = note_of(read);
  if (alert.labels.empty()) throw unreadable(read.object(), "an alert has no labels");
  const auto state = read.required_text("state");
  if (state == "pending")
    alert.state = FiringAlert::State::pending;
  else if (state != "firing")
    throw unreadable(read.object(), fmt::format("an alert is in the state {}", excerpt(state, 60)));
  return alert;
}

std::vector<FiringAlert> read_alertmanager_alerts(std::string_view text,
                                                  const std::string& question) {
  if (!is_nested_at_most(text, deepest_answer))
    throw unreadable(question, fmt::format("nested deeper than {} levels", deepest_answer));
  throw_prometheus_error(text, question);  // some that stand before it speak so
  const auto document = nlohmann::json::parse(text, nullptr, false);
  if (!document.is_array())
    throw unreadable(question, text.empty() ? "the answer is empty"
                                            : "the answer is no list of alerts in JSON: " +
                                                  public_excerpt(text.substr(0, 4096)));
  std::vector<FiringAlert> alerts;
  for (const auto& item : document) {
    if (!item.is_object()) throw unreadable(question, "an alert must be a map");
    alerts.push_back(read_alertmanager_alert(JsonReader(item, question), question));
  }
  return alerts;
}

}  // namespace postflight
