#include "tests/survival/pods_api.hpp"

#include <algorithm>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>
#include <string_view>

#include "tests/support/websocket_frames.hpp"

namespace postflight::test {
namespace {

using Json = nlohmann::json;

constexpr std::string_view json_header = "Content-Type: application/json\r\n";

std::string recorded_pod() {
  std::ifstream file(std::string(FIXTURES) + "/kubernetes/pod.json");
  return {std::istreambuf_iterator<char>(file), {}};
}

// "limit=500" of a query; `otherwise` where it is not.
std::size_t number_in(const std::string& path, const std::string& name, std::size_t otherwise) {
  const auto at = path.find(name + "=");
  return at == std::string::npos ? otherwise : std::stoul(path.substr(at + name.size() + 1));
}

// "GET /path HTTP/1.1": the path.
std::string path_of(const std::string& request) {
  const auto begin = request.find(' ') + 1;
  return request.substr(begin, request.find(' ', begin) - begin);
}

}  // namespace

PodsApi::PodsApi(Setting setting)
    : setting_(std::move(setting)),
      pod_(recorded_pod()),
      server_([this](ScriptedServer::Connection& connection) { serve(connection); }) {}

std::string PodsApi::kubeconfig(const std::string& user) const {
  return "apiVersion: v1\nkind: Config\ncurrent-context: c\n"
         "clusters: [{name: c, cluster: {server: \"" +
         server_.url("") +
         "\"}}]\n"
         "contexts: [{name: c, context: {cluster: c, user: u}}]\n"
         "users: [{name: u, user: {" +
         user + "}}]\n";
}

void PodsApi::serve(ScriptedServer::Connection& connection) {
  for (std::string request; !(request = connection.read_request()).empty();) {
    const auto path = path_of(request);
    if (path.find("/exec?") != std::string::npos) return run_command(connection);
    const auto other = setting_.other ? setting_.other(path) : "";
    if (!other.empty())
      connection.write(other);
    else if (path.find("/pods?") != std::string::npos)
      connection.write(http_answer(page(path), json_header));
    else
      connection.write(http_answer("{}", json_header, "404 Not Found"));
  }
}

std::string PodsApi::page(const std::string& path) const {
  const auto begin = number_in(path, "continue", 0);
  const auto end = std::min(setting_.pods, begin + number_in(path, "limit", setting_.pods));
  auto pod = Json::parse(pod_);
  auto page = Json::parse(R"({"kind": "PodList", "apiVersion": "v1", "metadata": {}})");
  page["items"] = Json::array();
  for (auto number = begin; number < end; ++number) {
    pod["metadata"]["name"] = "many-" + std::to_string(number);
    pod["metadata"]["uid"] = "uid-" + std::to_string(number);
    pod["metadata"]["labels"] = {{"app", "many"}};
    page["items"].push_back(pod);
  }
  if (end < setting_.pods) page["metadata"]["continue"] = std::to_string(end);
  return page.dump();
}

void PodsApi::run_command(ScriptedServer::Connection& connection) {
  ++commands_;
  const auto now = ++at_once_;
  for (auto most = most_at_once_.load(); most < now;)
    if (most_at_once_.compare_exchange_weak(most, now)) break;
  connection.write(websocket_accepted("v5.channel.k8s.io"));
  if (!setting_.exec_hangs) {
    connection.write(frame(binary,
                           "\1Filesystem 1024-blocks Used Available Capacity Mounted on\n"
                           "shm 65536 0 65536 0% /dev/shm\n"));
    connection.write(frame(binary, "\3{\"metadata\":{},\"status\":\"Success\"}"));
    connection.write(frame(closing, "\x03\xe8"));
  }
  connection.wait_for_peer_to_leave();
  --at_once_;
}

}  // namespace postflight::test
