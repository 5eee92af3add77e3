#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "checks/support/inert_values.hpp"
#include "checks/support/timestamps.hpp"

namespace postflight {

// A Deployment, StatefulSet or DaemonSet, and which image each of its containers has.
struct WorkloadImages {
  std::string kind, name_space, name;
  std::map<std::string, std::string> images;  // by container, init containers among them

  std::string subject() const { return kind + " " + name_space + "/" + name; }
  std::string path() const;  // where the API server keeps it
};

// Which revision of which release a Secret of Helm holds, by its name.
struct HelmRevision {
  std::string release;
  std::int64_t number = 0;
};

// Nothing when the name is not one that Helm gives: sh.helm.release.v1.NAME.vNUMBER.
std::optional<HelmRevision> parse_helm_secret_name(std::string_view name);

// One revision of a release, without the values that were set.
struct HelmRelease {
  std::string status;  // deployed, failed, superseded, pending-upgrade, ...
  std::int64_t revision = 0;
  std::optional<Moment> since;  // when it was begun
  std::string chart, chart_version, app_version;
  ValuesFound values;
  std::vector<WorkloadImages> workloads;  // as its manifest has them
  std::vector<std::string> unreadable;    // parts of its manifest, and why
};

// Of `data.release` of a Secret. `name_space` is the Secret's: what a manifest names none for is
// put there. Throws ClientError or CannotTell: unreadable, too-large.
HelmRelease read_release(std::string_view data, const std::string& name_space);

}  // namespace postflight
