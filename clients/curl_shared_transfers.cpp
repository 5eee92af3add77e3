#include "clients/curl_shared_transfers.hpp"

#include <pthread.h>
#include <signal.h>
#include <sys/resource.h>

#include <algorithm>
#include <new>

namespace postflight {

namespace {

constexpr long most_connections = 256;
constexpr long most_connections_to_a_host = 100;

// A quarter of the files that this process may open: the rest is for everything else it does.
long connection_limit() {
  rlimit files{};
  if (getrlimit(RLIMIT_NOFILE, &files) != 0 || files.rlim_cur == RLIM_INFINITY)
    return most_connections;
  return std::clamp(static_cast<long>(std::min<rlim_t>(files.rlim_cur, 1 << 20) / 4), 8L,
                    most_connections);
}

// A thread that sees no signal, SIGPIPE included: they belong to the program.
template <typename Work>
std::thread thread_without_signals(Work work) {
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  try {
    std::thread thread(work);
    pthread_sigmask(SIG_SETMASK, &before, nullptr);
    return thread;
  } catch (...) {
    pthread_sigmask(SIG_SETMASK, &before, nullptr);
    throw;
  }
}

}  // namespace

CurlSharedTransfers::CurlSharedTransfers() {
  initialize_libcurl();
  multi_ = curl_multi_init();
  if (multi_ == nullptr) throw std::bad_alloc();
  const auto limit = connection_limit();
  curl_multi_setopt(multi_, CURLMOPT_MAX_TOTAL_CONNECTIONS, limit);
  curl_multi_setopt(multi_, CURLMOPT_MAX_HOST_CONNECTIONS,
                    std::min(limit, most_connections_to_a_host));
  curl_multi_setopt(multi_, CURLMOPT_MAXCONNECTS, limit);
  try {
    thread_ = thread_without_signals([this] { work(); });
  } catch (...) {
    curl_multi_cleanup(multi_);
    throw;
  }
}

CurlSharedTransfers::~CurlSharedTransfers() {
  {
    const std::scoped_lock lock(mutex_);
    quit_ = true;
  }
  curl_multi_wakeup(multi_);
  thread_.join();
  curl_multi_cleanup(multi_);
}

TransferEnd CurlSharedTransfers::run(CURL* easy, const Limits& limits) {
  if (limits.stop.stop_requested()) return {.interrupted = true};
  Transfer transfer;
  transfer.easy = easy;
  transfer.deadline = limits.deadline;
  bool is_first = false;
  {
    const std::scoped_lock lock(mutex_);
    is_first = new_.empty();  // else it was woken already
    new_.push_back(&transfer);
  }
  if (is_first) curl_multi_wakeup(multi_);
  const std::stop_callback on_stop(limits.stop, [&] {
    {
      const std::scoped_lock lock(mutex_);
      transfer.stop_wanted = stop_wanted_ = true;
    }
    curl_multi_wakeup(multi_);
  });
  std::unique_lock lock(mutex_);
  transfer.end_changed->wait(lock, [&] { return transfer.ended; });
  return transfer.end;
}

void CurlSharedTransfers::work() {
  for (;;) {
    start_new();
    int unfinished = 0;
    curl_multi_perform(multi_, &unfinished);
    finish_done();
    end_overdue();
    bool quit = false, stop = false;
    {
      const std::scoped_lock lock(mutex_);
      quit = quit_;
      stop = std::exchange(stop_wanted_, false);
    }
    if (quit || stop) end_stopped(quit);
    if (quit) return;
    curl_multi_poll(multi_, nullptr, 0, poll_timeout(), nullptr);
  }
}

void CurlSharedTransfers::start_new() {
  std::vector<Transfer*> arrived;
  {
    const std::scoped_lock lock(mutex_);
    arrived.swap(new_);
  }
  for (auto* transfer : arrived) start(transfer);
}

void CurlSharedTransfers::start(Transfer* transfer) {
  running_.emplace(transfer->deadline, transfer);
  curl_easy_setopt(transfer->easy, CURLOPT_PRIVATE, transfer);
  transfer->sockets.watch(transfer->easy);
  if (!bound_transfer(transfer->easy, transfer->deadline))
    return finish(transfer, {.overdue = true});
  if (curl_multi_add_handle(multi_, transfer->easy) != CURLM_OK)
    finish(transfer, {.code = CURLE_FAILED_INIT});
}

void CurlSharedTransfers::finish_done() {
  int queued = 0;
  while (const auto* message = curl_multi_info_read(multi_, &queued)) {
    if (message->msg != CURLMSG_DONE) continue;
    const auto code = message->data.result;
    Transfer* transfer = nullptr;
    curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &transfer);
    finish(transfer, {.code = code});
  }
}

void CurlSharedTransfers::end_overdue() {
  const auto now = std::chrono::steady_clock::now();
  while (!running_.empty() && running_.begin()->first <= now) {
    auto* transfer = running_.begin()->second;
    finish(transfer, {.overdue = true, .connected = transfer->sockets.any_is_connected()});
  }
}

void CurlSharedTransfers::end_stopped(bool all) {
  start_new();
  std::vector<Transfer*> stopped;
  {
    const std::scoped_lock lock(mutex_);
    for (const auto& [deadline, transfer] : running_)
      if (all || transfer->stop_wanted) stopped.push_back(transfer);
  }
  for (auto* transfer : stopped) finish(transfer, {.interrupted = true});
}

void CurlSharedTransfers::finish(Transfer* transfer, TransferEnd end) {
  running_.erase({transfer->deadline, transfer});
  curl_multi_remove_handle(multi_, transfer->easy);
  std::shared_ptr<std::condition_variable> changed;
  {
    const std::scoped_lock lock(mutex_);
    transfer->end = end;
    transfer->ended = true;
    changed = transfer->end_changed;  // once the waiter can see the end, the transfer is gone
  }
  changed->notify_one();
}

int CurlSharedTransfers::poll_timeout() const {
  return running_.empty() ? longest_poll : milliseconds_to(running_.begin()->first);
}

}  // namespace postflight
