// One answer of the API server is any bytes, the others are as recorded: a pass rests on an answer
// of the shape that was asked for.
#include <map>
#include <nlohmann/json.hpp>

#include "checks/catalogue.hpp"
#include "clients/clients.hpp"
#include "runner/yaml.hpp"
#include "tests/fuzz/fuzz.hpp"
#include "tests/support/recorded_outpost.hpp"
#include "tests/support/scripted_api.hpp"

using namespace postflight;
using namespace postflight::test;

namespace {

struct Asked {
  std::string path;     // what of the URL names it
  std::string fixture;  // the healthy answer
  std::string kind;     // of the object in it
};

const Asked answers[] = {
    {"/services/", "service.json", "Service"},
    {"/endpointslices", "endpointslices.json", "EndpointSliceList"},
    {"/pods", "pods_list.json", "PodList"},
    {"/deployments/", "deployment.json", "Deployment"},
    {"/replicasets", "replicasets.json", "ReplicaSetList"},
};

// The checks that read these answers; their settings are right.
std::vector<std::unique_ptr<Check>> checks() {
  const std::string service = "{namespace: authentik, service: " + outpost::name;
  const std::pair<const char*, std::string> wanted[] = {
      {"k8s.service-endpoints", service + ", min-ready: 1}"},
      {"k8s.service-selector",
       service + ", selects: {workload: deployment/" + outpost::name + "}}"},
  };
  std::vector<std::unique_ptr<Check>> list;
  for (const auto& [name, with] : wanted) {
    const auto& kind = *find_kind(name);
    std::vector<Mistake> mistakes;
    const auto value = read_yaml(with, "with.yaml", mistakes);
    validate_settings(kind.settings, value, mistakes);
    list.push_back(kind.create(Settings(kind.settings, value, mistakes)));
    for (const auto& mistake : mistakes) std::fprintf(stderr, "%s\n", mistake.what.c_str());
    must(mistakes.empty(), "the settings of the target are right");
  }
  return list;
}

std::string body_of(const std::string& name) {
  static std::map<std::string, std::string> read;
  auto& text = read[name];
  if (text.empty()) text = fixture("kubernetes/" + name);
  return text;
}

}  // namespace

// The first byte says which answer, the second its status, the rest is its body.
int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const auto to_run = checks();
  static const int statuses[] = {200, 200, 200, 201, 401, 403, 404, 410, 500};
  if (size < 2) return 0;
  const auto& garbled = answers[data[0] % std::size(answers)];
  const int status = statuses[data[1] % std::size(statuses)];
  const std::string body(text_of(data + 2, size - 2));

  ScriptedApi api;
  bool was_asked = false;
  api.policy.tries = 1;
  api.http.respond = [&](const HttpRequest& request, const Limits&) {
    const auto path = request.url.substr(0, request.url.find('?'));
    for (const auto& asked : answers) {
      if (path.find(asked.path) == std::string::npos) continue;
      if (&asked != &garbled) return answer(200, body_of(asked.fixture));
      // A body that names a next page for ever would be asked for ever.
      const bool again = request.url.find("continue=") != std::string::npos;
      was_asked = true;
      return again ? answer(500, "") : answer(status, body);
    }
    return answer(404, "404 page not found", "text/plain");
  };
  RecordedWorld world;
  const Clients clients{api.http,       api.kubernetes(), world.postgres,
                        world.commands, world.names,      world.connections};
  for (const auto& check : to_run) {
    was_asked = false;
    const auto now = std::chrono::steady_clock::now();
    try {
      const auto outcome = check->run({clients, now + std::chrono::minutes(1), {}, now});
      if (outcome.status != Status::passed || !was_asked) continue;
      must(outcome.examined > 0 && !outcome.evidence.empty(), "a pass examined something");
      const auto read = nlohmann::json::parse(body, nullptr, false);
      must(read.is_object() || garbled.kind == "PodList" || garbled.kind == "ReplicaSetList",
           "a pass rests on an object");
      must(status < 300 || garbled.kind != "Service", "a refused Service does not pass");
    } catch (const CannotTell& error) {
      must(*error.what() != 0, "an unknown says why");
    } catch (const ClientError& error) {
      must(*error.what() != 0, "an error says what is wrong");
    }
  }
  return 0;
}
