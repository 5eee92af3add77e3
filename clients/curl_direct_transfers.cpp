#include "clients/curl_direct_transfers.hpp"

#include <sys/resource.h>

#include <algorithm>
#include <new>
#include <utility>

namespace postflight {

namespace {

// Each has two files open, its connection and what wakes it, and while it connects one or two more.
std::size_t most_at_once() {
  constexpr rlim_t most = 64;
  rlimit files{};
  if (getrlimit(RLIMIT_NOFILE, &files) != 0) return most;
  return static_cast<std::size_t>(std::clamp<rlim_t>(files.rlim_cur / 16, 4, most));
}

// Until it has ended, its time is over or a stop is asked for.
TransferEnd wait_for(CURLM* multi, const TransferSockets& sockets, const Limits& limits) {
  for (;;) {
    int unfinished = 0, queued = 0;
    if (curl_multi_perform(multi, &unfinished) != CURLM_OK) return {.code = CURLE_FAILED_INIT};
    while (const auto* message = curl_multi_info_read(multi, &queued))
      if (message->msg == CURLMSG_DONE) return {.code = message->data.result};
    if (limits.stop.stop_requested()) return {.interrupted = true};
    if (std::chrono::steady_clock::now() >= limits.deadline)
      return {.overdue = true, .connected = sockets.any_is_connected()};
    curl_multi_poll(multi, nullptr, 0, milliseconds_to(limits.deadline), nullptr);
  }
}

TransferEnd carry_out(CURLM* multi, CURL* easy, const Limits& limits) {
  TransferSockets sockets;
  sockets.watch(easy);
  if (!bound_transfer(easy, limits.deadline)) return {.overdue = true};
  const std::stop_callback wake(limits.stop, [multi] { curl_multi_wakeup(multi); });
  if (curl_multi_add_handle(multi, easy) != CURLM_OK) return {.code = CURLE_FAILED_INIT};
  const auto end = wait_for(multi, sockets, limits);
  curl_multi_remove_handle(multi, easy);
  return end;
}

}  // namespace

CurlDirectTransfers::CurlDirectTransfers() : most_at_once_(most_at_once()) {
  initialize_libcurl();
  free_.reserve(most_at_once_);  // giving one back cannot fail
}

CurlDirectTransfers::~CurlDirectTransfers() = default;

bool CurlDirectTransfers::takes(const CurlRequest& request) {
  return request.request().fresh_connection && !request.may_use_tls();
}

// None when too many run.
CurlDirectTransfers::Multi CurlDirectTransfers::take() {
  const std::scoped_lock lock(mutex_);
  if (running_ == most_at_once_) return nullptr;
  Multi multi;
  if (free_.empty()) {
    multi.reset(curl_multi_init());
    if (multi == nullptr) throw std::bad_alloc();
  } else {
    multi = std::move(free_.back());
    free_.pop_back();
  }
  ++running_;
  return multi;
}

void CurlDirectTransfers::give_back(Multi multi) {
  const std::scoped_lock lock(mutex_);
  free_.push_back(std::move(multi));
  --running_;
}

std::optional<TransferEnd> CurlDirectTransfers::run(const CurlRequest& request,
                                                    const Limits& limits) {
  if (limits.stop.stop_requested()) return TransferEnd{.interrupted = true};
  auto multi = take();
  if (multi == nullptr) return std::nullopt;
  const auto end = carry_out(multi.get(), request.easy(), limits);
  give_back(std::move(multi));
  return end;
}

}  // namespace postflight
