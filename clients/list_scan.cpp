#include "clients/list_scan.hpp"

#include <algorithm>
#include <deque>
#include <optional>
#include <system_error>

#include "clients/kubernetes_list.hpp"
#include "clients/kubernetes_status.hpp"

namespace postflight {
namespace {

void end_when_out_of_time(const Limits& limits, const std::string& asked) {
  if (limits.stop.stop_requested()) throw ClientError(reason::interrupted, asked + ": interrupted");
  if (std::chrono::steady_clock::now() >= limits.deadline)
    throw ClientError(reason::timeout, asked + ": the list was not read to its end in time");
}

// A page on its way, asked for by a thread of its own where one is to be had.
class PageToCome {
 public:
  PageToCome(ListPages& pages, const Limits& limits)
      : page_(std::async(std::launch::async | std::launch::deferred,
                         [this, &pages, &limits] { return pages.next(limits, cut_short_); })) {}

  std::optional<HttpResponse> take(bool& cut_short) {
    try {
      return page_.get();
    } catch (...) {
      cut_short = cut_short_;
      throw;
    }
  }

 private:
  bool cut_short_ = false;
  std::future<std::optional<HttpResponse>> page_;
};

constexpr int most_lists = 4;          // that are read at the same time
constexpr int most_threads = 7;        // that look at their pages; each holds one
constexpr std::size_t most_pages = 4;  // of a list, that others look at or that wait to be joined

// As long as it lives, one thread more reads a list or a page.
class AtWork {
 public:
  explicit AtWork(std::atomic<int>& threads) : threads_(threads) { ++threads_; }
  ~AtWork() { --threads_; }
  AtWork(const AtWork&) = delete;
  AtWork& operator=(const AtWork&) = delete;

 private:
  std::atomic<int>& threads_;
};

}  // namespace

// One processor is for fetching. Threads beyond those would only wait for each other: with one more
// on two processors, ten thousand pods took 5 % longer.
ListScans::ListScans(KubernetesConnection& connection, unsigned processors)
    : connection_(connection),
      most_threads_(std::clamp(static_cast<int>(processors) - 1, 1, most_threads)),
      free_turns_(most_lists) {}

std::size_t ListScans::waiting() const {
  const std::lock_guard lock(mutex_);
  return waiting_.size();
}

ListScans::Turn::Turn(ListScans& scans, std::size_t uses, const Limits& limits,
                      const std::string& path)
    : scans_(scans) {
  std::unique_lock lock(scans.mutex_);
  const bool is_first = scans.read_before_.insert(path).second;
  const Place place{is_first ? -static_cast<long>(uses) : 0, ++scans.arrivals_};
  scans.waiting_.insert(place);
  const bool is_ours = scans.turn_is_free_.wait_until(lock, limits.stop, limits.deadline, [&] {
    return scans.free_turns_ > 0 && place == *scans.waiting_.begin();
  });
  scans.waiting_.erase(place);
  if (!is_ours) {
    scans.turn_is_free_.notify_all();  // whoever comes after this one
    throw ClientError(
        limits.stop.stop_requested() ? reason::interrupted : reason::timeout,
        "GET " + path + ": it was not asked: other lists took all the time that there was");
  }
  --scans.free_turns_;
  scans.turn_is_free_.notify_all();  // there may be another one
}

ListScans::Turn::~Turn() {
  {
    const std::lock_guard lock(scans_.mutex_);
    ++scans_.free_turns_;
  }
  scans_.turn_is_free_.notify_all();
}

void ListScans::expect(const std::vector<const ListUse*>& uses) {
  for (const auto* use : uses) expected_[list_path(use->request())].push_back(use);
}

std::shared_ptr<const ListReading> ListScans::read(const ListUse& use,
                                                   std::chrono::system_clock::time_point today,
                                                   const Limits& limits) {
  const auto path = list_path(use.request());
  const auto expected = expected_.find(path);
  const bool is_expected = expected != expected_.end() &&
                           std::ranges::find(expected->second, &use) != expected->second.end();
  std::optional<Result> result;
  if (is_expected)
    result = results_
                 .read("GET " + path, limits,
                       [&](bool& cut_short) {
                         return std::make_shared<Shared>(
                             scan(path, expected->second, today, limits, cut_short));
                       })
                 ->take(&use);
  if (!result) {
    bool cut_short = false;
    result = scan(path, {&use}, today, limits, cut_short).at(&use);
  }
  if (result->error) std::rethrow_exception(result->error);
  return result->reading;
}

std::optional<ListScans::Result> ListScans::Shared::take(const ListUse* use) {
  const std::lock_guard lock(mutex_);
  auto found = results_.extract(use);
  if (found.empty()) return std::nullopt;
  return std::move(found.mapped());
}

ListScans::Results ListScans::scan(const std::string& path, const Uses& uses,
                                   std::chrono::system_clock::time_point today,
                                   const Limits& limits, bool& cut_short) {
  const Turn turn(*this, uses.size(), limits, path);
  std::map<std::string, const ListUse*> first_of;  // by what it gathers
  Uses different;
  for (const auto* use : uses)
    if (const auto name = use->gathers(); name.empty() || first_of.emplace(name, use).second)
      different.push_back(use);
  auto results = scan_in_turn(path, different, today, limits, cut_short);
  for (const auto* use : uses)
    if (!results.contains(use)) results[use] = results.at(first_of.at(use->gathers()));
  return results;
}

ListScans::Results ListScans::scan_in_turn(const std::string& path, const Uses& uses,
                                           std::chrono::system_clock::time_point today,
                                           const Limits& limits, bool& cut_short) {
  const auto asked = KubernetesQuestion{path}.name();
  // Those of a page: what has failed on one before needs no other.
  const auto begin = [&](const Results& before) {
    Results begun;
    for (const auto* use : uses)
      if (const auto known = before.find(use); known == before.end() || !known->second.error)
        begun[use].reading = use->begin(today, limits.deadline);
    return begun;
  };
  auto results = begin({});
  std::deque<std::future<Results>> pages_read;
  const auto append_first = [&] {
    auto part = pages_read.front().get();
    pages_read.pop_front();
    for (auto& [use, found] : part) {
      auto& result = results[use];
      if (result.error) continue;
      result.error = found.error;
      if (!result.error) result.reading->append(std::move(*found.reading));
    }
  };
  const AtWork at_work(threads_);
  ListPages pages(connection_, path);
  std::optional<PageToCome> coming(std::in_place, pages, limits);
  for (;;) {
    auto answer = coming->take(cut_short);
    coming.reset();
    if (!answer) {
      pages_read.clear();
      results = begin({});
      coming.emplace(pages, limits);
      continue;
    }
    const auto first = answer->body.find_first_not_of(" \t\r\n");
    if (first == std::string::npos || answer->body[first] != '{')
      throw ClientError(reason::unreadable,
                        asked + ": " + description_of(*answer) + "; a list with items is wanted");
    auto page = std::make_shared<const ListPage>(std::move(answer->body), asked);
    const bool is_last = !pages.go_on(page->next());
    if (!is_last) coming.emplace(pages, limits);
    pages_read.push_back(read_page(std::move(page), begin(results), limits, asked));
    while (is_last ? !pages_read.empty() : pages_read.size() > most_pages) append_first();
    if (is_last) return results;
  }
}

std::future<ListScans::Results> ListScans::read_page(std::shared_ptr<const ListPage> page,
                                                     Results begun, const Limits& limits,
                                                     const std::string& asked) {
  auto read = [page = std::move(page), begun = std::move(begun), &limits, &asked]() mutable {
    for (const auto json : page->items()) {
      end_when_out_of_time(limits, asked);
      const ListItem item(json);
      for (auto& [use, result] : begun) {
        if (result.error) continue;
        try {
          result.reading->item(item);
        } catch (const std::exception&) {
          result.error = std::current_exception();
        }
      }
    }
    return std::move(begun);
  };
  const auto task = std::make_shared<decltype(read)>(std::move(read));
  const auto once = [task] {
    auto taken = std::move(*task);  // and the page with it: the result may wait for others
    return taken();
  };
  if (threads_ < most_threads_) {
    const auto at_work = std::make_shared<AtWork>(threads_);  // counts from now on
    try {
      return std::async(std::launch::async, [once, at_work]() mutable {
        const auto until_read = std::move(at_work);
        return once();
      });
    } catch (const std::system_error&) {
      // No thread is to be had: it is read here.
    }
  }
  std::promise<Results> here;
  try {
    here.set_value(once());
  } catch (...) {
    here.set_exception(std::current_exception());
  }
  return here.get_future();
}

}  // namespace postflight
