#pragma once

#include <functional>
#include <memory>
#include <string_view>

#include "clients/recording.hpp"

namespace postflight {

// Clients that ask the real ones and keep every answer and refusal. What is cut off because the
// run was asked to stop is no answer, and not kept.
class RecordingClients {
 public:
  // Both must outlive it. `on_secret` is told the passwords and tokens that questions carry.
  RecordingClients(const Clients& real, Recording& recording,
                   std::function<void(std::string_view)> on_secret = {});
  ~RecordingClients();
  RecordingClients(const RecordingClients&) = delete;
  RecordingClients& operator=(const RecordingClients&) = delete;

  const Clients& clients() const { return *clients_; }

 private:
  std::unique_ptr<Http> http_;
  std::unique_ptr<Kubernetes> kubernetes_;
  std::unique_ptr<Postgres> postgres_;
  std::unique_ptr<Commands> commands_;
  std::unique_ptr<Names> names_;
  std::unique_ptr<Connections> connections_;
  std::unique_ptr<Clients> clients_;
};

}  // namespace postflight
