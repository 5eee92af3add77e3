#include <fmt/format.h>

#include "tests/world/json.hpp"
#include "tests/world/object_store.hpp"
#include "tests/world/pod_logs.hpp"
#include "tests/world/recordings.hpp"

namespace postflight::world {

namespace {

using std::chrono::system_clock;
using Time = system_clock::time_point;

// As the Go outpost writes it: a JSON object with its keys sorted.
std::string line(Time time, const std::string& event, const std::string& level,
                 const std::string& logger, nlohmann::json more = nlohmann::json::object()) {
  more["event"] = event;
  more["level"] = level;
  more["logger"] = logger;
  more["timestamp"] = rfc3339(time);
  return more.dump();
}

std::vector<LogLine> outpost_lines(Time started) {
  const std::string proxy = "authentik.outpost.proxyv2";
  std::vector<LogLine> lines;
  auto at = started + std::chrono::microseconds(612345);
  const auto say = [&](const std::string& event, const std::string& logger,
                       nlohmann::json more = nlohmann::json::object()) {
    lines.push_back({at, line(at, event, "info", logger, std::move(more))});
    at += std::chrono::microseconds(74021);
  };
  say("Outpost mode", "authentik.outpost.ak-api-controller", {{"embedded", true}});
  say("Successfully connected websocket", "authentik.outpost.events",
      {{"outpost", "3f1c0b5c-9a0f-4b6e-8f7d-e2a1c4b5d6e7"}});
  say("using PostgreSQL session backend", proxy);
  const nlohmann::json application = {{"host", "terminal.example.com"}, {"name", "terminal"}};
  say("Loaded application", proxy, application);
  say("Starting authentik outpost", "authentik.outpost", {{"hash", ""}, {"version", "2025.10.2"}});
  say("Starting HTTP server", proxy, {{"listen", "0.0.0.0:9000"}});
  say("Starting HTTPS server", proxy, {{"listen", "0.0.0.0:9443"}});
  say("Starting Metrics server", "authentik.outpost.metrics", {{"listen", "0.0.0.0:9300"}});
  // The configuration is fetched again every five minutes; requests come in between.
  const auto now = system_clock::now();
  for (at += std::chrono::minutes(5); at < now; at += std::chrono::minutes(5)) {
    lines.push_back({at, line(at, "Loaded application", "info", proxy, application)});
    const auto asked = at + std::chrono::seconds(97);
    if (asked < now) lines.push_back({asked, outpost_access_line(asked, 302)});
  }
  return lines;
}

std::vector<LogLine> short_lines(const std::string& container, Time started) {
  if (container == "server")
    return {{started, line(started, "Starting HTTP server", "info", "authentik.router",
                           {{"listen", "0.0.0.0:9000"}})},
            {started, line(started, "Starting Metrics server", "info", "authentik.outpost.metrics",
                           {{"listen", "0.0.0.0:9300"}})}};
  return {{started, "done"}};
}

}  // namespace

std::string outpost_access_line(Time time, int status) {
  return line(time, "/outpost.goauthentik.io/auth/traefik", "info",
              "authentik.outpost.proxyv2.application",
              {{"host", "terminal.example.com"},
               {"method", "GET"},
               {"remote", "198.18.0.9:41822"},
               {"runtime", "1.482"},
               {"scheme", "http"},
               {"size", status == 302 ? 871 : 0},
               {"status", status},
               {"user", ""},
               {"user_agent", "curl/8.14.1"}});
}

void write_recorded_logs(const ObjectStore& store, PodLogs& logs) {
  for (const auto& pod : store.all("pods", "")) {
    for (const auto& status : (*pod)["status"].value("containerStatuses", Json::array())) {
      const std::string name = status["name"];
      if (const auto started = text_at(status, "/state/running/startedAt"); !started.empty())
        logs.set(text_at(status, "/containerID"), name == "proxy"
                                                      ? outpost_lines(parse_rfc3339(started))
                                                      : short_lines(name, parse_rfc3339(started)));
      for (const char* ended : {"/state/terminated", "/lastState/terminated"})
        if (const auto id = text_at(status, std::string(ended) + "/containerID"); !id.empty())
          logs.set(
              id,
              short_lines(name, parse_rfc3339(text_at(status, std::string(ended) + "/startedAt"))));
    }
  }
}

}  // namespace postflight::world
