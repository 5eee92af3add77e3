#include "tests/world/pod_exec.hpp"

#include <fmt/format.h>
#include <openssl/rand.h>

#include <system_error>

#include "tests/world/json.hpp"
#include "tests/world/pod_logs.hpp"
#include "tests/world/pod_sandbox.hpp"
#include "tests/world/refusal.hpp"
#include "tests/world/url.hpp"

namespace postflight::world {

namespace {

enum class Protocol { v5, v4, v4_base64, v1 };

struct Chosen {
  Protocol protocol;
  std::string name;  // as the answer names it
};

// The client's first that is known, as the server walks the client's list; v1 when it offers none.
Chosen choose_protocol(const Request& request) {
  const std::string offered = request.header("Sec-WebSocket-Protocol");
  if (offered.empty()) return {Protocol::v1, ""};
  for (std::string name : split(offered, ',')) {
    name.erase(0, name.find_first_not_of(' '));
    if (name == "v5.channel.k8s.io") return {Protocol::v5, name};
    if (name == "v4.channel.k8s.io") return {Protocol::v4, name};
    if (name == "v4.base64.channel.k8s.io") return {Protocol::v4_base64, name};
    if (name == "channel.k8s.io") return {Protocol::v1, name};
  }
  Refusal refusal = node_refusal(403, "");
  refusal.answer.headers = {{"Connection", "close"}};
  throw refusal;
}

std::string random_id() {
  unsigned char bytes[32];
  RAND_bytes(bytes, sizeof bytes);
  std::string id;
  for (const unsigned char byte : bytes) id += fmt::format("{:02x}", byte);
  return id;
}

std::string runtime_error(const std::string& program) {
  const std::string why = program.find('/') == std::string::npos
                              ? "executable file not found in $PATH"
                              : "stat " + program + ": no such file or directory";
  return fmt::format(
      "error executing command in container: failed to exec in container: failed to start exec "
      "\"{}\": OCI runtime exec failed: exec failed: unable to start container process: exec: "
      "\"{}\": {}",
      random_id(), program, why);
}

// The words differ by protocol; the code in the causes does not.
std::string exit_message(Protocol protocol, const std::vector<std::string>& command, int code) {
  const std::string intro = "command terminated with non-zero exit code: ";
  if (protocol == Protocol::v5)
    return fmt::format("{}command terminated with exit code {}", intro, code);
  return fmt::format("{}error executing command [{}], exit code {}", intro, fmt::join(command, " "),
                     code);
}

class ExecSession {
 public:
  ExecSession(Protocol protocol, std::vector<std::string> command)
      : protocol_(protocol), command_(std::move(command)) {}

  void begin(WebSocket& socket, const PodSandbox& sandbox, const Request& request) {
    socket_ = &socket;
    send(1, "");
    const std::string program = sandbox.find_program(command_.empty() ? "" : command_.front());
    if (program.empty()) return fail(runtime_error(command_.empty() ? "" : command_.front()));
    const bool with_input = request.parameter("stdin") == "true";
    try {
      process_ = sandbox.start(program, command_, with_input);
    } catch (const std::system_error& error) {
      return fail(error.what());
    }
    socket.on_message([this](std::string_view message) { receive(message); });
    watch(process_->take_output(), 1, request.parameter("stdout") == "true");
    watch(process_->take_errors(), 2, request.parameter("stderr") == "true");
  }

 private:
  void send(char channel, const std::string& bytes) {
    if (protocol_ == Protocol::v4_base64)
      socket_->send(static_cast<char>('0' + channel) + base64(bytes), true);
    else
      socket_->send(channel + bytes, false);
  }

  void watch(int descriptor, char channel, bool wanted) {
    ++open_;
    socket_->watch(descriptor, [this, channel, wanted](std::string_view bytes) {
      if (!bytes.empty() && wanted) send(channel, std::string(bytes));
      if (bytes.empty() && --open_ == 0) finish();
    });
  }

  void receive(std::string_view message) {
    if (message.empty()) return;
    const bool coded = protocol_ == Protocol::v4_base64;
    const char channel = coded ? static_cast<char>(message[0] - '0') : message[0];
    message.remove_prefix(1);
    if (channel == 0)
      process_->write_input(coded ? base64_decode(message) : std::string(message));
    else if (protocol_ == Protocol::v5 && channel == '\xff' && message == std::string_view("\0", 1))
      process_->close_input();
  }

  void finish() {
    const int code = process_->wait();
    if (code == 0) {
      if (protocol_ != Protocol::v1)
        send(3, go_json({{"metadata", Json::object()}, {"status", "Success"}}));
      return socket_->close();
    }
    const std::string message = exit_message(protocol_, command_, code);
    const Json cause = {{"reason", "ExitCode"}, {"message", std::to_string(code)}};
    tell({{"metadata", Json::object()},
          {"status", "Failure"},
          {"message", message},
          {"reason", "NonZeroExitCode"},
          {"details", {{"causes", Json::array({cause})}}}});
  }

  void fail(const std::string& why) {
    const Json cause = {{"message", why}};
    tell({{"metadata", Json::object()},
          {"status", "Failure"},
          {"message", "Internal error occurred: " + why},
          {"reason", "InternalError"},
          {"details", {{"causes", Json::array({cause})}}},
          {"code", 500}});
  }

  void tell(const Json& status) {
    send(3, protocol_ == Protocol::v1 ? text_at(status, "/message") : go_json(status));
    socket_->close();
  }

  Protocol protocol_;
  std::vector<std::string> command_;
  WebSocket* socket_ = nullptr;
  std::unique_ptr<PodProcess> process_;
  int open_ = 0;
};

bool wants_any_stream(const Request& request) {
  for (const char* stream : {"stdin", "stdout", "stderr"})
    if (request.parameter(stream) == "true") return true;
  return false;
}

}  // namespace

Answer pod_exec(const Sandboxes& sandboxes, const Json& pod, const Request& request) {
  const std::string name = text_at(pod, "/metadata/name");
  const std::string container = choose_container(pod, request.parameter("container"));
  if (text_at(pod, "/spec/nodeName").empty())
    throw bad_request("pod " + name + " does not have a host assigned");
  if (!request.wants_websocket) throw bad_request("Upgrade request required");
  if (!wants_any_stream(request))
    throw node_refusal(400, "you must specify at least 1 of stdin, stdout, stderr");
  const Json* status = container_status(pod, container);
  const PodSandbox* sandbox = sandboxes(text_at(pod, "/metadata/namespace"), name);
  if (status == nullptr || !(*status)["state"].contains("running") || sandbox == nullptr)
    throw node_refusal(500, "container not found (\"" + container + "\")");
  const Chosen chosen = choose_protocol(request);

  std::vector<std::string> command;
  for (const auto& [key, value] : request.query)
    if (key == "command") command.push_back(value);
  Answer answer;
  answer.protocol = chosen.name;
  const auto session = std::make_shared<ExecSession>(chosen.protocol, std::move(command));
  answer.upgrade = [session, sandbox, request](WebSocket& socket) {
    session->begin(socket, *sandbox, request);
  };
  return answer;
}

}  // namespace postflight::world
