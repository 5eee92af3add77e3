#include "runner/joining.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <tuple>
#include <utility>

namespace postflight {
namespace {

using std::chrono::milliseconds;

bool is_of_another_shard(const CheckResult& check) {
  return is_left_out(check) && check.reason == runner_reason::other_shard;
}

// What two shards say of a check that both needed may differ: the worst is true of the run.
int goodness(const CheckResult& check) {
  switch (check.status) {
    case Status::failed:
      return 0;
    case Status::errored:
      return 1;
    case Status::skipped:
      return check.reason == runner_reason::blocked ? 2 : 4;
    case Status::warned:
      return 3;
    case Status::passed:
      return 4;
  }
  return 1;
}

// Of an entry of a checklist, what its result repeats.
auto what_it_is(const CheckResult& check) {
  return std::tie(check.id, check.kind, check.title, check.section, check.severity);
}

bool is_long(std::chrono::system_clock::duration between) {
  return between > std::chrono::hours(1) || between < -std::chrono::hours(1);
}

class Joiner {
 public:
  explicit Joiner(const std::vector<ShardRecord>& shards) : shards_(shards) {}

  RunRecord join() {
    if (shards_.empty()) throw NotOneRun("there is no report of a shard");
    for (const auto& shard : shards_) admit(shard);
    RunRecord record;
    record.checklist = first().checklist;
    record.target = first().target;
    record.fail_on_warn = first().fail_on_warn;
    record.replay_of = first().replay_of;
    for (const auto& shard : shards_)
      if (record.interrupted_by == 0) record.interrupted_by = shard.record.interrupted_by;
    join_times(record);
    std::size_t place = 0;
    for (std::size_t index = 0; index < first().checks.size(); ++index) {
      const bool is_selected =
          !is_left_out(first().checks[index]) || is_of_another_shard(first().checks[index]);
      record.checks.push_back(is_selected ? joined(index, place++ % count())
                                          : first().checks[index]);
    }
    // A shard without a check of its own could be missing and nobody would see it.
    if (place < count())
      throw NotOneRun(fmt::format("{}: it is one of {} shards, but only {} checks were selected",
                                  shards_.front().source, count(), place));
    return record;
  }

 private:
  const RunRecord& first() const { return shards_.front().record; }
  std::size_t count() const { return first().shard->count; }

  void admit(const ShardRecord& shard) {
    const auto refuse = [&](std::string_view why) {
      throw NotOneRun(fmt::format("{}: {}", shard.source, why));
    };
    const auto& record = shard.record;
    if (!record.shard) refuse("it is not the report of a shard (run --shard I/N)");
    const auto& other = shards_.front().source;
    if (record.shard->count != count())
      refuse(
          fmt::format("it is one of {} shards, {} one of {}", record.shard->count, other, count()));
    if (record.checklist != first().checklist || record.target != first().target ||
        record.fail_on_warn != first().fail_on_warn || record.replay_of != first().replay_of)
      refuse(fmt::format("it is of another checklist, cluster or --fail-on than {}", other));
    if (!std::ranges::equal(record.checks, first().checks, {}, what_it_is, what_it_is))
      refuse(fmt::format("it has other checks than {}", other));
    if (record.shard->inputs != first().shard->inputs)
      refuse(fmt::format(
          "it was run with another version, checklist, variables or selection than {}", other));
    if (record.shard->run != first().shard->run)
      refuse(fmt::format("it is of another run (--run-id) than {}", other));
    if (record.shard->run.empty() && is_long(record.started - first().started))
      refuse(
          fmt::format("it began more than an hour before or after {}: if they are of one run all "
                      "the same, give each shard the same --run-id",
                      other));
    const auto is_chosen = [](const CheckResult& check) {
      return !is_left_out(check) || is_of_another_shard(check);
    };
    if (!std::ranges::equal(record.checks, first().checks, {}, is_chosen, is_chosen))
      refuse(fmt::format("other checks were selected than in {}", other));
    const auto [known, is_new] = sources_.emplace(record.shard->index, &shard);
    if (!is_new)
      refuse(fmt::format("shard {} is in {} already", record.shard->index, known->second->source));
  }

  void join_times(RunRecord& record) const {
    record.started = first().started;
    auto end = first().started + first().duration;
    for (const auto& shard : shards_) {
      record.started = std::min(record.started, shard.record.started);
      end = std::max(end, shard.record.started + shard.record.duration);
    }
    record.duration = std::chrono::duration_cast<milliseconds>(end - record.started);
  }

  CheckResult joined(std::size_t index, std::size_t owner) const {
    const auto own = sources_.find(owner);
    auto result = own == sources_.end() ? missing(index, owner) : own->second->record.checks[index];
    if (is_of_another_shard(result))
      throw NotOneRun(fmt::format("{}: it says nothing of {}, which is its own",
                                  own->second->source, result.id));
    for (const auto& shard : shards_) {
      const auto& also = shard.record.checks[index];
      if (!is_of_another_shard(also) && goodness(also) < goodness(result)) result = also;
    }
    return result;
  }

  CheckResult missing(std::size_t index, std::size_t owner) const {
    const auto& known = first().checks[index];
    CheckResult result;
    result.id = known.id;
    result.kind = known.kind;
    result.title = known.title;
    result.section = known.section;
    result.severity = known.severity;
    result.hint = known.hint;
    result.page = known.page;
    result.status = Status::errored;
    result.reason = runner_reason::missing_shard;
    result.summary = fmt::format("shard {} of {} left no report", owner, count());
    return result;
  }

  const std::vector<ShardRecord>& shards_;
  std::map<std::size_t, const ShardRecord*> sources_;  // by their index
};

}  // namespace

RunRecord join_clusters(std::vector<ClusterRecord> records) {
  RunRecord all;
  for (auto& [cluster, record] : records) {
    if (all.clusters.empty()) {
      all.checklist = record.checklist;
      all.started = record.started;
      all.fail_on_warn = record.fail_on_warn;
    }
    const auto end = std::max(all.started + all.duration, record.started + record.duration);
    all.started = std::min(all.started, record.started);
    all.duration = std::chrono::duration_cast<milliseconds>(end - all.started);
    if (all.interrupted_by == 0) all.interrupted_by = record.interrupted_by;
    all.clusters.push_back({cluster, record.target, record.duration});
    for (auto& check : record.checks) {
      check.cluster = cluster;
      all.checks.push_back(std::move(check));
    }
  }
  return all;
}

RunRecord join_shards(const std::vector<ShardRecord>& shards) { return Joiner(shards).join(); }

}  // namespace postflight
