#include "checks/support/helm_release.hpp"

#include <fmt/format.h>

#include <charconv>
#include <nlohmann/json.hpp>

#include "checks/support/json_reader.hpp"
#include "checks/support/text.hpp"
#include "checks/support/workloads.hpp"
#include "clients/helm_release.hpp"
#include "runner/check.hpp"

namespace postflight {
std::string WorkloadImages::path() const {
  return WorkloadName{lower_case(kind), name}.path(name_space);
}

std::optional<HelmRevision> parse_helm_secret_name(std::string_view name) {
  constexpr std::string_view beginning = "sh.helm.release.v1.";
  const auto dot = name.rfind(".v");
  if (!name.starts_with(beginning) || dot == name.npos || dot <= beginning.size())
    return std::nullopt;
  HelmRevision revision{std::string(name.substr(beginning.size(), dot - beginning.size())), 0};
  const auto digits = name.substr(dot + 2);
  const auto [end, error] =
      std::from_chars(digits.data(), digits.data() + digits.size(), revision.number);
  if (error != std::errc{} || end != digits.data() + digits.size()) return std::nullopt;
  return revision;
}

HelmRelease read_release(std::string_view data, const std::string& name_space) {
  const auto json = nlohmann::json::parse(read_helm_release(data));
  const JsonReader reader(json, "the release in it");
  const auto info = reader.map("info"), chart = reader.map("chart").map("metadata");
  HelmRelease release;
  release.status = info.required_text("status");
  release.revision = reader.integer("version").value_or(0);
  release.since = info.timestamp("last_deployed");
  release.chart = chart.required_text("name");
  release.chart_version = chart.required_text("version");
  release.app_version = chart.text("appVersion");
  release.values = find_inert_values(json);
  for (const auto& one : reader.maps("workloads")) {
    if (auto why = one.text("unreadable"); !why.empty()) {
      release.unreadable.push_back(std::move(why));
      continue;
    }
    WorkloadImages workload{one.required_text("kind"), one.text("namespace"), one.text("name"), {}};
    if (workload.name_space.empty()) workload.name_space = name_space;
    if (!is_object_name(workload.name) || !is_object_name(workload.name_space)) {
      release.unreadable.push_back(fmt::format(
          "its manifest has a {} without a name that could be one", excerpt(workload.kind, 40)));
      continue;
    }
    for (const auto& container : one.maps("containers"))
      workload.images[container.required_text("name")] = container.text("image");
    release.workloads.push_back(std::move(workload));
  }
  return release;
}

}  // namespace postflight
