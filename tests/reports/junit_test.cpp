#include <algorithm>
#include <pugixml.hpp>
#include <set>
#include <string>

#include "tests/reports/external.hpp"
#include "tests/reports/rendered.hpp"
#include "tests/reports/sample_records.hpp"

namespace postflight::test {
namespace {

pugi::xml_document parsed(const RunRecord& record) {
  pugi::xml_document document;
  REQUIRE(document.load_string(rendered("junit", record).c_str()));
  return document;
}

pugi::xml_node case_named(const pugi::xml_document& document, const std::string& name) {
  return document.select_node(("//testcase[@name='" + name + "']").c_str()).node();
}

RunRecord record_of(std::vector<CheckResult> checks) {
  auto record = sample_record();
  record.checks = std::move(checks);
  return record;
}

}  // namespace

TEST_CASE("the JUnit report is as accepted", "[reports.junit]") {
  check_golden("report.junit.xml", rendered("junit", full_record()));
}

TEST_CASE("JUnit reports are valid under both schemas", "[reports.junit]") {
  if (!runs("xmllint --version")) SKIP("xmllint is not installed (scripts/setup installs it)");
  for (const std::string schema : {"junit-10.xsd", "windyroad.xsd"}) {
    CAPTURE(schema);
    const auto is_valid = [&](const std::string& report) {
      const TemporaryFile file(report);
      return runs("xmllint --noout --nonet --schema " + std::string(FIXTURES) + "/xsd/" + schema +
                  " " + file.path());
    };
    CHECK(is_valid(rendered("junit", full_record())));
    CHECK(is_valid(rendered("junit", hostile_record())));
    CHECK(is_valid(rendered("junit", sample_record())));
    CHECK_FALSE(is_valid("<testsuites><surprise/></testsuites>"));
  }
}

TEST_CASE("failed is a failure, errored an error, skipped skipped, warned passes",
          "[reports.junit]") {
  const auto document = parsed(full_record());
  const auto failed = case_named(document, "outpost-endpoints").child("failure");
  CHECK(std::string(failed.attribute("message").value()) ==
        "service authentik/outpost has 1 ready endpoint, 2 are wanted");
  CHECK(std::string(failed.text().get()).find("not ready since 20:01:12Z") != std::string::npos);
  const auto errored = case_named(document, "outpost-mode").child("error");
  CHECK(std::string(errored.attribute("type").value()) == "forbidden");
  const auto skipped = case_named(document, "edge").child("skipped");
  CHECK(std::string(skipped.attribute("message").value()) == "blocked by outpost-endpoints");
  const auto warned = case_named(document, "session-files");
  REQUIRE(warned);
  CHECK(!warned.first_child());
  const std::string output = warned.parent().child("system-out").text().get();
  CHECK(output.find("WARNED session-files") != std::string::npos);
  CHECK(output.find("2 session files, 0 are wanted") != std::string::npos);
}

TEST_CASE("a warning that fails the run is a failure", "[reports.junit]") {
  auto record = record_of({sample_result("a", Status::warned)});
  record.fail_on_warn = true;
  const auto document = parsed(record);
  CHECK(case_named(document, "a").child("failure"));
  CHECK(document.select_node("//testsuite").node().attribute("failures").as_int() == 1);
}

TEST_CASE("the counters of each suite add up to its cases", "[reports.junit]") {
  const auto document = parsed(full_record());
  std::size_t cases = 0;
  for (const auto suite : document.child("testsuites").children("testsuite")) {
    const auto count = [&](const char* path) { return suite.select_nodes(path).size(); };
    CHECK(suite.attribute("tests").as_uint() == count("testcase"));
    CHECK(suite.attribute("failures").as_uint() == count("testcase/failure"));
    CHECK(suite.attribute("errors").as_uint() == count("testcase/error"));
    CHECK(suite.attribute("skipped").as_uint() == count("testcase/skipped"));
    cases += count("testcase");
  }
  CHECK(cases == full_record().checks.size());
}

TEST_CASE("sections that come back are one suite and no case is named twice", "[reports.junit]") {
  auto first = sample_result("a", Status::passed);
  auto second = sample_result("b", Status::passed);
  second.section = "elsewhere";
  const auto document = parsed(record_of({first, second, sample_result("c", Status::failed)}));
  CHECK(document.select_nodes("//testsuite").size() == 2);
  std::set<std::string> names;
  for (const auto node : document.select_nodes("//testcase"))
    names.insert(std::string(node.node().attribute("classname").value()) + "/" +
                 node.node().attribute("name").value());
  CHECK(names.size() == 3);
}

TEST_CASE("times are fixed-point seconds with three decimals", "[reports.junit]") {
  auto result = sample_result("slow", Status::passed);
  result.duration = std::chrono::milliseconds(1'234'005);
  const auto document = parsed(record_of({result}));
  CHECK(std::string(case_named(document, "slow").attribute("time").value()) == "1234.005");
  CHECK(std::string(document.select_node("//testsuite").node().attribute("time").value()) ==
        "1234.005");
}

TEST_CASE("a record without checks is one case that errored", "[reports.junit]") {
  const auto document = parsed(sample_record());
  CHECK(document.select_nodes("//testcase/error").size() == 1);
  CHECK(document.select_nodes("//testcase").size() == 1);
}

TEST_CASE("bodies are cut, with the worst facts and the hint kept and the cut said",
          "[reports.junit]") {
  auto result = sample_result("big", Status::failed);
  result.hint = "look here first";
  result.evidence.assign(5000, {"pod", "ready", std::string(500, 'x'), Status::passed});
  result.evidence.push_back({"the bad pod", "ready", "not ready", Status::failed});
  const auto document = parsed(record_of({result}));
  const std::string body = case_named(document, "big").child("failure").text().get();
  CHECK(body.size() < 33'000);
  CHECK(body.find("the bad pod") != std::string::npos);
  CHECK(body.find("look here first") != std::string::npos);
  CHECK(body.find("more bytes]") != std::string::npos);
}

}  // namespace postflight::test
