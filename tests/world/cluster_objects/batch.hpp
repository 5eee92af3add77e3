#pragma once

#include <chrono>
#include <nlohmann/json_fwd.hpp>
#include <string>

#include "tests/world/object_store.hpp"

namespace postflight::world {

struct Schedule {
  std::string name_space, name, cron, image;
  std::chrono::minutes every, since_last;  // runs are so far apart; so long ago was the last one
};

// A CronJob with its last three Jobs, all complete, each with its completed pod.
void put_cron_job(ObjectStore& store, const Schedule& schedule);

// One Job that ended so long ago, and its pod. `owner_name`: the CronJob that made it, or empty.
struct Run {
  std::string name_space, name, image, owner_name;
  std::chrono::minutes ended;
};
void put_job(ObjectStore& store, const Run& run);

// Turns a complete Job into one whose pods failed until its backoffLimit was reached.
void fail(nlohmann::ordered_json& job);

}  // namespace postflight::world
