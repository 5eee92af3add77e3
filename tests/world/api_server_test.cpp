// The stand-in for the API server against the recordings of a real one.
#include <algorithm>
#include <catch2/catch_test_macros.hpp>
#include <nlohmann/json.hpp>

#include "tests/world/recorded_api.hpp"
#include "tests/world/recordings.hpp"
#include "tests/world/refusal.hpp"

namespace postflight::world {
namespace {

using Json = nlohmann::json;

const std::string pods = "/api/v1/namespaces/authentik/pods";
const std::string pod = pods + "/ak-outpost-authentik-embedded-outpost-744d7859bb-7mgzl";
const std::string trouble = "/api/v1/namespaces/lab-trouble/pods/";

Json recorded(const std::string& file) { return Json::parse(recorded_text(file)); }

// What a recording and the stand-in cannot share: moments, and numbers given to changes.
void drop_incidental(Json& value) {
  if (value.is_object()) {
    for (const char* key : {"resourceVersion", "creationTimestamp", "managedFields", "startedAt",
                            "endpoints.kubernetes.io/last-change-trigger-time", "generation"})
      value.erase(key);
    if (value.contains("annotations") && value["annotations"].empty()) value.erase("annotations");
  }
  if (value.is_structured())
    for (auto& part : value) drop_incidental(part);
}

Json essence(Json value) {
  drop_incidental(value);
  return value;
}

std::string header(const Answer& answer, const std::string& name) {
  for (const auto& [key, value] : answer.headers)
    if (key == name) return value;
  return {};
}

}  // namespace

TEST_CASE("a refusal is the recorded server's, word for word", "[world]") {
  struct Case {
    std::string recording, target;
    int status;
    std::string token = "reader", accept = {}, method = "GET";
  };
  const std::vector<Case> cases{
      {"error_404_pod", pods + "/nope", 404},
      {"error_404_resource", "/api/v1/namespaces/authentik/nopes", 404, "admin"},
      {"error_401_bad_token", pods, 401, "wrong"},
      {"error_403_anonymous", pods, 403, ""},
      {"error_403_serviceaccount", pods, 403, "nobody"},
      {"error_403_get_pod", pod, 403, "nobody"},
      {"error_403_cluster_scope", "/api/v1/nodes", 403, "nobody"},
      {"error_405_method", pod, 405, "admin", "", "POST"},
      {"error_406_not_acceptable", pods, 406, "reader", "text/csv"},
      {"error_400_bad_label_selector", pods + "?labelSelector=a+in+%28", 400},
      {"error_400_bad_field_selector", pods + "?fieldSelector=spec.nope%3D1", 400},
      {"error_410_exact_resource_version", pods + "?resourceVersion=5&resourceVersionMatch=Exact",
       410},
      {"error_410_expired_continue",
       pods + "?limit=1&continue="
              "eyJ2IjoibWV0YS5rOHMuaW8vdjEiLCJydiI6NSwic3RhcnQiOiJhay1vdXRwb3N0LWF1dGhlbnRpay1lbWJl"
              "ZGRlZC1vdXRwb3N0LTc0NGQ3ODU5YmItN21nemxcdTAwMDAifQ",
       410},
      {"log_previous", pod + "/log?previous=true", 400},
      {"log_stream_stderr", pod + "/log?stream=Stderr", 422},
      {"error_log_bad_param", pod + "/log?tailLines=-1", 422},
      {"error_log_container_not_found", pod + "/log?container=nope", 400},
      {"error_log_pod_not_found", pods + "/nope/log", 404},
      {"error_log_403", pod + "/log", 403, "nobody"},
      {"trouble_log_two_containers_no_choice", trouble + "two-containers/log", 400},
      {"trouble_log_never_pull", trouble + "never-pull/log", 400},
      {"error_exec_not_upgrade", pod + "/exec?command=true&stdout=true", 400},
      {"error_exec_no_command", pod + "/exec?stdout=true", 400},
  };
  const RecordedApi api;
  for (const auto& expected : cases) {
    INFO(expected.recording);
    Headers headers;
    if (!expected.accept.empty()) headers.emplace_back("Accept", expected.accept);
    const Answer answer = api.ask(expected.target, expected.token, headers, expected.method);
    CHECK(answer.status == expected.status);
    CHECK(Json::parse(answer.body) == recorded(expected.recording + ".json"));
    CHECK(header(answer, "Content-Type") == "application/json");
    CHECK_FALSE(header(answer, "Audit-Id").empty());
  }
}

TEST_CASE("the path of an unknown API group is plain text, not a Status", "[world]") {
  const Answer answer = RecordedApi().ask("/apis/nope/v1/things", "admin");
  CHECK(answer.status == 404);
  CHECK(answer.body == recorded_text("error_404_path.txt"));
  CHECK(header(answer, "Content-Type") == "text/plain; charset=utf-8");
}

TEST_CASE("a continue token that is none is refused", "[world]") {
  const Answer answer = RecordedApi().ask(pods + "?limit=2&continue=xyz");
  CHECK(answer.status == 400);
  const Json body = Json::parse(answer.body);
  const Json real = recorded("error_400_bad_continue.json");
  CHECK(body["reason"] == real["reason"]);
  const std::string beginning = "invalid continue token: continue key is not valid: ";
  CHECK(body["message"].get<std::string>().starts_with(beginning));
  CHECK(real["message"].get<std::string>().starts_with(beginning));
}

TEST_CASE("objects and lists are those of the recording", "[world]") {
  const RecordedApi api;
  const std::string outposts =
      "?labelSelector=app.kubernetes.io%2Fname%3Dauthentik-outpost-proxy%2C"
      "app.kubernetes.io%2Fcomponent%3Dserver%2Cgoauthentik.io%2Foutpost-name%3D"
      "authentik-embedded-outpost";
  const std::string service = "ak-outpost-authentik-embedded-outpost";
  const std::string core = "/api/v1/namespaces/authentik/";
  const std::string apps = "/apis/apps/v1/namespaces/authentik/";
  const std::vector<std::pair<std::string, std::string>> recordings{
      {"service.json", core + "services/" + service},
      {"deployment.json", apps + "deployments/" + service},
      {"deployments_list.json", apps + "deployments"},
      {"replicasets.json", apps + "replicasets" + outposts},
      {"namespaces_list.json", "/api/v1/namespaces"},
      {"nodes_list.json", "/api/v1/nodes"},
      {"pods_list_empty.json", core + "pods?labelSelector=app%3Dnone"},
      {"namespace_list_of_no_namespace.json", "/api/v1/namespaces/doesnotexist/pods"},
      {"api_v1.json", "/api/v1"},
      {"apis_apps_v1.json", "/apis/apps/v1"},
      {"apis_discovery_v1.json", "/apis/discovery.k8s.io/v1"},
      {"version.json", "/version"},
  };
  for (const auto& [file, target] : recordings) {
    INFO(file);
    const Answer answer = api.ask(target);
    CHECK(answer.status == 200);
    CHECK(answer.chunked == (answer.body.size() > 2048));
    // The times inside are shifted; all else is the same.
    Json ours = essence(Json::parse(answer.body));
    Json real = essence(recorded(file));
    const Json patch = Json::diff(real, ours);
    for (const auto& step : patch) {
      INFO(step.dump());
      CHECK(step["op"] == "replace");
      const std::string path = step["path"];
      CHECK((path.ends_with("Time") || path.ends_with("time") || path.ends_with("At")));
    }
  }
}

TEST_CASE("pods are listed by selectors, in one namespace or in all", "[world]") {
  const RecordedApi api;
  const auto names = [&](const std::string& target) {
    std::vector<std::string> list;
    const Json page = Json::parse(api.ask(target).body);
    for (const auto& item : page["items"]) list.push_back(item["metadata"]["name"]);
    return list;
  };
  const auto recorded_names = [](const std::string& file) {
    std::vector<std::string> list;
    const Json pages = recorded(file);
    for (const auto& item : pages["items"]) list.push_back(item["metadata"]["name"]);
    return list;
  };
  CHECK(names("/api/v1/pods?fieldSelector=status.phase%3DRunning%2Cspec.nodeName%3Dlab-node-1") ==
        recorded_names("pods_all_namespaces_field_selector.json"));
  CHECK(names(pods + "?labelSelector=app.kubernetes.io%2Fname%3Dauthentik%2C"
                     "app.kubernetes.io%2Fcomponent%3Dserver") ==
        recorded_names("pods_list_server.json"));
  CHECK(names("/api/v1/namespaces/lab-trouble/pods") == recorded_names("trouble_pods_list.json"));
}

TEST_CASE("Endpoints say that they are deprecated", "[world]") {
  const Answer answer = RecordedApi().ask(
      "/api/v1/namespaces/authentik/endpoints/ak-outpost-authentik-embedded-outpost");
  CHECK(header(answer, "Warning") ==
        "299 - \"v1 Endpoints is deprecated in v1.33+; use discovery.k8s.io/v1 EndpointSlice\"");
}

TEST_CASE("health is for anybody, discovery is not", "[world]") {
  const RecordedApi api;
  CHECK(api.ask("/readyz", "").body == recorded_text("readyz.txt"));
  CHECK(api.ask("/readyz?verbose", "").body == recorded_text("readyz_verbose.txt"));
  CHECK(api.ask("/version", "").status == 200);
  const Answer refused = api.ask("/apis", "");
  CHECK(refused.status == 403);
  CHECK(Json::parse(refused.body)["message"] ==
        "forbidden: User \"system:anonymous\" cannot get path \"/apis\"");
}

TEST_CASE("exec by GET needs the right to create as well", "[world]") {
  // The recorded refusal is that of the first right that is missing.
  const Answer answer = RecordedApi().ask(pod + "/exec?command=true&stdout=true", "nobody");
  CHECK(answer.status == 403);
  CHECK(Json::parse(answer.body) == recorded("error_exec_403.json")["body"]);

  ObjectStore store;
  PodLogs logs;
  Users users;
  users.add("half", {"half", {}, {{{"get"}, {""}, {"pods/exec"}, ""}}});
  const ApiServer api(store, logs, users,
                      [](const std::string&, const std::string&) { return nullptr; });
  Request request;
  request.method = "GET";
  request.path = pod + "/exec";
  request.headers = {{"Authorization", "Bearer half"}};
  const Json refusal = Json::parse(api.answer(request).body);
  CHECK(refusal["message"].get<std::string>().find("cannot create resource \"pods/exec\"") !=
        std::string::npos);
}

TEST_CASE("tables and bare metadata come when the Accept header asks for them", "[world]") {
  const RecordedApi api;
  const Json table = Json::parse(
      api.ask(pods, "reader",
              {{"Accept", "application/json;as=Table;v=v1;g=meta.k8s.io,application/json"}})
          .body);
  const Json real = recorded("table_pods.json");
  CHECK(table["kind"] == real["kind"]);
  CHECK(table["apiVersion"] == real["apiVersion"]);
  REQUIRE(table["rows"].size() == real["rows"].size());
  for (std::size_t at = 0; at < real["rows"].size(); ++at)
    for (const int cell : {0, 1, 2})  // name, ready, status
      CHECK(table["rows"][at]["cells"][cell] == real["rows"][at]["cells"][cell]);

  const Json metadata = Json::parse(
      api.ask(pods, "reader",
              {{"Accept", "application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io"}})
          .body);
  const Json recorded_metadata = recorded("partialobjectmetadata_list.json");
  CHECK(metadata["kind"] == recorded_metadata["kind"]);
  CHECK(metadata["items"].size() == recorded_metadata["items"].size());
  CHECK_FALSE(metadata["items"][0].contains("spec"));
}

TEST_CASE("who may do what can be asked", "[world]") {
  const RecordedApi api;
  const auto may_exec = [&](const std::string& token) {
    const Json asked = {{"spec",
                         {{"resourceAttributes",
                           {{"namespace", "authentik"},
                            {"verb", "create"},
                            {"resource", "pods"},
                            {"subresource", "exec"}}}}}};
    const Answer answer = api.ask("/apis/authorization.k8s.io/v1/selfsubjectaccessreviews", token,
                                  {}, "POST", asked.dump());
    CHECK(answer.status == 201);
    return Json::parse(answer.body)["status"]["allowed"].get<bool>();
  };
  CHECK(may_exec("reader"));
  CHECK_FALSE(may_exec("nobody"));
}

}  // namespace postflight::world
