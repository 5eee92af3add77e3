#include <catch2/catch_test_macros.hpp>
#include <filesystem>

#include "tests/cli/program.hpp"

namespace postflight::test {
namespace {

namespace fs = std::filesystem;

// A checklist whose one check finds nobody at home: an answer, and nothing is listening anywhere.
struct Place : TemporaryDirectory {
  Place() {
    write_file(checklist, R"(checklist: home
vars:
  token: {required: true, secret: true}
  path: {required: true}
checks:
  - id: home
    title: somebody is at home
    kind: http.response
    with: {url: "http://127.0.0.1:1/${path}", status: [200], headers: {Authorization: "Bearer ${token}"}}
)");
  }
  std::string file(const std::string& name) const { return path() + "/" + name; }
  Ended run(Words arguments) const {
    arguments.insert(arguments.begin(), {"run", checklist});
    return postflight(std::move(arguments));
  }
  Ended record(const std::string& where) const {
    return run({"--set", "token=canary-token", "--set", "path=door", "--record", where});
  }
  const std::string checklist = file("home.yaml"), folder = file("recording");
};

}  // namespace

TEST_CASE("a replay needs no variables, no secret and nobody to ask", "[replay]") {
  const Place place;
  const auto recorded = place.record(place.folder);
  INFO(recorded.errors);
  CHECK(recorded.exit_code == 2);
  const auto replayed = place.run({"--replay", place.folder});
  CHECK(replayed.exit_code == 2);
  CHECK(has(replayed.output, "refused"));
  CHECK(has(replayed.output, "replayed from " + place.folder));
  CHECK_FALSE(has(recorded.output, "replayed"));
  const auto another = place.run({"--replay", place.folder, "--set", "token=my-own-token"});
  CHECK(has(another.output, "refused"));
  const auto elsewhere = place.run({"--replay", place.folder, "--set", "path=window"});
  CHECK(has(elsewhere.output, "the recording has no answer to this question"));
  for (const auto& entry : fs::recursive_directory_iterator(place.folder))
    if (entry.is_regular_file()) CHECK_FALSE(has(read_file(entry.path()), "canary"));
}

TEST_CASE("a recording takes the place of a recording, and of nothing else", "[replay]") {
  const Place place;
  CHECK(place.record(place.folder).exit_code == 2);
  CHECK(place.record(place.folder + "/").exit_code == 2);
  fs::create_directory(place.file("empty"));
  CHECK(place.record(place.file("empty")).exit_code == 2);
  CHECK(fs::exists(place.file("empty/recording.json")));
  write_file(place.folder + "/notes", "mine");
  for (const auto& [folder, why] :
       {std::pair(place.folder, "notes beside it would be lost"),
        std::pair(place.path(), "something else than a recording"),
        std::pair(place.checklist, "no folder"), std::pair(place.file("a/b"), "make it first")}) {
    const auto refused = place.record(folder);
    INFO(refused.errors);
    CHECK(refused.exit_code == 3);
    CHECK(refused.output.empty());
    CHECK(has(refused.errors, why));
  }
  CHECK(read_file(place.folder + "/notes") == "mine");
  std::size_t left = 0;
  for (const auto& entry : fs::directory_iterator(place.path()))
    left += entry.path().filename().string().starts_with(".postflight") ? 1 : 0;
  CHECK(left == 0);
}

TEST_CASE("a recording that cannot be replayed is wrong usage, with the reason", "[replay]") {
  const Place place;
  const auto refused = [&](const Words& arguments, const std::string& why) {
    const auto run = place.run(arguments);
    INFO(run.errors);
    CHECK(run.exit_code == 3);
    CHECK(has(run.errors, why));
  };
  refused({"--replay", place.file("nowhere")}, "No such file");
  fs::create_directory(place.folder);
  refused({"--replay", place.folder}, "there is no recording.json");
  write_file(place.folder + "/recording.json", "{\"format\": \"postflight.recording/v9\"}");
  refused({"--replay", place.folder}, "the format is 'postflight.recording/v9'");
  refused({"--replay", place.folder, "--record", place.file("b")}, "nothing to record");
  refused({"--replay", place.folder, "--context", "prod"}, "leave out --kubeconfig and --context");
}

}  // namespace postflight::test
