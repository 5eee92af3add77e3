#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "tests/cli/program.hpp"
#include "text/yaml_document.hpp"

namespace postflight::test {

using Variables = std::map<std::string, std::string>;

// A file of docs/ci.
YamlNode read_pipeline(const std::string& name);

// What is at that place of a document: "jobs", "upgrade", "steps", "0". Fails the test when nothing
// is there.
const YamlNode& at(const YamlNode& node, const std::vector<std::string>& path);
const YamlNode* find(const YamlNode& node, const std::string& key);  // or null

// One step of a pipeline that is a script, as its CI system runs it.
struct ShellStep {
  std::string name;
  std::vector<std::string> shell;  // bash -e: the file of the script comes behind it
  std::string script;
  Variables environment;       // as it is written: with ${{ secrets.NAME }}, from_secret:NAME
  bool after_failure = false;  // it runs although a step before it failed
};

std::vector<ShellStep> github_steps(const YamlNode& workflow);
std::vector<ShellStep> gitlab_steps(const YamlNode& pipeline);
std::vector<ShellStep> woodpecker_steps(const YamlNode& pipeline);

struct PipelineEnd {
  int exit_code = 0;   // of the step that failed first
  std::string failed;  // its name
  std::string log;     // all that the steps said
};

// Runs the steps in that folder one after the other. `secrets` are by name; `variables` win over
// those of the steps, as the place for what a test has no time for. What a step writes to the file
// GITHUB_ENV is there for those after it.
PipelineEnd run_pipeline(const std::vector<ShellStep>& steps, const std::string& folder,
                         const Variables& secrets, const Variables& variables);

}  // namespace postflight::test
