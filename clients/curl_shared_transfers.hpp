#pragma once

#include <curl/curl.h>

#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <set>
#include <thread>
#include <utility>
#include <vector>

#include "clients/curl_transfer.hpp"
#include "clients/limits.hpp"

namespace postflight {

// Transfers that share connections and TLS sessions, on the one thread that moves their bytes.
class CurlSharedTransfers {
 public:
  CurlSharedTransfers();
  ~CurlSharedTransfers();
  CurlSharedTransfers(const CurlSharedTransfers&) = delete;
  CurlSharedTransfers& operator=(const CurlSharedTransfers&) = delete;

  // Runs a prepared handle to its end, at the latest to the deadline or stop. Its callbacks are
  // called on the transfer thread, and never again once this has returned.
  TransferEnd run(CURL* easy, const Limits& limits);

 private:
  struct Transfer {
    CURL* easy = nullptr;
    std::chrono::steady_clock::time_point deadline;
    bool stop_wanted = false;  // guarded by mutex_, as are the next two
    bool ended = false;
    TransferEnd end;
    TransferSockets sockets;
    std::shared_ptr<std::condition_variable> end_changed =
        std::make_shared<std::condition_variable>();
  };

  void work();
  void start_new();
  void finish_done();
  void end_overdue();
  void end_stopped(bool all);
  void start(Transfer* transfer);
  void finish(Transfer* transfer, TransferEnd end);
  int poll_timeout() const;  // milliseconds to the next deadline, at most a second

  CURLM* multi_;
  // Only the transfer thread touches these: ordered by deadline.
  std::set<std::pair<std::chrono::steady_clock::time_point, Transfer*>> running_;

  std::mutex mutex_;
  std::vector<Transfer*> new_;
  bool stop_wanted_ = false;  // of at least one transfer
  bool quit_ = false;
  std::thread thread_;
};

}  // namespace postflight
