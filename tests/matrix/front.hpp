#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>

#include "tests/matrix/failure.hpp"
#include "tests/matrix/world.hpp"
#include "tests/support/scripted_server.hpp"

namespace postflight::matrix {

// Waiting that ends with the front.
class Patience {
 public:
  // False when it was ended.
  bool wait(std::chrono::milliseconds time);
  void end();

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  bool ended_ = false;
};

// One request that a failure concerns, and the means to answer it.
struct Exchange {
  test::ScriptedServer::Connection& connection;
  const world::Request& request;
  int count;  // which of the requests that the failure concerns, from 1
  Patience& patience;
  // The bytes of the right answer to a request: to this one, or to another.
  const std::function<std::string(const world::Request&)>& right_answer;
  std::atomic<int>& met;  // how many of them met the failure, with this one

  std::string healthy() const { return right_answer(request); }
  // As if nothing failed: this request does not meet the failure.
  void answer_rightly() const;
  void send(std::string_view bytes) const { connection.write(bytes); }
};

enum class Then { keep, close };  // the connection
using Reply = std::function<Then(const Exchange&)>;

// What a client meets before it can ask anything.
enum class Door {
  open,
  refused,       // nobody listens
  unresolvable,  // the name is in no DNS
  silent,        // accepts, and never says a word, TLS included
  expired,       // by the certificate's date
  wrong_host,    // by the certificate's names
  untrusted,     // by the certificate's authority
  rejects_us,    // wants a client certificate of another authority
};

// A world with a server before one part, which does to some requests what `reply` says and hands
// the others on.
std::unique_ptr<BrokenWorld> world_behind(const World& world, Part part, Door door, Reply reply,
                                          const std::string& pattern);

// Failures that are only an answer, or only a door.
Failure failing_reply(std::string name, std::set<std::string> reasons, Reply reply);
Failure failing_door(std::string name, std::set<std::string> reasons, Door door);

}  // namespace postflight::matrix
