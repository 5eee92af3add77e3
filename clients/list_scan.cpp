#include "clients/list_scan.hpp"

#include <algorithm>
#include <future>
#include <optional>

#include "clients/kubernetes_list.hpp"
#include "clients/kubernetes_status.hpp"
#include "clients/list_items.hpp"

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

}  // namespace

ListScans::Turn::Turn(ListScans& scans, const Limits& limits, const std::string& path)
    : scans_(scans) {
  std::unique_lock lock(scans.mutex_);
  if (!scans.turn_is_free_.wait_until(lock, limits.stop, limits.deadline,
                                      [&] { return scans.free_turns_ > 0; }))
    throw ClientError(
        limits.stop.stop_requested() ? reason::interrupted : reason::timeout,
        "GET " + path + ": it was not asked: other lists took all the time that there was");
  --scans.free_turns_;
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
  bool cut_short = false;
  const auto results =
      is_expected ? results_.read(
                        "GET " + path, limits,
                        [&](bool& cut) { return scan(path, expected->second, today, limits, cut); })
                  : scan(path, {&use}, today, limits, cut_short);
  const auto& result = results->at(&use);
  if (result.error) std::rethrow_exception(result.error);
  return result.reading;
}

std::shared_ptr<const ListScans::Results> ListScans::scan(
    const std::string& path, const Uses& uses, std::chrono::system_clock::time_point today,
    const Limits& limits, bool& cut_short) {
  const Turn turn(*this, limits, path);
  return std::make_shared<const Results>(scan_in_turn(path, uses, today, limits, cut_short));
}

ListScans::Results ListScans::scan_in_turn(const std::string& path, const Uses& uses,
                                           std::chrono::system_clock::time_point today,
                                           const Limits& limits, bool& cut_short) {
  const auto asked = KubernetesQuestion{path}.name();
  Results results;
  const auto begin_all = [&] {
    results.clear();
    for (const auto* use : uses) results[use].reading = use->begin(today, limits.deadline);
  };
  const auto hand_out = [&](const ListItem& item) {
    end_when_out_of_time(limits, asked);
    for (auto& [use, result] : results) {
      if (result.error) continue;
      try {
        result.reading->item(item);
      } catch (const std::exception&) {
        result.error = std::current_exception();
      }
    }
  };
  begin_all();
  ListPages pages(connection_, path);
  std::optional<PageToCome> coming(std::in_place, pages, limits);
  for (;;) {
    auto page = coming->take(cut_short);
    coming.reset();
    if (!page) {
      begin_all();
      coming.emplace(pages, limits);
      continue;
    }
    const auto first = page->body.find_first_not_of(" \t\r\n");
    if (first == std::string::npos || page->body[first] != '{')
      throw ClientError(reason::unreadable,
                        asked + ": " + description_of(*page) + "; a list with items is wanted");
    bool is_last = true;
    const auto ask_for_next = [&](std::string token) {
      is_last = !pages.go_on(std::move(token));
      if (!is_last) coming.emplace(pages, limits);
    };
    read_list_page(page->body, asked, {ask_for_next, hand_out});
    if (is_last) return results;
  }
}

}  // namespace postflight
