#include "clients/kubernetes_exec.hpp"

#include <catch2/catch_test_macros.hpp>

#include "tests/support/scripted_api.hpp"

namespace postflight::test {
namespace {

const ExecRequest show{"authentik", "web", "proxy", {"df", "-k", "/dev/shm"}, 1u << 20};

ExecResult run(const std::string& recording) {
  ScriptedApi api;
  api.http.converse = [&](const HttpRequest&, const ScriptedHttp::Receive& receive) {
    return recorded_exec(recording, receive);
  };
  return api.kubernetes().exec(show, a_minute());
}

ApiFailure failure_of(const std::string& recording, const ExecRequest& request = show) {
  ScriptedApi api;
  api.http.converse = [&](const HttpRequest&, const ScriptedHttp::Receive& receive) {
    return recorded_exec(recording, receive);
  };
  return api.failure([&](auto& k) { k.exec(request, a_minute()); });
}

// The recorded refusal of the upgrade; a plain GET of the same URL answers `plain`.
ApiFailure refusal_of_upgrade(const std::string& recording, const HttpResponse& plain) {
  ScriptedApi api;
  api.http.converse = [&](const HttpRequest&, const ScriptedHttp::Receive& receive) {
    return recorded_exec(recording, receive);
  };
  api.http.respond = [&](const HttpRequest&, const Limits&) { return plain; };
  auto failure = api.failure([&](auto& k) { k.exec(show, a_minute()); });
  const auto asked = api.http.asked();
  REQUIRE(asked.size() == 2);
  CHECK(asked[0].substr(asked[0].find("://")) == asked[1].substr(asked[1].find("://")));
  CHECK(asked[1].starts_with("GET https://"));
  return failure;
}

WebSocketResponse upgraded(const ScriptedHttp::Receive& receive,
                           const std::vector<std::string>& messages, bool closed = true) {
  for (const auto& message : messages)
    if (!receive(message)) return {101, "v5.channel.k8s.io", false, 0};
  return {101, "v5.channel.k8s.io", closed, closed ? 1000 : 0};
}

ApiFailure failure_after(const std::vector<std::string>& messages, bool closed = true) {
  ScriptedApi api;
  api.http.converse = [&](const HttpRequest&, const ScriptedHttp::Receive& receive) {
    return upgraded(receive, messages, closed);
  };
  return api.failure([&](auto& k) { k.exec(show, a_minute()); });
}

const std::string success = "\3{\"metadata\":{},\"status\":\"Success\"}";

}  // namespace

TEST_CASE("exec asks for a WebSocket with everything encoded", "[exec]") {
  ScriptedApi api;
  api.http.converse = [&](const HttpRequest&, const ScriptedHttp::Receive& receive) {
    return upgraded(receive, {success});
  };
  api.kubernetes().exec({"authentik", "web", "proxy", {"sh", "-c", "echo a&b=c; ls +/é"}, 1},
                        a_minute());
  CHECK(api.http.asked() ==
        std::vector<std::string>{"LISTEN wss://kubernetes.example.com:6443/api/v1/namespaces/"
                                 "authentik/pods/web/exec?container=proxy&command=sh&command=-c"
                                 "&command=echo%20a%26b%3Dc%3B%20ls%20%2B%2F%C3%A9"
                                 "&stdout=true&stderr=true"});
  CHECK(api.http.protocols() == std::vector<std::string>{"v5.channel.k8s.io", "v4.channel.k8s.io"});
  const auto request = api.http.requests().at(0);
  CHECK(header_of(request, "Authorization") == "Bearer static-token");
  CHECK(request.tls.server_name == "kubernetes.default");
  CHECK(request.proxy == "http://proxy.example.com:3128");
}

TEST_CASE("both protocols give output, errors and exit code", "[exec]") {
  for (const auto* recording :
       {"exec_ws_v4_exit0", "exec_ws_v5_exit0", "exec_ws_offer_all_exit0"}) {
    INFO(recording);
    const auto result = run(recording);
    CHECK(result.exit_code == 0);
    CHECK(result.output ==
          "Filesystem      Size  Used Avail Use% Mounted on\n"
          "shm              64M     0   64M   0% /dev/shm\n0\n");
    CHECK(result.errors.empty());
  }
  for (const auto* recording :
       {"exec_ws_v4_exit3", "exec_ws_v5_exit3", "exec_ws_offer_all_exit3"}) {
    INFO(recording);
    const auto result = run(recording);
    CHECK(result.exit_code == 3);
    CHECK(result.output == "out\n");
    CHECK(result.errors == "err\n");
  }
  CHECK(run("exec_ws_v4_signal_kill").exit_code == 137);
  CHECK(run("exec_ws_v5_stdin_close").output == "hello\n");
}

TEST_CASE("output in many messages is whole", "[exec]") {
  const auto output = run("exec_ws_v4_big_output").output;
  CHECK(output.size() > 90'000);
  CHECK(output.ends_with('\n'));
}

TEST_CASE("output over the limit is an error, not the part that fits", "[exec]") {
  auto small = show;
  small.output_limit = 90'000;
  const auto failure = failure_of("exec_ws_v4_big_output", small);
  CHECK(failure.reason == reason::too_large);
  CHECK(contains(failure.message, "more than 90000 bytes"));
}

TEST_CASE("a program that the container has not is a missing tool", "[exec]") {
  const auto failure = failure_of("exec_ws_v4_command_not_found");
  CHECK(failure.reason == reason::missing_tool);
  CHECK(failure.message ==
        "exec \"df -k /dev/shm\" in pod authentik/web container proxy: the container has no "
        "program \"df\"");
  const auto crun = failure_after(
      {"\3{\"status\":\"Failure\",\"reason\":\"InternalError\",\"message\":\"executable file `df` "
       "not found in $PATH: No such file or directory\"}"});
  CHECK(crun.reason == reason::missing_tool);
}

TEST_CASE("another failure to run keeps the server's words", "[exec]") {
  const auto failure = failure_after(
      {"\3{\"status\":\"Failure\",\"reason\":\"InternalError\",\"message\":\"task is paused\"}"});
  CHECK(failure.reason == reason::server_error);
  CHECK(contains(failure.message, "task is paused"));
}

TEST_CASE("without an exit status or a proper end there is no result", "[exec]") {
  CHECK(failure_after({"\1out"}).reason == reason::unreachable);
  CHECK(failure_after({"\1out", success}, false).reason == reason::unreachable);
  CHECK(contains(failure_after({}, false).message, "cut off before its exit status"));
}

TEST_CASE("empty messages mean nothing, unknown channels and odd exit codes are errors", "[exec]") {
  CHECK(failure_after({"", "\1", "\2", success}).reason.empty());
  CHECK(failure_after({"\7hello", success}).reason == reason::unreadable);
  CHECK(failure_after({"\3it is done"}).reason == reason::unreadable);
  for (const auto* code : {"", "three", "3 ", "0"}) {
    const auto failure = failure_after(
        {std::string("\3{\"status\":\"Failure\",\"reason\":\"NonZeroExitCode\",\"message\":\"m\","
                     "\"details\":{\"causes\":[{\"reason\":\"ExitCode\",\"message\":\"") +
         code + "\"}]}}"});
    CHECK(failure.reason == reason::unreadable);
  }
}

TEST_CASE("an old protocol that nobody offered is not understood by luck", "[exec]") {
  for (const auto* recording : {"exec_ws_v1_exit0", "exec_ws_no_protocol_exit0"}) {
    INFO(recording);
    CHECK(failure_of(recording).reason == reason::unreadable);
  }
}

TEST_CASE("a refused upgrade is told in the words of a plain GET", "[exec]") {
  const auto refused = [](const std::string& recording) {
    return refusal_of_upgrade(recording, recorded_exec_refusal(recording));
  };
  const auto forbidden = refused("error_exec_403");
  CHECK(forbidden.reason == reason::forbidden);
  CHECK(contains(forbidden.message, "cannot get resource \"pods/exec\""));
  CHECK(contains(forbidden.message, "exec \"df -k /dev/shm\" in pod authentik/web"));
  CHECK(refused("error_exec_pod_not_found").object_is_missing);
  CHECK(refused("error_exec_401").reason == reason::unauthorized);
  CHECK(contains(refused("error_exec_container_not_found").message, "container nope is not valid"));
  CHECK(contains(refused("trouble_exec_two_containers_no_choice").message, "choose one of: [a b]"));
  CHECK(contains(refused("trouble_exec_unschedulable").message, "does not have a host assigned"));
}

TEST_CASE("a refusal that only the upgrade gets is told with what may be behind it", "[exec]") {
  const auto upgrade_required = recorded_answer("error_exec_not_upgrade");
  const auto completed = refusal_of_upgrade("trouble_exec_completed", upgrade_required);
  CHECK(completed.reason == reason::server_error);
  CHECK(completed.status == 500);
  CHECK(contains(completed.message, "refused the WebSocket with 500; the container may not be"));
  // A status that happens to be the same does not make it the same refusal.
  const auto no_streams = refusal_of_upgrade("error_exec_no_streams", upgrade_required);
  CHECK(no_streams.status == 400);
  CHECK_FALSE(contains(no_streams.message, "Upgrade request required"));
  const auto forbidden = refusal_of_upgrade("exec_ws_unknown_protocol", upgrade_required);
  CHECK(forbidden.reason == reason::forbidden);
  CHECK(contains(forbidden.message, "create pods/exec"));
  CHECK_FALSE(contains(forbidden.message, "Upgrade request required"));
}

TEST_CASE("exec is tried again only while nothing was begun", "[exec]") {
  const auto tries = [](const std::function<WebSocketResponse()>& first) {
    ScriptedApi api;
    int count = 0;
    api.http.converse = [&](const HttpRequest&, const ScriptedHttp::Receive& receive) {
      return ++count == 1 ? first() : upgraded(receive, {success});
    };
    api.http.respond = [](const HttpRequest&, const Limits&) { return answer(400, "no"); };
    api.failure([](auto& k) { k.exec(show, a_minute()); });
    return count;
  };
  CHECK(tries([] { return WebSocketResponse{429, "", false, 0}; }) == 2);
  CHECK(tries([] { return WebSocketResponse{503, "", false, 0}; }) == 2);
  CHECK(tries([]() -> WebSocketResponse { throw ClientError(reason::refused, "no"); }) == 2);
  CHECK(tries([]() -> WebSocketResponse { throw ClientError(reason::unreachable, "no"); }) == 1);
  CHECK(tries([] { return WebSocketResponse{500, "", false, 0}; }) == 1);
  CHECK(tries([] { return WebSocketResponse{504, "", false, 0}; }) == 1);
  CHECK(tries([] { return WebSocketResponse{101, "v5.channel.k8s.io", false, 0}; }) == 1);
}

TEST_CASE("an exec that was throttled until its time was over is throttled", "[exec]") {
  const auto reason_of = [](bool heard_something) {
    ScriptedApi api;
    int count = 0;
    api.http.converse = [&](const HttpRequest&, const ScriptedHttp::Receive& receive) {
      if (++count == 1) return WebSocketResponse{429, "", false, 0};
      if (heard_something) receive("\x01 one line");
      throw ClientError(reason::timeout, "no whole answer");
    };
    api.http.respond = [](const HttpRequest&, const Limits&) -> HttpResponse {
      throw ClientError(reason::timeout, "no whole answer");
    };
    return api.failure([](auto& k) { k.exec(show, a_minute()); }).reason;
  };
  CHECK(reason_of(false) == reason::throttled);
  CHECK(reason_of(true) == reason::timeout);  // it was let in, and did not end
}

TEST_CASE("exec without a command is not asked", "[exec]") {
  ScriptedApi api;
  const auto failure = api.failure([](auto& k) {
    k.exec({"authentik", "web", "proxy", {}, 1}, a_minute());
  });
  CHECK(failure.reason == reason::configuration);
  CHECK(api.http.asked().empty());
}

}  // namespace postflight::test
