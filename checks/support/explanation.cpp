#include "checks/support/explanation.hpp"

#include <algorithm>

namespace postflight {
namespace {

bool fits(const Explanation& explanation, const HttpResponse& response) {
  const auto present = [&](const std::string& name) { return response.header(name).has_value(); };
  return (explanation.status.empty() || explanation.status.has(response.status)) &&
         std::ranges::all_of(explanation.header_present, present) &&
         std::ranges::none_of(explanation.header_absent, present) &&
         std::ranges::all_of(explanation.header_matches,
                             [&](const auto& wanted) {
                               return header_matches(response, wanted.first, wanted.second);
                             }) &&
         (!explanation.body_matches || explanation.body_matches->found_in(response.body)) &&
         (!explanation.body_empty || *explanation.body_empty == response.body.empty());
}

}  // namespace

bool header_matches(const HttpResponse& response, const std::string& name, const Pattern& pattern) {
  return std::ranges::any_of(response.all_headers(name),
                             [&](const std::string& value) { return pattern.found_in(value); });
}

Explanation read_explanation(const Settings& settings) {
  static const Pattern reason_word("^[a-z0-9]+(-[a-z0-9]+)*$");
  Explanation explanation;
  explanation.name = settings.text("name");
  if (settings.has("name") && !reason_word.found_in(explanation.name))
    settings.mistake("name", "'name' must be lower case words joined by dashes");
  explanation.verdict = settings.text("verdict") == "errored" ? Status::errored : Status::failed;
  explanation.summary = settings.text("summary");
  if (settings.has("summary") && explanation.summary.empty())
    settings.mistake("summary", "'summary' must say what such an answer means");
  const auto when = settings.object("when");
  explanation.status = read_statuses(when, "status");
  explanation.header_present = when.texts("header-present");
  explanation.header_absent = when.texts("header-absent");
  explanation.header_matches = read_patterns(when, "header-matches");
  if (when.has("body-matches")) explanation.body_matches.emplace(when.text("body-matches"));
  if (when.has("body-empty")) explanation.body_empty = when.flag("body-empty");
  if (settings.has("when") && when.texts("status").empty() && explanation.header_present.empty() &&
      explanation.header_absent.empty() && explanation.header_matches.empty() &&
      !explanation.body_matches && !explanation.body_empty)
    settings.mistake("when", "'when' is empty: it would explain every answer");
  return explanation;
}

const Explanation* explanation_of(std::span<const Explanation> explanations,
                                  const HttpResponse& response) {
  const auto found = std::ranges::find_if(
      explanations, [&](const Explanation& one) { return fits(one, response); });
  return found == explanations.end() ? nullptr : &*found;
}

}  // namespace postflight
