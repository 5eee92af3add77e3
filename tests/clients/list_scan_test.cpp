#include "clients/list_scan.hpp"

#include <algorithm>
#include <atomic>
#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "clients/api_kubernetes.hpp"
#include "clients/list_items.hpp"
#include "tests/support/gate.hpp"
#include "tests/support/scripted_api.hpp"

namespace postflight::test {
namespace {

const std::string pods = "/api/v1/pods", nodes = "/api/v1/nodes";
const std::chrono::system_clock::time_point today =
    std::chrono::sys_days{std::chrono::year{2026} / 11 / 27};

std::string page_of(const std::vector<std::string>& names, const std::string& next = {}) {
  std::string items;
  for (const auto& name : names)
    items += (items.empty() ? "" : ",") + (R"({"metadata":{"name":")" + name + "\"}}");
  return R"({"kind":"PodList","apiVersion":"v1","metadata":{"resourceVersion":"7")" +
         (next.empty() ? "" : R"(,"continue":")" + next + "\"") + R"(},"items":[)" + items + "]}";
}

std::vector<std::string> items_of(std::string page, std::string* next = nullptr) {
  const ListPage whole(std::move(page), "GET /x");
  if (next != nullptr) *next = whole.next();
  return {whole.items().begin(), whole.items().end()};
}

std::string why_unreadable(const std::string& page) {
  try {
    items_of(page);
  } catch (const ClientError& error) {
    CHECK(error.reason() == reason::unreadable);
    return error.what();
  }
  return "it was read";
}

// Keeps the text of all items; throws at the one that contains `poison`.
struct Texts : ListReading {
  void item(const ListItem& item) override {
    const std::string text(item.json());
    if (!poison.empty() && text.find(poison) != std::string::npos)
      throw std::runtime_error("poisoned");
    all.push_back(text);
  }
  void append(ListReading&& following) override {
    auto& more = dynamic_cast<Texts&>(following).all;
    all.insert(all.end(), more.begin(), more.end());
  }
  std::vector<std::string> all;
  std::string poison;
};

const std::vector<std::string>& texts_of(const ListReading& reading) {
  return dynamic_cast<const Texts&>(reading).all;
}

struct TextsUse : ListUse {
  explicit TextsUse(std::string path, std::string poisoned_by = {})
      : asked{std::move(path), "", ""}, poison(std::move(poisoned_by)) {}
  const ListRequest& request() const override { return asked; }
  std::string gathers() const override { return name; }
  std::unique_ptr<ListReading> begin(std::chrono::system_clock::time_point,
                                     std::chrono::steady_clock::time_point) const override {
    ++begun;
    auto reading = std::make_unique<Texts>();
    reading->poison = poison;
    return reading;
  }
  ListRequest asked;
  std::string poison, name;
  mutable std::atomic<int> begun{0};
};

// The scans of a client, for a number of processors that is not this machine's.
struct Scans {
  Scans(ScriptedApi& api, unsigned processors)
      : connection(
            api.http, api.access, api.commands, [](std::string_view) {}, api.policy),
        all(connection, processors) {}
  KubernetesConnection connection;
  ListScans all;
};

}  // namespace

TEST_CASE("a page of a list is gone through item by item", "[list-scan]") {
  std::string next = "unset";
  CHECK(items_of(page_of({"a", "b"}), &next) ==
        std::vector<std::string>{R"({"metadata":{"name":"a"}})", R"({"metadata":{"name":"b"}})"});
  CHECK(next.empty());
  CHECK(items_of(page_of({"a"}, "token"), &next).size() == 1);
  CHECK(next == "token");
  CHECK(items_of(page_of({})).empty());
  CHECK(items_of(R"({"kind":"PodList","items":null})").empty());
  CHECK(items_of(R"({"kind":"PodList","items": [ {"items":[{"x":"\"]}"}]} , {"b":"{"} ] })") ==
        std::vector<std::string>{R"({"items":[{"x":"\"]}"}]})", R"({"b":"{"})"});
  CHECK(items_of(R"({"kind":"PodList","spec":{"items":[1]},"items":[{"a":1}]})").size() == 1);
  CHECK(items_of(R"({"items":[{"a":1}],"metadata":{"continue":null},"kind":"PodList"})").size() ==
        1);
}

TEST_CASE("what is no whole list is unreadable, wherever it breaks", "[list-scan]") {
  const auto whole = page_of({"a", "b"}, "token");
  for (std::size_t size = 0; size < whole.size(); ++size)
    CHECK(why_unreadable(whole.substr(0, size)) != "it was read");
  for (const auto* between : {"", ";", ",,", ", ,"})
    CHECK(why_unreadable(R"({"kind":"PodList","items":[{"a":1})" + std::string(between) +
                         R"({"b":2}]})") != "it was read");
  CHECK(why_unreadable(R"({"kind":"PodList","items":[{"a":1},]})") != "it was read");
  CHECK(why_unreadable(R"({"kind":"PodList","\u0069tems":[{"a":1}]})") != "it was read");
  CHECK(why_unreadable(R"({"kind":"PodList","items":)" + std::string(300, '[') + "}") !=
        "it was read");
  for (const auto* broken :
       {R"({"kind":"PodList"})", R"({"kind":"PodList","items":{}})", R"({"kind":"Pod","items":[]})",
        R"({"items":[]})", R"({"kind":"PodList","items":[7]})",
        R"({"kind":"PodList","items":[]} {})", R"({"kind":"PodList","items":[],"items":[]})",
        R"([])", R"(null)", "<html></html>",
        R"({"kind":"PodList","metadata":{"continue":7},"items":[]})",
        R"({"kind":"PodList","items":[],"more":tru})"})
    CHECK(why_unreadable(broken) != "it was read");
}

TEST_CASE("all expected uses of a list go by in one", "[list-scan]") {
  ScriptedApi api;
  api.http.respond = [](const HttpRequest& request, const Limits&) {
    return contains(request.url, "continue=") ? answer(200, page_of({"c"}))
                                              : answer(200, page_of({"a", "b"}, "token"));
  };
  const TextsUse one(pods), other(pods), elsewhere(nodes);
  auto& kubernetes = api.kubernetes();
  kubernetes.expect({&one, &other, &elsewhere});
  const auto limits = a_minute();
  for (const auto* use : {&one, &other})
    CHECK(texts_of(*kubernetes.read(*use, today, limits)).size() == 3);
  CHECK(api.http.asked().size() == 2);
  CHECK(texts_of(*kubernetes.read(elsewhere, today, limits)).size() == 3);
  CHECK(api.http.asked().size() == 4);
}

TEST_CASE("checks that read a list at the same time share it", "[list-scan]") {
  ScriptedApi api;
  api.http.respond = [](const HttpRequest&, const Limits&) { return answer(200, page_of({"a"})); };
  std::vector<std::unique_ptr<TextsUse>> uses;
  std::vector<const ListUse*> all;
  for (int count = 0; count < 8; ++count) {
    uses.push_back(std::make_unique<TextsUse>(pods));
    all.push_back(uses.back().get());
  }
  auto& kubernetes = api.kubernetes();
  kubernetes.expect(all);
  const auto limits = a_minute();
  std::atomic<int> right{0};
  {
    std::vector<std::jthread> threads;
    for (const auto* use : all)
      threads.emplace_back([&, use] {
        right += texts_of(*kubernetes.read(*use, today, limits)).size() == 1 ? 1 : 0;
      });
  }
  CHECK(right == 8);
  CHECK(api.http.asked().size() == 1);
}

TEST_CASE("what was gathered is let go of when all who expected it have had it", "[list-scan]") {
  ScriptedApi api;
  api.http.respond = [](const HttpRequest&, const Limits&) { return answer(200, page_of({"a"})); };
  TextsUse one(pods), same(pods);
  one.name = same.name = "texts";
  auto& kubernetes = api.kubernetes();
  kubernetes.expect({&one, &same});
  const auto limits = a_minute();
  std::weak_ptr<const ListReading> gathered = kubernetes.read(one, today, limits);
  CHECK_FALSE(gathered.expired());  // it is still to be handed out
  CHECK(kubernetes.read(same, today, limits) == gathered.lock());
  CHECK(gathered.expired());
  CHECK(api.http.asked().size() == 1);
  const int begun = same.begun;
  CHECK(texts_of(*kubernetes.read(one, today, limits)).size() == 1);
  CHECK(api.http.asked().size() == 2);
  CHECK(same.begun == begun);  // it was read for that one alone
}

TEST_CASE("a use whose reading failed asks again when it reads again", "[list-scan]") {
  ScriptedApi api;
  std::atomic<int> asked{0};
  api.http.respond = [&](const HttpRequest&, const Limits&) {
    return answer(200, page_of({++asked == 1 ? "bad" : "good"}));
  };
  const TextsUse poisoned(pods, "\"bad\""), well(pods);
  auto& kubernetes = api.kubernetes();
  kubernetes.expect({&poisoned, &well});
  const auto limits = a_minute();
  CHECK_THROWS_AS(kubernetes.read(poisoned, today, limits), std::runtime_error);
  CHECK(texts_of(*kubernetes.read(well, today, limits)) ==
        std::vector<std::string>{R"({"metadata":{"name":"bad"}})"});
  CHECK(texts_of(*kubernetes.read(poisoned, today, limits)) ==
        std::vector<std::string>{R"({"metadata":{"name":"good"}})"});
}

TEST_CASE("a list read afresh is asked for afresh", "[list-scan]") {
  ScriptedApi api;
  api.http.respond = [](const HttpRequest&, const Limits&) { return answer(200, page_of({"a"})); };
  const TextsUse use(pods);
  auto& kubernetes = api.kubernetes();
  kubernetes.expect({&use});
  kubernetes.read(use, today, a_minute());
  auto later = a_minute();
  later.fresh_since = std::chrono::steady_clock::now();
  kubernetes.read(use, today, later);
  CHECK(api.http.asked().size() == 2);
}

TEST_CASE("a use that nobody expected reads a list of its own", "[list-scan]") {
  ScriptedApi api;
  api.http.respond = [](const HttpRequest&, const Limits&) { return answer(200, page_of({"a"})); };
  const TextsUse expected(pods), other(pods);
  auto& kubernetes = api.kubernetes();
  kubernetes.expect({&expected});
  kubernetes.read(expected, today, a_minute());
  const int begun = expected.begun;
  CHECK(texts_of(*kubernetes.read(other, today, a_minute())).size() == 1);
  CHECK(expected.begun == begun);
  CHECK(other.begun > 0);
}

TEST_CASE("what one reading throws is its own", "[list-scan]") {
  ScriptedApi api;
  api.http.respond = [](const HttpRequest&, const Limits&) {
    return answer(200, page_of({"a", "b", "c"}));
  };
  const TextsUse poisoned(pods, "\"b\""), well(pods);
  auto& kubernetes = api.kubernetes();
  kubernetes.expect({&poisoned, &well});
  const auto limits = a_minute();
  CHECK_THROWS_AS(kubernetes.read(poisoned, today, limits), std::runtime_error);
  CHECK(texts_of(*kubernetes.read(well, today, limits)).size() == 3);
  CHECK(api.http.asked().size() == 1);
}

TEST_CASE("pages that are read at the same time are joined in their order", "[list-scan]") {
  constexpr int count = 40;
  ScriptedApi api;
  api.http.respond = [](const HttpRequest& request, const Limits&) {
    const auto at = request.url.find("continue=");
    const int number = at == std::string::npos ? 0 : std::stoi(request.url.substr(at + 9));
    return answer(200, page_of({std::to_string(number), std::to_string(number) + "b"},
                               number + 1 < count ? std::to_string(number + 1) : ""));
  };
  std::vector<std::string> in_order;
  for (int number = 0; number < count; ++number)
    for (const auto* end : {"", "b"})
      in_order.push_back(R"({"metadata":{"name":")" + std::to_string(number) + end + "\"}}");
  const TextsUse one(pods), other(pods), poisoned(pods, "\"7b\"");
  const unsigned processors = GENERATE(0U, 1U, 2U, 8U);
  Scans scans(api, processors);
  scans.all.expect({&one, &poisoned, &other});
  const auto limits = a_minute();
  CHECK(texts_of(*scans.all.read(one, today, limits)) == in_order);
  CHECK(texts_of(*scans.all.read(other, today, limits)) == in_order);
  CHECK_THROWS_AS(scans.all.read(poisoned, today, limits), std::runtime_error);
  CHECK(api.http.asked().size() == count);
}

TEST_CASE("of lists that wait for their turn the one that most checks read goes first",
          "[list-scan]") {
  Gate one_may_end, all_may_end;
  ScriptedApi api;
  api.http.respond = [&](const HttpRequest& request, const Limits&) {
    (contains(request.url, "/held0") ? one_may_end : all_may_end).pass();
    return answer(200, page_of({"a"}));
  };
  Scans scans(api, 2);
  std::vector<std::unique_ptr<TextsUse>> uses;
  std::vector<const ListUse*> all;
  const auto add = [&](const std::string& path) {
    uses.push_back(std::make_unique<TextsUse>(path));
    all.push_back(uses.back().get());
    return all.back();
  };
  std::vector<const ListUse*> held, waiting;
  for (int number = 0; number < 4; ++number)
    held.push_back(add("/api/v1/held" + std::to_string(number)));
  for (int number = 0; number < 12; ++number)
    waiting.push_back(add("/api/v1/waiting" + std::to_string(number)));
  waiting.push_back(add(pods));
  add(pods);  // for another check
  scans.all.expect(all);
  const auto limits = a_minute();
  {
    std::vector<std::jthread> threads;
    const auto read = [&](const ListUse* use) {
      threads.emplace_back([&, use] { scans.all.read(*use, today, limits); });
    };
    const auto until = [&](auto is_so) {
      while (!is_so() && std::chrono::steady_clock::now() < limits.deadline)
        std::this_thread::yield();
    };
    for (const auto* use : held) read(use);
    until([&] { return api.http.asked().size() == held.size(); });
    for (const auto* use : waiting) read(use);
    until([&] { return scans.all.waiting() == waiting.size(); });
    CHECK(api.http.asked().size() == held.size());
    one_may_end.open();
    until([&] { return api.http.asked().size() > held.size(); });
    all_may_end.open();
  }
  const auto asked = api.http.asked();
  REQUIRE(asked.size() == held.size() + waiting.size());
  CHECK(contains(asked[held.size()], pods));
  CHECK(scans.all.waiting() == 0);
}

TEST_CASE("uses that gather the same share what one of them gathered", "[list-scan]") {
  ScriptedApi api;
  api.http.respond = [](const HttpRequest& request, const Limits&) {
    return contains(request.url, "continue=") ? answer(200, page_of({"b"}))
                                              : answer(200, page_of({"a"}, "token"));
  };
  TextsUse one(pods), same(pods), poisoned(pods, "\"b\""), poisoned_too(pods), other(pods);
  one.name = same.name = "texts";
  poisoned.name = poisoned_too.name = "poisoned";
  auto& kubernetes = api.kubernetes();
  kubernetes.expect({&one, &poisoned, &same, &other, &poisoned_too});
  const auto limits = a_minute();
  for (const auto* use : {&one, &same, &other})
    CHECK(texts_of(*kubernetes.read(*use, today, limits)).size() == 2);
  for (const auto* use : {&poisoned, &poisoned_too})
    CHECK_THROWS_AS(kubernetes.read(*use, today, limits), std::runtime_error);
  CHECK(one.begun + other.begun > 0);
  CHECK(same.begun == 0);
  CHECK(poisoned_too.begun == 0);
}

TEST_CASE("a list that expires on the way begins anew, and what was read counts for nothing",
          "[list-scan]") {
  ScriptedApi api;
  int expired = 0;
  api.http.respond = [&](const HttpRequest& request, const Limits&) {
    if (!contains(request.url, "continue=")) return answer(200, page_of({"a"}, "token"));
    return expired++ == 0 ? recorded_answer("error_410_expired_continue")
                          : answer(200, page_of({"b"}));
  };
  const TextsUse use(pods);
  CHECK(texts_of(*api.kubernetes().read(use, today, a_minute())) ==
        std::vector<std::string>{R"({"metadata":{"name":"a"}})", R"({"metadata":{"name":"b"}})"});
}

TEST_CASE("a list that expires twice, loops, or loses a page is no list", "[list-scan]") {
  const TextsUse use(pods);
  const auto reason_of = [&](const std::function<HttpResponse()>& second) {
    ScriptedApi api;
    api.http.respond = [&](const HttpRequest& request, const Limits&) {
      return contains(request.url, "continue=") ? second() : answer(200, page_of({"a"}, "token"));
    };
    return api.failure([&](auto& kubernetes) { kubernetes.read(use, today, a_minute()); }).reason;
  };
  CHECK(reason_of([] { return recorded_answer("error_410_expired_continue"); }) == reason::expired);
  CHECK(reason_of([] { return answer(200, page_of({"b"}, "token")); }) == reason::unreadable);
  CHECK(reason_of([] { return answer(200, "<html>log in</html>", "text/html"); }) ==
        reason::unreadable);
  CHECK(reason_of([] { return answer(200, ""); }) == reason::unreadable);
  CHECK(reason_of([] { return recorded_answer("error_403_serviceaccount"); }) == reason::forbidden);
}

TEST_CASE("a list that is not read to its end in time is unknown", "[list-scan]") {
  ScriptedApi api;
  api.http.respond = [](const HttpRequest&, const Limits&) { return answer(200, page_of({"a"})); };
  const TextsUse use(pods);
  auto late = a_minute();
  late.deadline = std::chrono::steady_clock::now();
  CHECK(api.failure([&](auto& kubernetes) { kubernetes.read(use, today, late); }).reason ==
        reason::timeout);
}

TEST_CASE("clients that keep pages hand out the same items", "[list-scan]") {
  RecordedKubernetes kubernetes;
  kubernetes.answer_list(pods, "", {page_of({"a", "b"}, "token"), page_of({"c"})});
  const TextsUse use(pods);
  CHECK(texts_of(*kubernetes.read(use, today, a_minute())).size() == 3);
}

TEST_CASE("what several readers make of an item is made once", "[list-scan]") {
  static int made = 0;
  struct Counted {
    explicit Counted(std::string_view) { ++made; }
  };
  const ListItem item("{}");
  item.as<Counted>();
  item.as<Counted>();
  CHECK(made == 1);
}

}  // namespace postflight::test
