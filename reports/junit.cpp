#include <fmt/format.h>

#include <algorithm>
#include <ostream>
#include <pugixml.hpp>
#include <string>
#include <vector>

#include "reports/formats.hpp"
#include "reports/text_safety.hpp"
#include "reports/times.hpp"
#include "reports/words.hpp"
#include "runner/exit_code.hpp"

// The dialect that is valid under both Jenkins' junit-10.xsd and the Ant schema (windyroad.xsd),
// and that GitLab, Buildkite, dorny/test-reporter and mikepenz/action-junit-report read:
//
//   <testsuites>
//     <testsuite name="the outpost" package="authentik-upgrade" id="0" hostname="localhost"
//                timestamp="2026-11-23T20:00:00" tests="2" failures="1" errors="0" skipped="0"
//                time="0.043">
//       <properties><property name="postflight.verdict" value="failed"/></properties>
//       <testcase name="api-ready" classname="authentik-upgrade.the outpost" time="0.012"/>
//       <testcase name="outpost-endpoints" classname="authentik-upgrade.the outpost" time="0.031">
//         <failure message="1 ready endpoint, 2 are wanted" type="failed">...</failure>
//       </testcase>
//       <system-out>passed api-ready: the API server is ready: ...</system-out>
//       <system-err/>
//     </testsuite>
//   </testsuites>
//
// A case is known by classname and name to every reader, so the name is the check's id: titles may
// change. Its text is in the element's body, which GitLab shows, and short in `message`, which
// others do. JUnit has no warning: a warned case passes, and the suite's system-out says so, unless
// a warning fails the run.

namespace postflight {
namespace {

// Jenkins keeps 100 kB of a suite's output; GitLab limits the whole file.
constexpr std::size_t most_name = 300;
constexpr std::size_t most_message = 1000;
constexpr std::size_t most_field = 4000;
constexpr std::size_t most_body = 32'000;
constexpr std::size_t most_output = 64'000;

struct Suite {
  std::string name;
  std::vector<const CheckResult*> results;
};

// xs:token, as the Ant schema wants names: no blank at either end, none doubled, never empty.
std::string name_of(std::string_view text, std::string_view fallback) {
  std::string name;
  for (const char c : safe_line(text, most_name))
    if (c != ' ' || (!name.empty() && name.back() != ' ')) name += c;
  while (name.ends_with(' ')) name.pop_back();
  return name.empty() ? std::string(fallback) : name;
}

// Three decimals, no exponent, no thousands separator: the schemas refuse more.
std::string seconds_of(std::chrono::milliseconds duration) {
  const auto count = std::max<std::int64_t>(duration.count(), 0);
  return fmt::format("{}.{:03}", count / 1000, count % 1000);
}

// One suite a section, in order of first appearance: readers merge or drop suites of one name.
std::vector<Suite> suites_of(const RunRecord& record) {
  std::vector<Suite> suites;
  for (const auto& result : record.checks) {
    const auto name = name_of(section_of(result), name_of(record.checklist, "postflight"));
    auto suite = std::ranges::find(suites, name, &Suite::name);
    if (suite == suites.end()) suite = suites.insert(suite, {name, {}});
    suite->results.push_back(&result);
  }
  return suites;
}

std::string message_of(const CheckResult& result) {
  const auto message = safe_line(reasoned_summary(result), most_message);
  return message.empty() ? std::string(to_string(result.status)) : message;
}

std::string body_of(const CheckResult& result) {
  std::string body =
      safe_line(result.title, most_name) + "\n" + safe_text(result.summary, most_field) + "\n";
  if (!result.hint.empty()) body += fmt::format("hint: {}\n", safe_text(result.hint, most_field));
  if (!result.page.empty()) body += fmt::format("see {}\n", safe_line(result.page, most_name));
  const auto write = [&](const Evidence& fact) {
    body += fmt::format("\n{}: {}\n  expected: {}\n  observed: {}\n", to_string(fact.status),
                        safe_line(fact.subject, most_name), safe_text(fact.expected, most_field),
                        safe_text(fact.observed, most_field));
  };
  // What is not as expected first: a cut takes the rest.
  for (const auto& fact : result.evidence)
    if (fact.status != Status::passed) write(fact);
  for (const auto& fact : result.evidence)
    if (fact.status == Status::passed) write(fact);
  return safe_text(body, most_body);
}

std::size_t count(const Suite& suite, Status status) {
  return static_cast<std::size_t>(std::ranges::count(suite.results, status, &CheckResult::status));
}

void add_property(pugi::xml_node properties, const char* name, const std::string& value) {
  auto property = properties.append_child("property");
  property.append_attribute("name") = name;
  property.append_attribute("value") = value.c_str();
}

// An empty `type` leaves the attribute out: the Ant schema knows none of skipped.
void add_outcome(pugi::xml_node testcase, const char* element, const std::string& type,
                 const std::string& message, const std::string& body) {
  auto outcome = testcase.append_child(element);
  outcome.append_attribute("message") = message.c_str();
  if (!type.empty()) outcome.append_attribute("type") = type.c_str();
  outcome.append_child(pugi::node_pcdata).set_value(body.c_str());
}

void add_case(pugi::xml_node node, const std::string& class_name, const CheckResult& result,
              bool fails_on_warn) {
  auto testcase = node.append_child("testcase");
  testcase.append_attribute("name") = name_of(result.id, "check").c_str();
  testcase.append_attribute("classname") = class_name.c_str();
  testcase.append_attribute("time") = seconds_of(result.duration).c_str();
  switch (result.status) {
    case Status::passed:
      return;
    case Status::warned:
      if (fails_on_warn)
        add_outcome(testcase, "failure", "warned", message_of(result), body_of(result));
      return;
    case Status::failed:
      return add_outcome(testcase, "failure", "failed", message_of(result), body_of(result));
    case Status::errored:
      return add_outcome(testcase, "error", name_of(result.reason, "errored"), message_of(result),
                         body_of(result));
    case Status::skipped:
      return add_outcome(testcase, "skipped", "", message_of(result),
                         safe_line(result.title, most_name));
  }
}

// A green names what was examined, and a warning is said, here: a case that passes holds no text.
std::string output_of(const Suite& suite) {
  std::string output;
  const auto write = [&](Status status) {
    for (const auto* result : suite.results)
      if (result->status == status)
        output += fmt::format("{} {}: {}: {} ({} examined)\n", to_string(status), result->id,
                              safe_line(result->title, most_name),
                              safe_line(result->summary, most_message), result->examined);
  };
  for (const auto* result : suite.results)
    if (result->status == Status::warned)
      output += fmt::format("WARNED {}\n{}\n", result->id, body_of(*result));
  write(Status::passed);
  return safe_text(output, most_output);
}

void add_suite(pugi::xml_node root, const RunRecord& record, const Suite& suite,
               std::size_t index) {
  std::chrono::milliseconds time{0};
  for (const auto* result : suite.results) time += result->duration;
  const auto failures =
      count(suite, Status::failed) + (record.fail_on_warn ? count(suite, Status::warned) : 0);
  auto node = root.append_child("testsuite");
  node.append_attribute("name") = suite.name.c_str();
  node.append_attribute("package") = name_of(record.checklist, "postflight").c_str();
  node.append_attribute("id") = static_cast<unsigned>(index);
  node.append_attribute("hostname") = "localhost";
  node.append_attribute("timestamp") = utc_seconds(record.started).c_str();
  node.append_attribute("tests") = static_cast<unsigned>(suite.results.size());
  node.append_attribute("failures") = static_cast<unsigned>(failures);
  node.append_attribute("errors") = static_cast<unsigned>(count(suite, Status::errored));
  node.append_attribute("skipped") = static_cast<unsigned>(count(suite, Status::skipped));
  node.append_attribute("time") = seconds_of(time).c_str();
  auto properties = node.append_child("properties");
  add_property(properties, "postflight.target", safe_line(record.target, most_name));
  if (!record.replay_of.empty())
    add_property(properties, "postflight.replay_of", safe_line(record.replay_of, most_name));
  add_property(properties, "postflight.verdict", std::string(to_string(verdict_of(record))));
  add_property(properties, "postflight.exit_code", std::to_string(exit_code_of(record)));
  add_property(properties, "postflight.warned", std::to_string(count(suite, Status::warned)));
  const auto class_name = fmt::format("{}.{}", name_of(record.checklist, "postflight"), suite.name);
  for (const auto* result : suite.results) add_case(node, class_name, *result, record.fail_on_warn);
  node.append_child("system-out")
      .append_child(pugi::node_pcdata)
      .set_value(output_of(suite).c_str());
  node.append_child("system-err");
}

// Readers take a file without cases for a broken run or for a green one: neither is true.
void add_nothing_was_run(pugi::xml_node root, const RunRecord& record) {
  CheckResult nothing;
  nothing.id = "no-checks";
  nothing.title = "the run holds at least one check";
  nothing.summary = "no check was run, so nothing is known";
  nothing.reason = "nothing-run";
  Suite suite{name_of(record.checklist, "postflight"), {&nothing}};
  add_suite(root, record, suite, 0);
}

}  // namespace

void write_junit(const RunRecord& record, std::ostream& out) {
  pugi::xml_document document;
  auto declaration = document.append_child(pugi::node_declaration);
  declaration.append_attribute("version") = "1.0";
  declaration.append_attribute("encoding") = "UTF-8";
  auto root = document.append_child("testsuites");
  const auto suites = suites_of(record);
  for (std::size_t i = 0; i < suites.size(); ++i) add_suite(root, record, suites[i], i);
  if (suites.empty()) add_nothing_was_run(root, record);
  document.save(out, "  ", pugi::format_indent, pugi::encoding_utf8);
}

}  // namespace postflight
