#include "clients/shared_reads.hpp"

#include <atomic>
#include <catch2/catch_test_macros.hpp>
#include <thread>

#include "tests/support/gate.hpp"
#include "tests/support/scripted_api.hpp"

namespace postflight::test {
namespace {

const std::string pod = R"({"kind": "Pod"})";

Limits fresh_from_now() {
  auto limits = a_minute();
  limits.fresh_since = std::chrono::steady_clock::now();
  return limits;
}

// Answers once its gate is open; says when the first question has come.
struct SlowApi : ScriptedApi {
  Gate asked, may_answer;
  std::atomic<int> questions = 0;
  SlowApi() {
    policy = {};
    http.respond = [this](const HttpRequest&, const Limits&) {
      ++questions;
      asked.open();
      may_answer.pass();
      return answer(200, pod);
    };
  }
};

}  // namespace

TEST_CASE("the same get asked by many is asked once", "[sharing]") {
  SlowApi api;
  auto& kubernetes = api.kubernetes();
  std::atomic<int> right = 0;
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < 8; ++i)
      threads.emplace_back([&] { right += *kubernetes.get("/api/v1/a", a_minute()) == pod; });
    CHECK(api.asked.pass());
    api.may_answer.open();
  }
  CHECK(right == 8);
  CHECK(api.questions == 1);
  kubernetes.get("/api/v1/b", a_minute());
  CHECK(api.questions == 2);
}

TEST_CASE("the same list is asked once, another selector is another list", "[sharing]") {
  ScriptedApi api;
  api.http.respond = [](const HttpRequest&, const Limits&) {
    return recorded_answer("pods_list_empty");
  };
  auto& kubernetes = api.kubernetes();
  const auto first = kubernetes.list({"/api/v1/pods", "app=a", ""}, a_minute());
  CHECK(kubernetes.list({"/api/v1/pods", "app=a", ""}, a_minute()) == first);
  CHECK(api.http.asked().size() == 1);
  kubernetes.list({"/api/v1/pods", "app=b", ""}, a_minute());
  kubernetes.list({"/api/v1/pods", "", "app=a"}, a_minute());
  CHECK(api.http.asked().size() == 3);
}

TEST_CASE("an answer asked for too early is not shared", "[sharing]") {
  ScriptedApi api;
  api.http.respond = [](const HttpRequest&, const Limits&) { return answer(200, pod); };
  auto& kubernetes = api.kubernetes();
  const auto early = a_minute();
  kubernetes.get("/api/v1/a", early);
  kubernetes.get("/api/v1/a", fresh_from_now());
  CHECK(api.http.asked().size() == 2);
  kubernetes.get("/api/v1/a", early);
  CHECK(api.http.asked().size() == 2);
}

TEST_CASE("a question in flight that began too early is not waited for", "[sharing]") {
  SlowApi api;
  api.http.respond = [&](const HttpRequest&, const Limits&) {
    if (++api.questions > 1) return answer(200, R"({"kind": "Newer"})");
    api.asked.open();
    api.may_answer.pass();
    return answer(200, pod);
  };
  auto& kubernetes = api.kubernetes();
  std::jthread early([&] { kubernetes.get("/api/v1/a", a_minute()); });
  REQUIRE(api.asked.pass());
  CHECK(*kubernetes.get("/api/v1/a", fresh_from_now()) == R"({"kind": "Newer"})");
  CHECK(api.questions == 2);
  api.may_answer.open();
  early.join();
  // The early question, answered last, does not take the place of the newer one.
  CHECK(*kubernetes.get("/api/v1/a", a_minute()) == R"({"kind": "Newer"})");
}

TEST_CASE("who waits for another's question keeps to its own limits", "[sharing]") {
  SlowApi api;
  auto& kubernetes = api.kubernetes();
  std::jthread asking([&] { kubernetes.get("/api/v1/a", a_minute()); });
  REQUIRE(api.asked.pass());
  auto late = a_minute();
  late.deadline = std::chrono::steady_clock::now();
  CHECK(api.failure([&](auto& k) { k.get("/api/v1/a", late); }).reason == reason::timeout);
  std::stop_source stop;
  stop.request_stop();
  auto stopped = a_minute();
  stopped.stop = stop.get_token();
  CHECK(api.failure([&](auto& k) { k.get("/api/v1/a", stopped); }).reason == reason::interrupted);
  CHECK(api.questions == 1);
  api.may_answer.open();
}

TEST_CASE("a real error is shared like an answer", "[sharing]") {
  ScriptedApi api;
  api.http.respond = [](const HttpRequest&, const Limits&) {
    return recorded_answer("error_403_get_pod");
  };
  const auto early = a_minute();
  const auto get = [&](const Limits& limits) {
    return api.failure([&](auto& k) { k.get("/api/v1/a", limits); });
  };
  CHECK(get(early).status == 403);
  CHECK(get(early).status == 403);
  CHECK(api.http.asked().size() == 1);
  CHECK(get(fresh_from_now()).status == 403);
  CHECK(api.http.asked().size() == 2);
}

TEST_CASE("a refusal reaches everybody who waits for it", "[sharing]") {
  SlowApi api;
  api.http.respond = [&](const HttpRequest&, const Limits&) {
    ++api.questions;
    api.asked.open();
    api.may_answer.pass();
    return recorded_answer("error_403_get_pod");
  };
  api.kubernetes();
  std::atomic<int> right = 0;
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < 8; ++i)
      threads.emplace_back([&] {
        const auto failure = api.failure([](auto& k) { k.get("/api/v1/a", a_minute()); });
        right += failure.status == 403 && contains(failure.message, "cannot get resource");
      });
    CHECK(api.asked.pass());
    api.may_answer.open();
  }
  CHECK(right == 8);
  CHECK(api.questions == 1);
}

TEST_CASE("who waits asks again when the asking one ran out of its own time", "[sharing]") {
  for (const auto& word : {reason::timeout, reason::interrupted}) {
    SharedReads<int> reads;
    Gate asked, may_fail;
    std::atomic<int> questions = 0;
    const auto ask = [&](bool&) -> int {
      if (++questions > 1) return 42;
      asked.open();
      may_fail.pass();
      throw ClientError(word, "my time is up");
    };
    std::string first;
    std::jthread asking([&] {
      try {
        reads.read("a", a_minute(), ask);
      } catch (const ClientError& e) {
        first = e.reason();
      }
    });
    REQUIRE(asked.pass());
    std::atomic<int> right = 0;
    std::vector<std::jthread> waiting;
    for (int i = 0; i < 4; ++i)
      waiting.emplace_back([&] { right += reads.read("a", a_minute(), ask) == 42; });
    may_fail.open();
    asking.join();
    waiting.clear();
    CHECK(first == word);
    CHECK(right == 4);
    CHECK(questions == 2);
  }
}

TEST_CASE("a server's last words at one's own deadline are not for those with more time",
          "[sharing]") {
  ScriptedApi api;
  api.http.respond = [](const HttpRequest&, const Limits&) { return answer(429, "no"); };
  auto soon = a_minute();
  soon.deadline = api.now + std::chrono::milliseconds(50);
  CHECK(api.failure([&](auto& k) { k.get("/api/v1/a", soon); }).status == 429);
  api.http.respond = [](const HttpRequest&, const Limits&) { return answer(200, pod); };
  CHECK(api.failure([&](auto& k) { k.get("/api/v1/a", a_minute()); }).reason.empty());
  CHECK(api.http.asked().size() == 2);
}

TEST_CASE("an error of another sort ends every waiter, too", "[sharing]") {
  SharedReads<int> reads;
  int questions = 0;
  const auto ask = [&](bool&) -> int {
    ++questions;
    throw std::logic_error("a bug");
  };
  CHECK_THROWS_AS(reads.read("a", a_minute(), ask), std::logic_error);
  CHECK_THROWS_AS(reads.read("a", a_minute(), ask), std::logic_error);
  CHECK(questions == 1);
}

}  // namespace postflight::test
