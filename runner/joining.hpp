#pragma once

#include <stdexcept>
#include <string>
#include <vector>

#include "runner/record.hpp"

namespace postflight {

struct ClusterRecord {
  std::string cluster;
  RunRecord record;
};

// One record of the runs over several clusters at once: all checks of the first, then of the next.
RunRecord join_clusters(std::vector<ClusterRecord> records);

// Records do not belong together; what() says which and why.
class NotOneRun : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

struct ShardRecord {
  std::string source;  // where it comes from, for messages: a file
  RunRecord record;
};

// One record of the shards of one run: each check once, in checklist order, as its shard found it;
// what several shards ran because they needed it, as the worst of them found it. What a missing
// shard would have said is errored (missing-shard). Throws NotOneRun: of several runs, no shards,
// one of them twice, or none at all. Of one run are those with the same inputs and the same name of
// the run; without a name they have to begin within an hour.
RunRecord join_shards(const std::vector<ShardRecord>& shards);

}  // namespace postflight
