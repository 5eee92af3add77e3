#pragma once

#include <functional>
#include <memory>
#include <string>

#include "clients/recording.hpp"

namespace postflight {

// Clients that answer from a recording, at once, and never ask anybody. Only the program that made
// the recording knew its secrets: `cleaned` makes a question what it is in the recording.
class ReplayingClients {
 public:
  // `replay` must outlive it; `server` is the API server's URL.
  ReplayingClients(Replay& replay, std::string server,
                   std::function<Question(Question)> cleaned = {});
  ~ReplayingClients();
  ReplayingClients(const ReplayingClients&) = delete;
  ReplayingClients& operator=(const ReplayingClients&) = delete;

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
