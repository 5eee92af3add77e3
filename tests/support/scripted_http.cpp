#include "tests/support/scripted_http.hpp"

#include <filesystem>
#include <nlohmann/json.hpp>
#include <sstream>
#include <stdexcept>

#include "tests/support/recorded_clients.hpp"

namespace postflight::test {
namespace {

int status_in(const std::string& line) { return std::stoi(line.substr(line.find(' ') + 1, 3)); }

void add_header(const std::string& line, HttpResponse& response) {
  const auto colon = line.find(": ");
  if (colon != std::string::npos)
    response.headers.push_back({line.substr(0, colon), line.substr(colon + 2)});
}

}  // namespace

HttpResponse ScriptedHttp::send(const HttpRequest& request, const Limits& limits) {
  {
    const std::scoped_lock lock(mutex_);
    asked_.push_back(request.method + " " + request.url);
    requests_.push_back(request);
  }
  if (!respond) throw std::logic_error("no HTTP answer is scripted for " + request.url);
  return respond(request, limits);
}

WebSocketResponse ScriptedHttp::listen(const HttpRequest& request,
                                       const std::vector<std::string>& protocols,
                                       const Receive& receive, const Limits&) {
  {
    const std::scoped_lock lock(mutex_);
    asked_.push_back("LISTEN " + request.url);
    requests_.push_back(request);
    protocols_ = protocols;
  }
  if (!converse) throw std::logic_error("no WebSocket is scripted for " + request.url);
  return converse(request, receive);
}

std::vector<std::string> ScriptedHttp::asked() const {
  const std::scoped_lock lock(mutex_);
  return asked_;
}

std::vector<HttpRequest> ScriptedHttp::requests() const {
  const std::scoped_lock lock(mutex_);
  return requests_;
}

std::vector<std::string> ScriptedHttp::protocols() const {
  const std::scoped_lock lock(mutex_);
  return protocols_;
}

HttpResponse answer(int status, std::string body, std::string content_type) {
  HttpResponse response;
  response.status = status;
  response.body = std::move(body);
  response.headers.push_back({"Content-Type", std::move(content_type)});
  return response;
}

HttpResponse recorded_answer(const std::string& name) {
  HttpResponse response;
  std::istringstream lines(fixture("kubernetes/" + name + ".headers"));
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with("HTTP/"))
      response.status = status_in(line);
    else if (response.status != 0)
      add_header(line, response);
  }
  const auto text = std::filesystem::path(FIXTURES) / "kubernetes" / (name + ".txt");
  response.body = fixture("kubernetes/" + name + (exists(text) ? ".txt" : ".json"));
  return response;
}

WebSocketResponse recorded_exec(const std::string& name, const ScriptedHttp::Receive& receive) {
  const auto recording = nlohmann::json::parse(fixture("kubernetes/" + name + ".json"));
  WebSocketResponse response;
  for (const std::string line : recording["response_head"]) {
    if (response.status == 0) response.status = status_in(line);
    if (line.starts_with("Sec-WebSocket-Protocol: "))
      response.protocol = line.substr(line.find(' ') + 1);
  }
  for (const auto& frame : recording["frames"]) {
    if (frame["opcode"] == 8) {
      response.closed = true;
      response.close_code = frame["close_code"];
      break;
    }
    const auto channel = static_cast<char>(frame["channel"].get<int>());
    if (!receive(channel + frame["payload"].get<std::string>())) break;
  }
  return response;
}

HttpResponse recorded_exec_refusal(const std::string& name) {
  const auto recording = nlohmann::json::parse(fixture("kubernetes/" + name + ".json"));
  HttpResponse response;
  for (const std::string line : recording["response_head"]) {
    if (response.status == 0)
      response.status = status_in(line);
    else
      add_header(line, response);
  }
  const auto& body = recording["body"];
  response.body = body.is_string() ? body.get<std::string>() : body.dump();
  return response;
}

std::string header_of(const HttpRequest& request, std::string_view name) {
  std::string values;
  for (const auto& header : request.headers)
    if (header.name == name) values += (values.empty() ? "" : ", ") + header.value;
  return values;
}

Limits a_minute() { return {std::chrono::steady_clock::now() + std::chrono::minutes(1), {}, {}}; }

}  // namespace postflight::test
