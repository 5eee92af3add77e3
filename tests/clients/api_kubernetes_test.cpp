#include "clients/api_kubernetes.hpp"

#include <algorithm>
#include <catch2/catch_test_macros.hpp>
#include <nlohmann/json.hpp>

#include "tests/support/recorded_clients.hpp"
#include "tests/support/scripted_api.hpp"

namespace postflight::test {
namespace {

using namespace std::chrono_literals;

const std::string pods = "/api/v1/namespaces/authentik/pods";

}  // namespace

TEST_CASE("a get asks for JSON with the credentials and gives the object", "[kubernetes]") {
  ScriptedApi api;
  api.http.respond = [](const HttpRequest&, const Limits&) { return recorded_answer("pod"); };
  const auto json = api.kubernetes().get(pods + "/one", a_minute());
  CHECK(*json == fixture("kubernetes/pod.json"));
  const auto requests = api.http.requests();
  REQUIRE(requests.size() == 1);
  CHECK(requests[0].method == "GET");
  CHECK(requests[0].url == "https://kubernetes.example.com:6443" + pods + "/one");
  CHECK(header_of(requests[0], "Authorization") == "Bearer static-token");
  CHECK(header_of(requests[0], "Accept") == "application/json");
  CHECK(header_of(requests[0], "User-Agent") == "postflight");
  CHECK(requests[0].tls.server_name == "kubernetes.default");
  CHECK(requests[0].proxy == "http://proxy.example.com:3128");
  CHECK(requests[0].follow_redirects == 0);
}

TEST_CASE("a get under /api and /apis must answer an object, elsewhere anything", "[kubernetes]") {
  for (const auto* body : {"", "ok", "[]", "{}", R"({"kind": 1})", R"({"kind": "Pod")",
                           "<html>\n<title>Log in</title></html>"}) {
    ScriptedApi api;
    api.http.respond = [&](const HttpRequest&, const Limits&) {
      return answer(200, body, "text/html; charset=utf-8");
    };
    INFO(body);
    for (const auto* path :
         {"/api", "/api/v1/nodes/a", "/apis/apps/v1?timeout=1s", "/api/v1/namespaces/proxy/pods/a",
          "/api/v1/namespaces/a/services/proxy/status", "/api/v1/namespaces/a/pods/b"}) {
      const auto failure = api.failure([&](auto& k) { k.get(path, a_minute()); });
      CHECK(failure.reason == reason::unreadable);
      CHECK(contains(failure.message, "an answer of type text/html; charset=utf-8 that "));
    }
    for (const auto* path : {"/readyz", "/livez?verbose", "/healthz", "/version", "/metrics",
                             "/api/v1/namespaces/a/services/b:9090/proxy/api/v1/query?query=up",
                             "/api/v1/namespaces/a/pods/b/proxy/metrics"})
      CHECK(*api.kubernetes().get(path, a_minute()) == body);
  }
}

TEST_CASE("a clock is the Date of the last try, and when that was by our clock", "[kubernetes]") {
  ScriptedApi api;
  int tries = 0;
  api.http.respond = [&](const HttpRequest&, const Limits&) {
    auto response = recorded_answer("version");
    if (++tries == 1) response.status = 503;
    response.timings.total = 40ms;
    return response;
  };
  const auto before = std::chrono::system_clock::now();
  const auto clock = api.kubernetes().clock(a_minute());
  CHECK(clock.date.ends_with(" GMT"));
  CHECK(clock.answered >= before);
  CHECK(clock.answered <= std::chrono::system_clock::now());
  CHECK(clock.answered - clock.asked == 40ms);
  CHECK(api.kubernetes().clock(a_minute()).date == clock.date);
  const std::string question = "GET https://kubernetes.example.com:6443/version";
  CHECK(api.http.asked() == std::vector(3, question));
  api.http.respond = [](const HttpRequest&, const Limits&) { return answer(200, "{}"); };
  CHECK(api.kubernetes().clock(a_minute()).date.empty());
}

TEST_CASE("an unreadable answer is quoted in 80 harmless characters", "[kubernetes]") {
  ScriptedApi api;
  api.http.respond = [](const HttpRequest&, const Limits&) {
    return answer(200, "\n<html>\x1b[31m\xff" + std::string(100, 'x') + "\nmore", "text/html");
  };
  const auto failure = api.failure([](auto& k) { k.list({pods, "", ""}, a_minute()); });
  CHECK(contains(failure.message, "begins with: <html>.[31m." + std::string(68, 'x') + "..."));
  CHECK_FALSE(contains(failure.message, "more"));
}

TEST_CASE("a path that leads elsewhere is not asked", "[kubernetes]") {
  ScriptedApi api;
  for (const auto* path : {"", "api/v1/nodes", "/api/v1/../../secret", "/api/.."})
    CHECK(api.failure([&](auto& k) { k.get(path, a_minute()); }).reason == reason::configuration);
  const auto pod = [&](const std::string& name) {
    return api.failure([&](auto& k) { k.log({"authentik", name, "", false, {}, 1}, a_minute()); });
  };
  for (const auto* name : {"", ".", ".."}) CHECK(pod(name).reason == reason::configuration);
  CHECK(api.http.asked().empty());
}

TEST_CASE("a list follows continue to the last page", "[kubernetes]") {
  ScriptedApi api;
  api.http.respond = [](const HttpRequest& request, const Limits&) {
    return recorded_answer(contains(request.url, "continue=") ? "list_pods_page2_last"
                                                              : "list_pods_page1_limit2");
  };
  const auto pages = api.kubernetes().list({pods, "app in (a,b)", "spec.nodeName=x"}, a_minute());
  REQUIRE(pages->size() == 2);
  CHECK(*pages->at(0) == fixture("kubernetes/list_pods_page1_limit2.json"));
  CHECK(*pages->at(1) == fixture("kubernetes/list_pods_page2_last.json"));
  const auto first = "GET https://kubernetes.example.com:6443" + pods +
                     "?limit=500&labelSelector=app%20in%20%28a%2Cb%29"
                     "&fieldSelector=spec.nodeName%3Dx";
  const auto token = nlohmann::json::parse(*pages->at(0))["metadata"]["continue"];
  CHECK(api.http.asked() ==
        std::vector<std::string>{first, first + "&continue=" + token.get<std::string>()});
}

TEST_CASE("an empty list is an answer, an answer that is no list is not", "[kubernetes]") {
  ScriptedApi api;
  api.http.respond = [](const HttpRequest&, const Limits&) {
    return recorded_answer("pods_list_empty");
  };
  CHECK(api.kubernetes().list({pods, "", ""}, a_minute())->size() == 1);

  const auto failure_for = [](const std::string& body) {
    ScriptedApi wrong;
    wrong.http.respond = [&](const HttpRequest&, const Limits&) { return answer(200, body); };
    return wrong.failure([](auto& k) { k.list({pods, "", ""}, a_minute()); });
  };
  CHECK(failure_for(R"({"kind": "PodList", "items": null})").reason.empty());
  for (const auto* body :
       {R"({"kind": "Pod", "items": []})", R"({"kind": "PodList"})",
        R"({"kind": "PodList", "items": {}})", R"({"items": []})",
        R"({"kind": "PodList", "items": []}x)", R"({"kind": "PodList", "items": [)",
        R"({"kind": "PodList", "items": [], "metadata": {"continue": 1}})", "", "null"}) {
    INFO(body);
    CHECK(failure_for(body).reason == reason::unreadable);
  }
  CHECK(contains(failure_for(fixture("kubernetes/pod.json")).message,
                 "an object of kind Pod without items; a list with items is wanted"));
}

TEST_CASE("a list whose continue leads round in circles has no end", "[kubernetes]") {
  ScriptedApi api;
  api.http.respond = [](const HttpRequest& request, const Limits&) {
    const auto* next = contains(request.url, "continue=b") ? "a" : "b";
    return answer(
        200, std::string(R"({"kind": "PodList", "items": [], "metadata": {"continue": ")") + next +
                 "\"}}");
  };
  const auto failure = api.failure([](auto& k) { k.list({pods, "", ""}, a_minute()); });
  CHECK(failure.reason == reason::unreadable);
  CHECK(contains(failure.message, "same continue token twice"));
  CHECK(api.http.asked().size() == 3);
}

TEST_CASE("a list that expired is begun anew once", "[kubernetes]") {
  ScriptedApi api;
  int expired = 0, most = 1;
  api.http.respond = [&](const HttpRequest& request, const Limits&) {
    if (!contains(request.url, "continue=")) return recorded_answer("list_pods_page1_limit2");
    if (++expired <= most) return recorded_answer("error_410_expired_continue");
    return recorded_answer("list_pods_page2_last");
  };
  CHECK(api.kubernetes().list({pods, "", ""}, a_minute())->size() == 2);
  CHECK(api.http.asked().size() == 4);

  expired = 0;
  most = 2;
  const auto failure = api.failure([](auto& k) { k.list({pods, "a", ""}, a_minute()); });
  CHECK(failure.reason == reason::expired);
  CHECK(failure.status == 410);
  CHECK(contains(failure.message, "too old to display a consistent list result"));
}

TEST_CASE("a refusal keeps the server's status, reason and words", "[kubernetes]") {
  struct Refusal {
    std::string recording;
    std::string_view reason;
    std::string status_reason, words;
    bool object_is_missing;
  };
  const std::vector<Refusal> refusals{
      {"error_404_pod", reason::not_found, "NotFound", "pods \"nope\" not found", true},
      {"error_404_resource", reason::not_found, "NotFound", "could not find the requested", false},
      {"error_404_path", reason::not_found, "", "404 page not found", false},
      {"error_403_get_pod", reason::forbidden, "Forbidden",
       "User \"system:serviceaccount:authentik:nobody\" cannot get resource \"pods\" in API group "
       "\"\" in the namespace \"authentik\"",
       false},
      {"error_403_cluster_scope", reason::forbidden, "Forbidden", "at the cluster scope", false},
      {"error_403_anonymous", reason::forbidden, "Forbidden", "system:anonymous", false},
      {"error_400_bad_label_selector", reason::rejected, "BadRequest", "unable to parse", false},
      {"error_400_bad_field_selector", reason::rejected, "BadRequest", "spec.nope", false},
      {"error_406_not_acceptable", reason::rejected, "NotAcceptable", "Not Acceptable", false},
      {"error_410_exact_resource_version", reason::expired, "Expired", "too old", false}};
  for (const auto& wanted : refusals) {
    INFO(wanted.recording);
    ScriptedApi api;
    const auto recording = recorded_answer(wanted.recording);
    api.http.respond = [&](const HttpRequest&, const Limits&) { return recording; };
    for (const bool list : {false, true}) {
      const auto failure = api.failure([&](auto& k) {
        list ? (void)k.list({pods, "", ""}, a_minute()) : (void)k.get(pods, a_minute());
      });
      CHECK(failure.reason == wanted.reason);
      CHECK(failure.status == recording.status);
      CHECK(failure.status_reason == wanted.status_reason);
      CHECK(failure.object_is_missing == wanted.object_is_missing);
      CHECK(contains(failure.message, "GET " + pods));
      CHECK(contains(failure.message, wanted.words));
    }
    CHECK(api.http.asked().size() == 2);  // none of these is tried again
  }
}

TEST_CASE("a redirect is no answer, and what follows its target is not told", "[kubernetes]") {
  ScriptedApi api;
  api.http.respond = [](const HttpRequest&, const Limits&) {
    auto response = answer(302, "<a>Found</a>", "text/html");
    response.headers.push_back({"location", "https://login.example.com/start?state=secret"});
    return response;
  };
  const auto failure = api.failure([](auto& k) { k.get(pods, a_minute()); });
  CHECK(failure.reason == reason::unreadable);
  CHECK(contains(failure.message, "redirects to https://login.example.com/start, which"));
}

TEST_CASE("a server that is not ready says what is failing", "[kubernetes]") {
  ScriptedApi api;
  api.http.respond = [](const HttpRequest&, const Limits&) {
    return answer(500,
                  "[+]ping ok\n[-]etcd failed: reason withheld\n[+]log ok\n[-]informer "
                  "failed\nreadyz check failed\n",
                  "text/plain");
  };
  const auto failure = api.failure([](auto& k) { k.get("/readyz", a_minute()); });
  CHECK(failure.reason == reason::server_error);
  CHECK(contains(failure.message,
                 "answered 500: [-]etcd failed: reason withheld\n[-]informer failed"));
}

TEST_CASE("a log is asked for with timestamps and comes as it was written", "[kubernetes]") {
  ScriptedApi api;
  api.http.respond = [](const HttpRequest&, const Limits&) {
    return recorded_answer("log_tail2_timestamps");
  };
  LogRequest request{"authentik", "web 1", "proxy", true, 90s, 1234};
  CHECK(api.kubernetes().log(request, a_minute()) ==
        fixture("kubernetes/log_tail2_timestamps.txt"));
  const auto asked = api.http.requests().at(0);
  CHECK(asked.url == "https://kubernetes.example.com:6443" + pods +
                         "/web%201/log?container=proxy&timestamps=true&previous=true"
                         "&sinceSeconds=90");
  CHECK(asked.body_limit == 1234);
  CHECK(header_of(asked, "Accept") == "application/json, */*");
  api.kubernetes().log({"authentik", "web", "", false, {}, 1}, a_minute());
  CHECK(api.http.asked().at(1) ==
        "GET https://kubernetes.example.com:6443" + pods + "/web/log?timestamps=true");
}

TEST_CASE("an empty log is an answer", "[kubernetes]") {
  ScriptedApi api;
  api.http.respond = [](const HttpRequest&, const Limits&) {
    return recorded_answer("log_since_1s_empty");
  };
  CHECK(api.kubernetes().log({"authentik", "web", "", false, 1s, 1}, a_minute()).empty());
}

TEST_CASE("no log is told apart from an empty log, in the server's words", "[kubernetes]") {
  const auto failure_for = [](const std::string& recording) {
    ScriptedApi api;
    api.http.respond = [&](const HttpRequest&, const Limits&) {
      return recorded_answer(recording);
    };
    return api.failure([](auto& k) { k.log({"authentik", "web", "", false, {}, 1}, a_minute()); });
  };
  const auto unscheduled = failure_for("trouble_log_unschedulable");
  CHECK(unscheduled.reason == reason::no_log);
  CHECK(contains(unscheduled.message, "the pod web has not been given to a node"));
  const auto waiting = failure_for("trouble_log_never_pull");
  CHECK(waiting.reason == reason::no_log);
  CHECK(waiting.status == 400);
  CHECK(contains(waiting.message, "is waiting to start: ErrImageNeverPull"));
  const auto previous = failure_for("log_previous");
  CHECK(previous.reason == reason::no_log);
  CHECK(contains(previous.message, "previous terminated container \"proxy\""));
  const auto choice = failure_for("trouble_log_two_containers_no_choice");
  CHECK(choice.reason == reason::rejected);
  CHECK(contains(choice.message, "a container name must be specified for pod two-containers"));
  CHECK(contains(failure_for("error_log_container_not_found").message, "container nope is not"));
  CHECK(failure_for("error_log_pod_not_found").object_is_missing);
  CHECK(failure_for("error_log_403").reason == reason::forbidden);
}

TEST_CASE("a log over the limit is an error, not the part that fits", "[kubernetes]") {
  ScriptedApi api;
  api.http.respond = [](const HttpRequest&, const Limits&) -> HttpResponse {
    throw ClientError(reason::too_large, "more than 1 byte");
  };
  const auto failure = api.failure([](auto& k) {
    k.log({"authentik", "web", "", false, {}, 1}, a_minute());
  });
  CHECK(failure.reason == reason::too_large);
  CHECK(api.http.asked().size() == 1);
}

}  // namespace postflight::test
