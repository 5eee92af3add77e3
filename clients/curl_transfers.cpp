#include "clients/curl_transfers.hpp"

#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/socket.h>

#include <algorithm>
#include <new>

#include "clients/error.hpp"

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

void initialize_libcurl() {
  static const auto result = curl_global_init(CURL_GLOBAL_DEFAULT);
  if (result != CURLE_OK)
    throw ClientError(reason::configuration,
                      "libcurl does not start: " + std::string(curl_easy_strerror(result)));
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

bool is_connected(int socket) {
  sockaddr_storage peer{};
  socklen_t size = sizeof peer;
  return getpeername(socket, reinterpret_cast<sockaddr*>(&peer), &size) == 0;
}

}  // namespace

// libcurl leaves its sockets open for programs that are started meanwhile.
int CurlTransfers::on_socket(void* user, curl_socket_t socket, curlsocktype) noexcept {
  fcntl(socket, F_SETFD, FD_CLOEXEC);
  try {
    static_cast<Transfer*>(user)->sockets.push_back(socket);
  } catch (...) {
    return CURL_SOCKOPT_ERROR;
  }
  return CURL_SOCKOPT_OK;
}

CurlTransfers::CurlTransfers() {
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

CurlTransfers::~CurlTransfers() {
  {
    const std::scoped_lock lock(mutex_);
    quit_ = true;
  }
  curl_multi_wakeup(multi_);
  thread_.join();
  curl_multi_cleanup(multi_);
}

TransferEnd CurlTransfers::run(CURL* easy, const Limits& limits) {
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

void CurlTransfers::work() {
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

void CurlTransfers::start_new() {
  std::vector<Transfer*> arrived;
  {
    const std::scoped_lock lock(mutex_);
    arrived.swap(new_);
  }
  for (auto* transfer : arrived) start(transfer);
}

void CurlTransfers::start(Transfer* transfer) {
  running_.emplace(transfer->deadline, transfer);
  // libcurl's own time limit, behind ours, bounds what blocks inside it.
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(transfer->deadline -
                                                                 std::chrono::steady_clock::now());
  curl_easy_setopt(transfer->easy, CURLOPT_PRIVATE, transfer);
  // Else ending a transfer while its name is looked up waits for the resolver, and with it every
  // other transfer.
  curl_easy_setopt(transfer->easy, CURLOPT_QUICK_EXIT, 1L);
  curl_easy_setopt(transfer->easy, CURLOPT_SOCKOPTFUNCTION, &CurlTransfers::on_socket);
  curl_easy_setopt(transfer->easy, CURLOPT_SOCKOPTDATA, transfer);
  curl_easy_setopt(transfer->easy, CURLOPT_TIMEOUT_MS,
                   static_cast<long>(std::clamp<long long>(left.count() + 1000, 1000, 1LL << 30)));
  if (left.count() <= 0) return finish(transfer, {.overdue = true});
  if (curl_multi_add_handle(multi_, transfer->easy) != CURLM_OK)
    finish(transfer, {.code = CURLE_FAILED_INIT});
}

void CurlTransfers::finish_done() {
  int queued = 0;
  while (const auto* message = curl_multi_info_read(multi_, &queued)) {
    if (message->msg != CURLMSG_DONE) continue;
    const auto code = message->data.result;
    Transfer* transfer = nullptr;
    curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &transfer);
    finish(transfer, {.code = code});
  }
}

void CurlTransfers::end_overdue() {
  const auto now = std::chrono::steady_clock::now();
  while (!running_.empty() && running_.begin()->first <= now) {
    auto* transfer = running_.begin()->second;
    // libcurl tells of a connection only once its TLS handshake is done.
    const bool connected =
        std::any_of(transfer->sockets.begin(), transfer->sockets.end(), is_connected);
    finish(transfer, {.overdue = true, .connected = connected});
  }
}

void CurlTransfers::end_stopped(bool all) {
  start_new();
  std::vector<Transfer*> stopped;
  {
    const std::scoped_lock lock(mutex_);
    for (const auto& [deadline, transfer] : running_)
      if (all || transfer->stop_wanted) stopped.push_back(transfer);
  }
  for (auto* transfer : stopped) finish(transfer, {.interrupted = true});
}

void CurlTransfers::finish(Transfer* transfer, TransferEnd end) {
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

int CurlTransfers::poll_timeout() const {
  constexpr int second = 1000;
  if (running_.empty()) return second;
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(running_.begin()->first -
                                                                 std::chrono::steady_clock::now());
  return static_cast<int>(std::clamp<long long>(left.count(), 0, second));
}

}  // namespace postflight
