#include "runner/crew.hpp"

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <deque>
#include <list>
#include <mutex>
#include <system_error>
#include <thread>
#include <utility>

namespace postflight {
namespace {

struct Worker {
  std::jthread thread;
  bool is_busy = false;
};

}  // namespace

struct Crew::Shared {
  explicit Shared(Explain how) : explain(std::move(how)) {}

  const Explain explain;
  std::mutex mutex;
  std::condition_variable work;
  std::deque<std::shared_ptr<Attempt>> waiting;
  std::vector<std::shared_ptr<Attempt>> ended;
  std::list<Worker> workers;
  std::size_t busy = 0;
  std::stop_source nap;  // of the leader
  bool is_woken = false;
  bool is_closed = false;

  // For the leader, before it sleeps. Checks that are answered at once end one after another: to
  // let the others go on until some more have ended takes less than to be woken for each.
  void let_some_end() {
    constexpr int most_turns = 8;
    constexpr std::size_t some = 8;
    constexpr std::chrono::microseconds longest{100};
    const auto began = std::chrono::steady_clock::now();
    for (int turn = 0; turn < most_turns; ++turn) {
      {
        const std::scoped_lock lock(mutex);
        if (busy == 0 || ended.size() >= some) return;
      }
      std::this_thread::yield();
      if (std::chrono::steady_clock::now() - began > longest) return;
    }
  }

  // Wakes the leader, and lets go of the lock.
  void wake(std::unique_lock<std::mutex>& lock) {
    if (std::exchange(is_woken, true)) return lock.unlock();
    auto sleeping = nap;
    lock.unlock();
    sleeping.request_stop();
  }

  void work_until_closed(Worker& worker) {
    std::unique_lock lock(mutex);
    for (;;) {
      work.wait(lock, [this] { return is_closed || !waiting.empty(); });
      if (is_closed) return;
      auto attempt = std::move(waiting.front());
      waiting.pop_front();
      worker.is_busy = true;
      ++busy;
      lock.unlock();
      carry_out(*attempt, explain);
      lock.lock();
      worker.is_busy = false;
      --busy;
      ended.push_back(std::move(attempt));  // there is room: start() saw to it
      wake(lock);
      std::this_thread::yield();  // the leader may have more by then, and need not wake this
      lock.lock();
    }
  }
};

Crew::Crew(Explain explain) : shared_(std::make_shared<Shared>(std::move(explain))) {}

Crew::~Crew() {
  {
    const std::scoped_lock lock(shared_->mutex);
    shared_->is_closed = true;
    for (auto& worker : shared_->workers)
      if (worker.is_busy) worker.thread.detach();
  }
  shared_->work.notify_all();
  for (auto& worker : shared_->workers)
    if (worker.thread.joinable()) worker.thread.join();
}

bool Crew::start(std::shared_ptr<Attempt> attempt) {
  auto& shared = *shared_;
  std::unique_lock lock(shared.mutex);
  shared.waiting.push_back(std::move(attempt));
  shared.ended.reserve(shared.ended.size() + shared.waiting.size() + shared.busy);
  if (shared.busy + shared.waiting.size() > shared.workers.size()) {
    auto& worker = shared.workers.emplace_back();
    try {
      worker.thread =
          std::jthread([state = shared_, &worker] { state->work_until_closed(worker); });
    } catch (const std::system_error&) {  // the others will have to do, when there are others
      shared.workers.pop_back();
      if (shared.busy == shared.workers.size()) {
        shared.waiting.pop_back();
        return false;
      }
    }
  }
  lock.unlock();  // else whoever is woken would wait for it
  shared.work.notify_one();
  return true;
}

std::vector<std::shared_ptr<Attempt>> Crew::wait_until(std::chrono::steady_clock::time_point moment,
                                                       Clock& clock) {
  auto& shared = *shared_;
  shared.let_some_end();
  std::stop_token token;
  {
    const std::scoped_lock lock(shared.mutex);
    if (!shared.is_woken) {
      shared.nap = std::stop_source();
      token = shared.nap.get_token();
    }
  }
  if (token.stop_possible()) clock.sleep_until(moment, token);
  const std::scoped_lock lock(shared.mutex);
  shared.is_woken = false;
  std::vector<std::shared_ptr<Attempt>> ended;
  ended.swap(shared.ended);
  shared.ended.reserve(shared.waiting.size() + shared.busy);
  return ended;
}

void Crew::wake() {
  std::unique_lock lock(shared_->mutex);
  shared_->wake(lock);
}

std::size_t Crew::busy() const {
  const std::scoped_lock lock(shared_->mutex);
  return shared_->busy;
}

}  // namespace postflight
