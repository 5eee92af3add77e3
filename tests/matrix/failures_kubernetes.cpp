#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "tests/matrix/replies.hpp"

namespace postflight::matrix {

namespace {

using Json = nlohmann::ordered_json;
const std::set<std::string> lists{"endpointslices", "pods",         "replicasets", "nodes",
                                  "deployments",    "statefulsets", "daemonsets",  "namespaces",
                                  "secrets",        "ingresses"};
const std::set<std::string> objects{"service", "deployment", "secret", "endpoints"};

std::string last_part(const std::string& path) { return path.substr(path.rfind('/') + 1); }

bool is_list(const world::Request& request) { return lists.count(last_part(request.path)) != 0; }

Then refuse_object(const Exchange& exchange) {
  const auto name = last_part(exchange.request.path);
  return answer_kubernetes_status(404, "NotFound", "objects \"" + name + "\" not found",
                                  name)(exchange);
}

// A watch on what there is none of, and none comes: open, and silent.
Then watch_in_vain(const Exchange& exchange) {
  exchange.send(
      "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n");
  exchange.connection.wait_for_peer_to_leave();
  return Then::close;
}

Reply empty_list() {
  return [list = edit_json([](Json& json) { json["items"] = Json::array(); })](
             const Exchange& exchange) {
    return exchange.request.has_parameter("watch") ? watch_in_vain(exchange) : list(exchange);
  };
}

// As a namespace looks that does not exist: lists are empty, objects are not found.
Reply nothing_in_namespace() {
  return [](const Exchange& exchange) {
    if (is_list(exchange.request)) return empty_list()(exchange);
    if (exchange.request.path.find("/namespaces/") != std::string::npos)
      return refuse_object(exchange);
    exchange.answer_rightly();
    return Then::keep;
  };
}

// The list in pages of one item, for whoever asks for pages; what follows the first is up to
// `second`.
Reply in_pages(Reply second) {
  return [second = std::move(second)](const Exchange& exchange) {
    if (exchange.request.has_parameter("continue")) return second(exchange);
    if (!exchange.request.has_parameter("limit")) {
      exchange.answer_rightly();
      return Then::keep;
    }
    auto request = exchange.request;
    for (auto& [name, value] : request.query)
      if (name == "limit") value = "1";
    auto answer = exchange.right_answer(request);
    // A list that has only one item goes on too.
    auto list = Json::parse(answer.substr(header_size(answer)));
    if (!list["metadata"].contains("continue")) list["metadata"]["continue"] = "more";
    exchange.send(test::http_answer(list.dump(), "Content-Type: application/json\r\n"));
    return Then::keep;
  };
}

Reply expired_continue() {
  return answer_kubernetes_status(410, "Expired", "The provided continue parameter is too old");
}

// The first time the second page is gone; then the list comes whole.
Reply expired_once() {
  return [pages = in_pages(expired_continue())](const Exchange& exchange) {
    return at_first(2, pages)(exchange);
  };
}

Reply not_ready() {
  return [](const Exchange& exchange) {
    exchange.send(
        test::http_answer("[+]ping ok\n[-]etcd failed: reason withheld\nreadyz check failed\n",
                          "Content-Type: text/plain\r\n", "500 Internal Server Error"));
    return Then::keep;
  };
}

std::vector<Failure> refusals() {
  return {
      failing_reply("401, a Status", {"unauthorized"},
                    answer_kubernetes_status(401, "Unauthorized", "Unauthorized")),
      failing_reply("403, a Status", {"forbidden"},
                    answer_kubernetes_status(403, "Forbidden",
                                             "pods is forbidden: User \"u\" cannot list resource")),
      of_questions(objects,
                   failing_reply("404, this object does not exist", {"not-found"}, refuse_object)),
      of_questions(
          {"deployment", "replicasets", "nodes", "deployments", "namespaces"},
          failing_reply("404, no such resource in the API group", {"not-found"},
                        answer_kubernetes_status(
                            404, "NotFound", "the server could not find the requested resource"))),
      of_questions({"endpointslices"},
                   failing_reply("404, the API group of EndpointSlices is missing", {"not-found"},
                                 answer_status(404, "404 page not found"))),
      failing_reply("500, etcd leader changed", {"server-error"},
                    answer_kubernetes_status(500, "InternalError", "etcdserver: leader changed")),
      failing_reply("504, a Status", {"server-error"},
                    answer_kubernetes_status(504, "Timeout", "the request timed out")),
      of_questions({"readyz"}, failing_reply("500, it says that it is not ready", {"server-error"},
                                             not_ready()))};
}

Failure nothing_there() {
  auto failure =
      failing_reply("the namespace does not exist", {"not-found"}, nothing_in_namespace());
  failure.hits_one_question = false;
  failure.questions = objects;
  return failure;
}

std::vector<Failure> listings() {
  const std::string half = R"({"kind": "PodList", "metadata": {}, "items": [{"metadata")";
  std::vector<Failure> failures{
      failing_reply("200, an empty list", {"nothing-examined"}, empty_list()),
      failing_reply("200, a list of numbers and nulls", {"unreadable"}, edit_json([](Json& list) {
                      list["items"] = {1, nullptr, "x"};
                    })),
      failing_reply("200, a list without items", {"unreadable"},
                    edit_json([](Json& list) { list.erase("items"); })),
      failing_reply("200, a Status instead of a list", {"unreadable"},
                    answer_body(R"({"kind": "Status", "status": "Success", "code": 200})")),
      failing_reply("page 2 fails with 500", {"server-error"},
                    in_pages(answer_kubernetes_status(500, "InternalError", "no"))),
      failing_reply("page 2 fails with 403", {"forbidden"},
                    in_pages(answer_kubernetes_status(403, "Forbidden", "no"))),
      failing_reply("page 2 is reset", {"unreachable"}, in_pages(cut_off(Cut::before, End::reset))),
      failing_reply("page 2 is malformed", {"unreadable"}, in_pages(answer_body(half))),
      failing_reply("page 2 is an HTML page", {"unreadable"},
                    in_pages(answer_body("<html>Sign in</html>", "text/html"))),
      to_the_deadline(failing_reply("page 2 never comes", {"timeout"}, in_pages(never_answer()))),
      failing_reply("410 on continue, once", {}, expired_once()),
      failing_reply("410 on continue, for ever", {"expired"}, in_pages(expired_continue())),
      failing_reply("a list without end", {"unreadable"}, in_pages(edit_json([](Json& list) {
                      list["metadata"]["continue"] = "always the same";
                    })))};
  for (auto& failure : failures) failure.questions = lists;
  return failures;
}

}  // namespace

Family kubernetes_failures() {
  Family family{"kubernetes", "The Kubernetes API", refusals()};
  family.failures.push_back(nothing_there());
  for (auto& failure : listings()) family.failures.push_back(std::move(failure));
  return family;
}

}  // namespace postflight::matrix
