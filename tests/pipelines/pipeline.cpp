#include "tests/pipelines/pipeline.hpp"

#include <algorithm>
#include <catch2/catch_test_macros.hpp>
#include <sstream>
#include <stdexcept>

namespace postflight::test {
namespace {

Variables variables_of(const YamlNode& step, const std::string& key) {
  Variables variables;
  const auto* map = find(step, key);
  if (map == nullptr) return variables;
  for (const auto& member : map->members) {
    const auto* secret = find(member.value, "from_secret");
    variables[member.key] =
        secret != nullptr ? "${{ secrets." + secret->text + " }}" : member.value.text;
  }
  return variables;
}

Variables with(Variables all, const Variables& more) {
  for (const auto& [name, value] : more) all[name] = value;
  return all;
}

// Each item is a line of the script.
std::string lines_of(const YamlNode& list) {
  std::string script;
  for (const auto& item : list.items) script += item.text + "\n";
  return script;
}

std::string resolved(std::string text, const Variables& secrets) {
  const std::string begin = "${{ secrets.", end = " }}";
  for (auto from = text.find(begin); from != text.npos; from = text.find(begin)) {
    const auto to = text.find(end, from);
    const auto name = text.substr(from + begin.size(), to - from - begin.size());
    if (!secrets.contains(name)) throw std::runtime_error("no secret " + name);
    text.replace(from, to + end.size() - from, secrets.at(name));
  }
  if (text.find("${{") != text.npos) throw std::runtime_error("not resolved: " + text);
  return text;
}

void learn(Variables& variables, const std::string& file) {
  std::istringstream lines(read_file(file));
  for (std::string line; std::getline(lines, line);)
    if (const auto equals = line.find('='); equals != line.npos)
      variables[line.substr(0, equals)] = line.substr(equals + 1);
}

}  // namespace

YamlNode read_pipeline(const std::string& name) {
  std::vector<YamlFault> faults;
  auto document =
      read_yaml_document(read_file(std::string(SOURCE_ROOT) + "/docs/ci/" + name), {}, faults);
  for (const auto& fault : faults) FAIL(name << ":" << fault.line << ": " << fault.what);
  return document;
}

const YamlNode* find(const YamlNode& node, const std::string& key) {
  for (const auto& member : node.members)
    if (member.key == key) return &member.value;
  return nullptr;
}

const YamlNode& at(const YamlNode& node, const std::vector<std::string>& path) {
  const auto* place = &node;
  for (const auto& part : path) {
    INFO("at " << part);
    const bool is_list = place->type == YamlNode::Type::list;
    const auto* next = is_list && std::stoul(part) < place->items.size()
                           ? &place->items[std::stoul(part)]
                           : find(*place, part);
    REQUIRE(next != nullptr);
    place = next;
  }
  return *place;
}

std::vector<ShellStep> github_steps(const YamlNode& workflow) {
  std::vector<ShellStep> steps;
  const auto& job = at(workflow, {"jobs", "upgrade"});
  for (const auto& step : at(job, {"steps"}).items) {
    const auto* script = find(step, "run");
    if (script == nullptr) continue;
    const auto* condition = find(step, "if");
    // https://docs.github.com/actions/reference/workflows-and-actions/workflow-syntax: without
    // `shell` it is bash -e
    steps.push_back({at(step, {"name"}).text,
                     {"bash", "-e"},
                     script->text,
                     with(variables_of(job, "env"), variables_of(step, "env")),
                     condition != nullptr && condition->text == "always()"});
  }
  return steps;
}

std::vector<ShellStep> gitlab_steps(const YamlNode& pipeline) {
  std::vector<ShellStep> steps;
  for (const auto& stage : at(pipeline, {"stages"}).items)
    for (const auto& [name, job, line, column] : pipeline.members)
      if (const auto* own = find(job, "stage"); own != nullptr && own->text == stage.text)
        steps.push_back({name,
                         {"bash", "-e", "-o", "pipefail"},
                         lines_of(at(job, {"script"})),
                         variables_of(job, "variables")});
  return steps;
}

std::vector<ShellStep> woodpecker_steps(const YamlNode& pipeline) {
  std::vector<ShellStep> steps;
  for (const auto& step : at(pipeline, {"steps"}).items)
    if (const auto* commands = find(step, "commands"); commands != nullptr)
      steps.push_back({at(step, {"name"}).text,
                       {"sh", "-e"},
                       lines_of(*commands),
                       variables_of(step, "environment")});
  return steps;
}

PipelineEnd run_pipeline(const std::vector<ShellStep>& steps, const std::string& folder,
                         const Variables& secrets, const Variables& variables) {
  PipelineEnd end;
  Variables learnt;
  for (const auto& step : steps) {
    if (end.exit_code != 0 && !step.after_failure) continue;
    const auto script = folder + ".script";
    write_file(script, step.script);
    Words argv{"sh", "-c", "cd \"$0\" && exec \"$@\" 2>&1", folder};
    argv.insert(argv.end(), step.shell.begin(), step.shell.end());
    argv.push_back(script);
    argv.front() = "/bin/sh";
    Words environment;
    for (const auto& [name, value] : with(with(step.environment, learnt), variables))
      environment.push_back(name + "=" + resolved(value, secrets));
    const auto ended = Running(argv, environment).end();
    end.log += "-- " + step.name + "\n" + ended.output + ended.errors;
    if (ended.exit_code != 0 && end.exit_code == 0) {
      end.exit_code = ended.exit_code;
      end.failed = step.name;
    }
    if (const auto file = variables.find("GITHUB_ENV"); file != variables.end())
      learn(learnt, file->second);
  }
  return end;
}

}  // namespace postflight::test
