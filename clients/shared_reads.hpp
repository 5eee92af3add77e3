#pragma once

#include <chrono>
#include <condition_variable>
#include <exception>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>

#include "clients/error.hpp"
#include "clients/limits.hpp"

namespace postflight {

// Answers that many threads share: one of them asks, the others wait for it, each no longer than
// its own limits. An answer, or a real error, serves everybody whose `fresh_since` is not later
// than the moment its question began; the end of the asking one's own limits serves nobody.
template <typename Answer>
class SharedReads {
 public:
  // Asks within the limits of the calling thread. Sets `cut_short` when it throws because those
  // limits left no time, whatever it throws; a timeout or interruption counts as that by itself.
  using Ask = std::function<Answer(bool& cut_short)>;

  Answer read(const std::string& key, const Limits& limits, const Ask& ask) {
    std::unique_lock lock(mutex_);
    for (;;) {
      auto& latest = latest_[key];
      if (!latest || latest->began < limits.fresh_since) {
        latest = std::make_shared<Question>();
        return answer_by_asking(key, latest, ask, lock);
      }
      const auto question = latest;
      wait(*question, key, limits, lock);
      if (question->answer) return *question->answer;
      if (question->error) std::rethrow_exception(question->error);
    }
  }

 private:
  struct Question {
    std::chrono::steady_clock::time_point began = std::chrono::steady_clock::now();
    bool done = false;
    std::optional<Answer> answer;
    std::exception_ptr error;  // neither: given up, somebody else must ask
  };

  void wait(const Question& question, const std::string& key, const Limits& limits,
            std::unique_lock<std::mutex>& lock) {
    if (changed_.wait_until(lock, limits.stop, limits.deadline, [&] { return question.done; }))
      return;
    if (limits.stop.stop_requested()) throw ClientError(reason::interrupted, key + ": interrupted");
    throw ClientError(reason::timeout, key + ": no answer in time");
  }

  Answer answer_by_asking(const std::string& key, std::shared_ptr<Question> question,
                          const Ask& ask, std::unique_lock<std::mutex>& lock) {
    lock.unlock();
    bool cut_short = false;
    try {
      auto answer = ask(cut_short);
      lock.lock();
      question->answer = answer;
      finish(*question);
      return answer;
    } catch (const ClientError& e) {
      cut_short = cut_short || e.reason() == reason::timeout || e.reason() == reason::interrupted;
      end_with_error(key, question, cut_short, lock);
      throw;
    } catch (...) {
      end_with_error(key, question, false, lock);
      throw;
    }
  }

  void end_with_error(const std::string& key, const std::shared_ptr<Question>& question,
                      bool cut_short, std::unique_lock<std::mutex>& lock) {
    lock.lock();
    if (!cut_short)
      question->error = std::current_exception();
    else if (latest_[key] == question)
      latest_[key] = nullptr;
    finish(*question);
  }

  void finish(Question& question) {
    question.done = true;
    changed_.notify_all();
  }

  std::mutex mutex_;
  std::condition_variable_any changed_;
  std::map<std::string, std::shared_ptr<Question>> latest_;
};

}  // namespace postflight
