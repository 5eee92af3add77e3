#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <exception>
#include <future>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "clients/kubernetes.hpp"
#include "clients/kubernetes_connection.hpp"
#include "clients/list_items.hpp"
#include "clients/shared_reads.hpp"

namespace postflight {

// Reads lists item by item for all who want them: pages are asked for one after another, the next
// one while the last ones are looked at, each by a thread of its own as long as there are
// processors for them. None is kept.
class ListScans {
 public:
  explicit ListScans(KubernetesConnection& connection);

  void expect(const std::vector<const ListUse*>& uses);
  // As Kubernetes::read.
  std::shared_ptr<const ListReading> read(const ListUse& use,
                                          std::chrono::system_clock::time_point today,
                                          const Limits& limits);

 private:
  struct Result {
    std::shared_ptr<ListReading> reading;
    std::exception_ptr error;  // that the reading threw: it has ended
  };
  using Results = std::map<const ListUse*, Result>;
  using Uses = std::vector<const ListUse*>;

  std::shared_ptr<const Results> scan(const std::string& path, const Uses& uses,
                                      std::chrono::system_clock::time_point today,
                                      const Limits& limits, bool& cut_short);
  Results scan_in_turn(const std::string& path, const Uses& uses,
                       std::chrono::system_clock::time_point today, const Limits& limits,
                       bool& cut_short);

  // What one page came to: being read by a thread of its own, or read when it is asked for.
  std::future<Results> read_page(std::shared_ptr<const ListPage> page, Results begun,
                                 const Limits& limits, const std::string& asked);

  // How many lists are read at the same time: each holds a few pages, and loads the server.
  class Turn {
   public:
    Turn(ListScans& scans, const Limits& limits, const std::string& path);
    ~Turn();
    Turn(const Turn&) = delete;
    Turn& operator=(const Turn&) = delete;

   private:
    ListScans& scans_;
  };

  KubernetesConnection& connection_;
  std::map<std::string, Uses> expected_;  // by path; not changed after a run began
  SharedReads<std::shared_ptr<const Results>> results_;
  std::mutex mutex_;
  std::condition_variable_any turn_is_free_;
  int free_turns_ = 4;
  std::atomic<int> free_readers_;  // threads that may still be had for reading pages
};

}  // namespace postflight
