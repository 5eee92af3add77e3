#include "tests/survival/reports_on_disk.hpp"

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>
#include <pugixml.hpp>

namespace postflight::test {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::json;
using Ids = std::set<std::string>;

std::string text_of(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

std::string json_faults(const std::string& path, const Ids& wanted) {
  const auto report = Json::parse(text_of(path), nullptr, false);
  if (!report.is_object()) return "the JSON report is torn\n";
  static const auto contract =
      Json::parse(text_of(std::string(SOURCE_ROOT) + "/docs/report.schema.json"));
  std::string faults;
  const auto require = [&](const Json& object, const Json& schema, const std::string& what) {
    for (const auto& member : schema.at("required"))
      if (!object.contains(member.get<std::string>())) faults += what + " lacks " + member.dump();
  };
  require(report, contract, "the JSON report");
  if (!faults.empty()) return faults;
  Ids ids;
  std::size_t counted = 0;
  for (const auto& check : report.at("checks")) {
    require(check, contract.at("definitions").at("check"), "a check");
    ids.insert(check.value("id", ""));
  }
  for (const auto& count : report.at("totals")) counted += count.get<std::size_t>();
  if (ids != wanted || report.at("checks").size() != wanted.size() || counted != wanted.size())
    faults += "the JSON report does not hold every check once\n";
  return faults;
}

std::string junit_faults(const std::string& path, const Ids& wanted) {
  pugi::xml_document document;
  if (!document.load_file(path.c_str())) return "the JUnit report is torn\n";
  Ids ids;
  for (const auto& testcase : document.select_nodes("//testcase"))
    ids.insert(testcase.node().attribute("name").value());
  return ids == wanted ? "" : "the JUnit report does not hold every check\n";
}

// The last line is the verdict with the totals.
std::string text_faults(const std::string& path) {
  const auto text = text_of(path);
  const auto last = text.rfind('\n', text.size() - 2);
  if (!text.ends_with('\n') || last == std::string::npos) return "the text report is torn\n";
  for (const auto* verdict : {"passed: ", "passed with warnings: ", "failed: ", "not known: "})
    if (text.find(verdict, last) != std::string::npos) return "";
  return "the text report ends without a verdict\n";
}

}  // namespace

std::vector<std::string> ReportsOnDisk::arguments() const {
  return {"--report",         "json=" + json(), "--report",
          "junit=" + junit(), "--report",       "text=" + text()};
}

std::size_t ReportsOnDisk::count() const {
  return static_cast<std::size_t>(fs::exists(json())) + fs::exists(junit()) + fs::exists(text());
}

std::vector<std::string> ReportsOnDisk::strangers() const {
  std::vector<std::string> names;
  for (const auto& file : fs::directory_iterator(folder_)) {
    const auto path = file.path().string();
    if (path != json() && path != junit() && path != text()) names.push_back(path);
  }
  return names;
}

std::string ReportsOnDisk::faults(const Ids& ids) const {
  return (fs::exists(json()) ? json_faults(json(), ids) : "") +
         (fs::exists(junit()) ? junit_faults(junit(), ids) : "") +
         (fs::exists(text()) ? text_faults(text()) : "");
}

Ids ids_with(const std::string& json_path, const std::string& status) {
  Ids ids;
  const auto report = Json::parse(text_of(json_path));
  for (const auto& check : report.at("checks"))
    if (check.at("status") == status) ids.insert(check.at("id").get<std::string>());
  return ids;
}

std::set<std::string> reasons_in(const std::string& json_path) {
  std::set<std::string> reasons;
  const auto report = Json::parse(text_of(json_path));
  for (const auto& check : report.at("checks"))
    if (check.at("reason").is_string()) reasons.insert(check.at("reason").get<std::string>());
  return reasons;
}

int exit_code_in(const std::string& json_path) {
  return Json::parse(text_of(json_path)).at("exit_code").get<int>();
}

std::string schema_faults(const std::vector<std::string>& json_paths, bool& looked) {
  looked = std::system("/usr/bin/python3 -c 'import jsonschema' 2>/dev/null") == 0;
  if (!looked) return "";
  std::string command =
      "/usr/bin/python3 -W ignore -c 'import json, sys, jsonschema\n"
      "schema = json.load(open(sys.argv[1]))\n"
      "for path in sys.argv[2:]: jsonschema.validate(json.load(open(path)), schema)' " +
      std::string(SOURCE_ROOT) + "/docs/report.schema.json";
  for (const auto& path : json_paths) command += " " + path;
  auto* pipe = ::popen((command + " 2>&1").c_str(), "r");
  std::string faults;
  std::array<char, 4096> part;
  for (std::size_t count; (count = std::fread(part.data(), 1, part.size(), pipe)) > 0;)
    faults.append(part.data(), count);
  return ::pclose(pipe) == 0 ? "" : "not valid: " + faults;
}

}  // namespace postflight::test
