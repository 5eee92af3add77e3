#pragma once

#include <curl/curl.h>

#include <cstddef>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

#include "clients/curl_request.hpp"
#include "clients/curl_transfer.hpp"
#include "clients/limits.hpp"

namespace postflight {

// Transfers that share no connection with any other, each carried out by the thread that asks:
// to hand them to one thread and to be woken by it would take longer than many a request.
class CurlDirectTransfers {
 public:
  CurlDirectTransfers();
  // Every call must have returned.
  ~CurlDirectTransfers();
  CurlDirectTransfers(const CurlDirectTransfers&) = delete;
  CurlDirectTransfers& operator=(const CurlDirectTransfers&) = delete;

  // Whether it is of the sort that is carried out here: on a connection of its own, and without
  // TLS, for which the authorities are read anew for each multi handle.
  static bool takes(const CurlRequest& request);

  // Runs it to its end, at the latest to the deadline or stop. Its callbacks are called on this
  // thread. Nothing when too many run at once: it has not been begun.
  std::optional<TransferEnd> run(const CurlRequest& request, const Limits& limits);

 private:
  struct Deleter {
    void operator()(CURLM* multi) const { curl_multi_cleanup(multi); }
  };
  using Multi = std::unique_ptr<CURLM, Deleter>;

  Multi take();
  void give_back(Multi multi);

  const std::size_t most_at_once_;
  std::mutex mutex_;
  std::size_t running_ = 0;
  std::vector<Multi> free_;
};

}  // namespace postflight
