#include "clients/kubernetes_exec.hpp"

#include <algorithm>
#include <cctype>
#include <charconv>

#include "clients/kubernetes_path.hpp"
#include "clients/kubernetes_rule.hpp"
#include "clients/kubernetes_status.hpp"

namespace postflight {
namespace {

const std::vector<std::string> protocols{"v5.channel.k8s.io", "v4.channel.k8s.io"};
constexpr std::size_t largest_status = 1u << 20;

// Collects the messages of one exec: the first byte of each is its channel.
class Conversation {
 public:
  explicit Conversation(std::size_t output_limit) : limit_(output_limit) {}

  // False when there is no use in more.
  bool receive(std::string_view message) {
    if (message.size() <= 1) return true;
    const auto payload = message.substr(1);
    switch (message[0]) {
      case 1:
        return append(result.output, payload, limit_);
      case 2:
        return append(result.errors, payload, limit_);
      case 3:
        return append(status, payload, largest_status);
      default:
        wrong_channel = static_cast<unsigned char>(message[0]);
        return false;
    }
  }

  ExecResult result;
  std::string status;
  bool too_large = false;
  int wrong_channel = -1;

 private:
  bool append(std::string& stream, std::string_view payload, std::size_t limit) {
    if (payload.size() > limit - stream.size()) {
      too_large = true;
      return false;
    }
    stream += payload;
    return true;
  }

  const std::size_t limit_;
};

std::string exec_path(const ExecRequest& request) {
  std::vector<std::pair<std::string, std::string>> query;
  if (!request.container.empty()) query.emplace_back("container", request.container);
  for (const auto& argument : request.command) query.emplace_back("command", argument);
  query.emplace_back("stdout", "true");
  query.emplace_back("stderr", "true");
  return with_query(pod_path(request.name_space, request.pod, "exec"), query);
}

std::string name_of(const ExecRequest& request) {
  std::string command;
  for (const auto& argument : request.command) command += (command.empty() ? "" : " ") + argument;
  return "exec \"" + first_line(command, 120) + "\" in pod " + request.name_space + "/" +
         request.pod + (request.container.empty() ? "" : " container " + request.container);
}

bool says_no_such_program(std::string message) {
  std::transform(message.begin(), message.end(), message.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return message.find("no such file or directory") != std::string::npos ||
         message.find("executable file not found") != std::string::npos;
}

// A WebSocket client gets no body with a refusal. A plain GET of the same URL runs nothing, and is
// refused with the same words where the refusal is about rights, the pod or the container.
[[noreturn]] void throw_refusal(KubernetesConnection& connection, const std::string& path,
                                const std::string& name, int status, const Limits& limits) {
  HttpResponse plain;
  try {
    plain = connection.ask_once({path}, limits);
  } catch (const ClientError&) {
    plain.status = 0;  // the refusal itself is the better message
  }
  const bool refused_alike =
      plain.status == status && plain.body.find("Upgrade request required") == std::string::npos;
  if (refused_alike) throw refusal_of(plain, name, path);
  std::string why = ": the API server refused the WebSocket with " + std::to_string(status);
  if (status == 403)
    why +=
        ", though a plain GET is allowed: the right to create pods/exec may be missing (needed "
        "since Kubernetes 1.35: add to " +
        place_and_rule(rule_for(path)) + "), or something between takes no WebSocket";
  if (status >= 500) why += "; the container may not be running";
  throw KubernetesError(reason_of_http_status(status), name + why, status, "", false);
}

ExecResult judge(Conversation& conversation, const ExecRequest& request, const std::string& name) {
  const auto status = read_status(conversation.status);
  if (!status)
    throw ClientError(reason::unreadable, name + ": the last message is not a Status: " +
                                              first_line(conversation.status, 80));
  if (status->success) return std::move(conversation.result);
  if (status->reason == "NonZeroExitCode" && status->exit_code) {
    const auto& text = *status->exit_code;
    auto& code = conversation.result.exit_code;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), code);
    if (error == std::errc() && end == text.data() + text.size() && code != 0)
      return std::move(conversation.result);
    throw ClientError(reason::unreadable, name + ": the exit code is \"" + first_line(text) + "\"");
  }
  if (says_no_such_program(status->message))
    throw ClientError(reason::missing_tool,
                      name + ": the container has no program \"" + request.command.front() + "\"");
  throw ClientError(
      reason::server_error,
      name + ": " + (status->message.empty() ? "failed without a message" : status->message));
}

}  // namespace

ExecResult run_in_container(KubernetesConnection& connection, const ExecRequest& request,
                            const Limits& limits) {
  if (request.command.empty())
    throw ClientError(reason::configuration, "exec in pod " + request.pod + ": no command");
  const auto path = exec_path(request);
  const auto name = name_of(request);
  Conversation conversation(request.output_limit);
  const auto answer = connection.listen(
      path, protocols, [&](std::string_view message) { return conversation.receive(message); },
      limits);
  if (answer.status != 101) throw_refusal(connection, path, name, answer.status, limits);
  if (std::find(protocols.begin(), protocols.end(), answer.protocol) == protocols.end())
    throw ClientError(reason::unreadable, name + ": the server speaks the protocol \"" +
                                              first_line(answer.protocol, 80) +
                                              "\", which nobody offered");
  if (conversation.too_large)
    throw ClientError(
        reason::too_large,
        name + ": more than " + std::to_string(request.output_limit) + " bytes of output");
  if (conversation.wrong_channel >= 0)
    throw ClientError(reason::unreadable, name + ": a message on the unknown channel " +
                                              std::to_string(conversation.wrong_channel));
  if (conversation.status.empty() || !answer.closed)
    throw ClientError(reason::unreachable, name + ": cut off before its exit status");
  return judge(conversation, request, name);
}

}  // namespace postflight
