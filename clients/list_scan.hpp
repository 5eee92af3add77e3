#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <exception>
#include <future>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "clients/kubernetes.hpp"
#include "clients/kubernetes_connection.hpp"
#include "clients/list_items.hpp"
#include "clients/shared_reads.hpp"

namespace postflight {

// Reads lists item by item for all who want them: pages are asked for one after another, the next
// one while the last ones are looked at, each by a thread of its own as long as there are
// processors for them beside those that look at other lists. None is kept; what was gathered
// for a use is handed out to it once, and lives only as long as somebody holds it then.
class ListScans {
 public:
  explicit ListScans(KubernetesConnection& connection,
                     unsigned processors = std::thread::hardware_concurrency());

  void expect(const std::vector<const ListUse*>& uses);
  // As Kubernetes::read. A use that reads again, asks again.
  std::shared_ptr<const ListReading> read(const ListUse& use,
                                          std::chrono::system_clock::time_point today,
                                          const Limits& limits);
  // How many lists wait for others to be read.
  std::size_t waiting() const;

 private:
  struct Result {
    std::shared_ptr<ListReading> reading;
    std::exception_ptr error;  // that the reading threw: it has ended
  };
  using Results = std::map<const ListUse*, Result>;
  // What of a list has not been handed out yet.
  class Shared {
   public:
    explicit Shared(Results results) : results_(std::move(results)) {}
    // Nothing when that use had it already.
    std::optional<Result> take(const ListUse* use);

   private:
    std::mutex mutex_;
    Results results_;
  };
  using Uses = std::vector<const ListUse*>;

  Results scan(const std::string& path, const Uses& uses,
               std::chrono::system_clock::time_point today, const Limits& limits, bool& cut_short);
  Results scan_in_turn(const std::string& path, const Uses& uses,
                       std::chrono::system_clock::time_point today, const Limits& limits,
                       bool& cut_short);

  // What one page came to: being read by a thread of its own, or read when it is asked for.
  std::future<Results> read_page(std::shared_ptr<const ListPage> page, Results begun,
                                 const Limits& limits, const std::string& asked);

  // How many lists are read at the same time: each holds a few pages, and loads the server. The
  // one that most checks read goes first: it is the longest way, and nothing else would be left to
  // do beside it at the end. One that was read before comes after those that were not.
  class Turn {
   public:
    Turn(ListScans& scans, std::size_t uses, const Limits& limits, const std::string& path);
    ~Turn();
    Turn(const Turn&) = delete;
    Turn& operator=(const Turn&) = delete;

   private:
    ListScans& scans_;
  };

  KubernetesConnection& connection_;
  std::map<std::string, Uses> expected_;  // by path; not changed after a run began
  SharedReads<std::shared_ptr<Shared>> results_;
  const int most_threads_;        // up to which a page gets a thread of its own
  std::atomic<int> threads_ = 0;  // that read lists or pages
  mutable std::mutex mutex_;
  std::condition_variable_any turn_is_free_;
  int free_turns_;
  using Place = std::pair<long, std::size_t>;  // what goes first, then who came first
  std::set<Place> waiting_;                    // for a turn
  std::size_t arrivals_ = 0;
  std::set<std::string> read_before_;  // paths
};

}  // namespace postflight
