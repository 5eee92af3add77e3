#include "tests/world/recordings.hpp"

#include <fmt/chrono.h>

#include <cstring>
#include <fstream>
#include <iterator>
#include <stdexcept>

#include "tests/world/json.hpp"
#include "tests/world/object_store.hpp"

namespace postflight::world {

namespace {

using std::chrono::system_clock;

constexpr char end_of_recording[] = "2026-11-23T20:13:47Z";

bool looks_like_time(const std::string& text) {
  return text.size() >= 20 && text.size() <= 35 && text[4] == '-' && text[10] == 'T' &&
         text.back() == 'Z' && text.find_first_not_of("0123456789-:.TZ") == std::string::npos;
}

// Moves every time in the value; texts that are no times stay.
void shift_times(Json& value, system_clock::duration by) {
  if (value.is_structured()) {
    for (auto& part : value) shift_times(part, by);
  } else if (value.is_string() && looks_like_time(value.get_ref<const std::string&>())) {
    const auto& text = value.get_ref<const std::string&>();
    const auto moved = parse_rfc3339(text) + by;
    const auto micros =
        std::chrono::duration_cast<std::chrono::microseconds>(moved.time_since_epoch()) %
        std::chrono::seconds(1);
    value = text.size() > 20
                ? fmt::format("{}.{:06}Z", rfc3339(moved).substr(0, 19), micros.count())
                : rfc3339(moved);
  }
}

// The Services whose endpoints were recorded without them.
Json trouble_service(const std::string& name, const std::string& created, Json selector) {
  return {
      {"metadata",
       {{"name", name},
        {"namespace", "lab-trouble"},
        {"uid", name == "not-ready" ? "d434c92d-248e-4d5a-95d8-db25cfdfa263"
                                    : "418c27cb-bef0-45a1-b650-9e3c29a9995d"},
        {"creationTimestamp", created}}},
      {"spec",
       {{"ports", {{{"name", "http"}, {"protocol", "TCP"}, {"port", 9000}, {"targetPort", 9000}}}},
        {"selector", std::move(selector)},
        {"clusterIP", name == "not-ready" ? "10.96.145.21" : "10.96.145.22"},
        {"type", "ClusterIP"},
        {"sessionAffinity", "None"}}},
      {"status", {{"loadBalancer", Json::object()}}}};
}

// Only the outpost's ReplicaSet was recorded: that of the server is what its Deployment and its
// pod say of it.
Json server_replica_set(const Json& deployment, const Json& pod) {
  const auto& owner = pod["metadata"]["ownerReferences"][0];
  const auto& status = deployment["status"];
  const auto count = [&](const char* field) { return status.value(field, 0); };
  return {{"metadata",
           {{"name", owner["name"]},
            {"namespace", deployment["metadata"]["namespace"]},
            {"uid", owner["uid"]},
            {"generation", 1},
            {"creationTimestamp", deployment["metadata"]["creationTimestamp"]},
            {"labels", pod["metadata"]["labels"]},
            {"annotations",
             {{"deployment.kubernetes.io/revision",
               deployment["metadata"]["annotations"]["deployment.kubernetes.io/revision"]}}},
            {"ownerReferences",
             {{{"apiVersion", "apps/v1"},
               {"kind", "Deployment"},
               {"name", deployment["metadata"]["name"]},
               {"uid", deployment["metadata"]["uid"]},
               {"controller", true},
               {"blockOwnerDeletion", true}}}}}},
          {"spec",
           {{"replicas", deployment["spec"]["replicas"]},
            {"selector", deployment["spec"]["selector"]},
            {"template", deployment["spec"]["template"]}}},
          {"status",
           {{"replicas", count("replicas")},
            {"fullyLabeledReplicas", count("replicas")},
            {"readyReplicas", count("readyReplicas")},
            {"availableReplicas", count("availableReplicas")},
            {"observedGeneration", 1}}}};
}

// Puts recorded objects into a store as if the recording had ended so long ago.
class RecordedObjects {
 public:
  RecordedObjects(ObjectStore& store, std::chrono::seconds age)
      : store_(store),
        by_(std::chrono::time_point_cast<std::chrono::seconds>(system_clock::now()) - age -
            parse_rfc3339(end_of_recording)) {}

  void load(const std::string& resource, const std::string& file,
            const std::string& only = "") const {
    Json list = recording(file);
    shift_times(list, by_);
    for (auto& item : list["items"])
      if (only.empty() || item["metadata"]["name"] == only) store_.put(resource, std::move(item));
  }
  void load_one(const std::string& resource, const std::string& file) const {
    Json object = recording(file);
    shift_times(object, by_);
    object.erase("kind");
    object.erase("apiVersion");
    store_.put(resource, std::move(object));
  }
  std::string moved(const std::string& time) const { return rfc3339(parse_rfc3339(time) + by_); }

 private:
  ObjectStore& store_;
  system_clock::duration by_;
};

}  // namespace

std::string recorded_text(const std::string& file) {
  std::ifstream stream(std::string(WORLD_FIXTURES) + "/" + file);
  if (!stream) throw std::runtime_error("no recording " + file + " in " + WORLD_FIXTURES);
  return std::string(std::istreambuf_iterator<char>(stream), {});
}

Json recording(const std::string& file) { return Json::parse(recorded_text(file)); }

void load_recorded_objects(ObjectStore& store) {
  const RecordedObjects recorded(store, std::chrono::hours(3));
  recorded.load("pods", "pods_list.json");
  recorded.load("pods", "pods_list_server.json");
  recorded.load("deployments", "deployments_list.json");
  recorded.load("replicasets", "replicasets.json");
  store.put("replicasets",
            server_replica_set(*store.find("deployments", "authentik", "goauthentik-server"),
                               *store.all("pods", "authentik").back()));
  recorded.load("namespaces", "namespaces_list.json");
  recorded.load("events", "events_list.json");
  recorded.load("endpointslices", "endpointslices.json");
  recorded.load_one("services", "service.json");
  recorded.load_one("endpoints", "endpoints.json");
  load_recorded_trouble(store, std::chrono::hours(3));
}

void load_recorded_trouble(ObjectStore& store, std::chrono::seconds age) {
  const RecordedObjects recorded(store, age);
  recorded.load("nodes", "nodes_list.json");
  recorded.load("namespaces", "namespaces_list.json", "lab-trouble");
  recorded.load("pods", "trouble_pods_list.json");
  recorded.load("events", "trouble_events.json");
  recorded.load("endpointslices", "trouble_endpointslices_not_ready.json");
  recorded.load_one("endpoints", "trouble_endpoints_not_ready.json");
  recorded.load_one("endpoints", "trouble_endpoints_empty.json");
  const std::string created = recorded.moved("2026-11-23T20:06:52Z");
  store.put("services", trouble_service("not-ready", created, {{"svc", "yes"}}));
  store.put("services", trouble_service("no-endpoints", created, {{"svc", "none"}}));
}

std::string rfc3339(system_clock::time_point time) {
  const auto seconds = std::chrono::floor<std::chrono::seconds>(time);
  return fmt::format("{:%Y-%m-%dT%H:%M:%SZ}", fmt::gmtime(system_clock::to_time_t(seconds)));
}

std::string rfc3339_nanoseconds(system_clock::time_point time) {
  const auto seconds = std::chrono::floor<std::chrono::seconds>(time);
  const auto rest = std::chrono::duration_cast<std::chrono::nanoseconds>(time - seconds);
  return fmt::format("{}.{:09}Z", rfc3339(seconds).substr(0, 19), rest.count());
}

system_clock::time_point parse_rfc3339(const std::string& text) {
  std::tm parts{};
  const char* rest = strptime(text.c_str(), "%Y-%m-%dT%H:%M:%S", &parts);
  if (rest == nullptr) throw std::invalid_argument("not a time: " + text);
  auto time = system_clock::from_time_t(timegm(&parts));
  if (*rest == '.') {
    std::string digits(rest + 1, std::strspn(rest + 1, "0123456789"));
    rest += 1 + digits.size();
    digits.resize(9, '0');
    time += std::chrono::duration_cast<system_clock::duration>(
        std::chrono::nanoseconds(std::stol(digits)));
  }
  if (std::string(rest) == "Z") return time;
  int hours = 0;
  int minutes = 0;
  char sign = 0;
  if (std::sscanf(rest, "%c%2d:%2d", &sign, &hours, &minutes) != 3)
    throw std::invalid_argument("not a time: " + text);
  const auto offset = std::chrono::hours(hours) + std::chrono::minutes(minutes);
  return sign == '-' ? time + offset : time - offset;
}

}  // namespace postflight::world
