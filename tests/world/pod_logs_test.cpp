#include "tests/world/pod_logs.hpp"

#include <catch2/catch_test_macros.hpp>
#include <nlohmann/json.hpp>
#include <regex>

#include "tests/world/json.hpp"
#include "tests/world/recorded_api.hpp"
#include "tests/world/recordings.hpp"
#include "tests/world/url.hpp"

namespace postflight::world {
namespace {

const std::string pods = "/api/v1/namespaces/authentik/pods/";
const std::string outpost = pods + "ak-outpost-authentik-embedded-outpost-744d7859bb-7mgzl/log";
const std::string trouble = "/api/v1/namespaces/lab-trouble/pods/";

std::vector<std::string> lines(const Answer& answer) {
  auto list = split(answer.body, '\n');
  CHECK(list.back().empty());
  list.pop_back();
  return list;
}

}  // namespace

TEST_CASE("a log is the text of the container, streamed", "[world]") {
  const RecordedApi api;
  const Answer answer = api.ask(outpost);
  CHECK(answer.status == 200);
  CHECK(answer.chunked);
  CHECK(lines(answer).front().find("\"event\":\"Outpost mode\"") != std::string::npos);
  CHECK(api.ask(outpost, "reader", {{"Accept", "application/json"}}).body == answer.body);
}

TEST_CASE("the log parameters cut and mark as the recorded server does", "[world]") {
  const RecordedApi api;
  const auto whole = lines(api.ask(outpost));
  const auto last_two = lines(api.ask(outpost + "?tailLines=2&timestamps=true"));
  const auto real = split(recorded_text("log_tail2_timestamps.txt"), '\n');
  REQUIRE(last_two.size() == 2);
  const std::regex form(R"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z .+)");
  CHECK(std::regex_match(real.front(), form));
  CHECK(std::regex_match(last_two.front(), form));
  CHECK(last_two.back().ends_with(whole.back()));
  CHECK(api.ask(outpost + "?limitBytes=50").body == api.ask(outpost).body.substr(0, 50));
  CHECK(recorded_text("log_limit_bytes.txt").size() == 50);
  CHECK(api.ask(outpost + "?tailLines=0").body.empty());
}

TEST_CASE("since looks back that far and no further", "[world]") {
  RecordedApi api;
  const auto now = std::chrono::system_clock::now();
  const std::string id = "containerd://test";
  api.store.change("pods", "authentik", "ak-outpost-authentik-embedded-outpost-744d7859bb-7mgzl",
                   [&](Json& pod) { pod["status"]["containerStatuses"][0]["containerID"] = id; });
  api.logs.set(id, {{now - std::chrono::hours(2), "old"}, {now - std::chrono::seconds(5), "new"}});
  CHECK(api.ask(outpost).body == "old\nnew\n");
  CHECK(api.ask(outpost + "?sinceSeconds=60").body == "new\n");
  CHECK(api.ask(outpost + "?sinceSeconds=1").body.empty());
  CHECK(api.ask(outpost + "?sinceTime=" + rfc3339(now - std::chrono::hours(1))).body == "new\n");
  CHECK(api.ask(outpost + "?sinceSeconds=0").status == 422);
  CHECK(api.ask(outpost + "?sinceTime=yesterday").status == 400);
}

TEST_CASE("which instance's log is meant follows the state of the container", "[world]") {
  const RecordedApi api;
  CHECK(api.ask(trouble + "unschedulable/log").status == 204);
  CHECK(api.ask(trouble + "completed/log").body == recorded_text("trouble_log_completed.txt"));
  CHECK(api.ask(trouble + "crashloop/log").status == 200);  // of the last one that ran
  CHECK(api.ask(trouble + "crashloop/log?previous=true").status == 200);
  CHECK(api.ask(trouble + "two-containers/log?container=b").status == 200);
  CHECK(api.ask(pods + "goauthentik-server-697c786864-2rlzw/log?previous=true").status == 200);
}

}  // namespace postflight::world
