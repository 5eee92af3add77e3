#include "clients/kubernetes_status.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "clients/kubernetes_rule.hpp"

namespace postflight {
namespace {

using Json = nlohmann::json;

std::string text_in(const Json& object, const char* key) {
  const auto found = object.find(key);
  return found != object.end() && found->is_string() ? found->get<std::string>() : "";
}

std::string harmless(std::string_view text, std::size_t most) {
  std::string shown;
  for (const char c : text.substr(0, most)) shown += c >= ' ' && c < 127 ? c : '.';
  return text.size() > most ? shown + "..." : shown;
}

// A text answer of /readyz and the like lists every test; the failing ones begin with [-].
std::string failing_lines(std::string_view body) {
  std::string lines;
  for (std::size_t at = 0; at < body.size();) {
    const auto end = std::min(body.find('\n', at), body.size());
    const auto line = body.substr(at, end - at);
    if (line.starts_with("[-]")) lines += (lines.empty() ? "" : "\n") + harmless(line, 120);
    if (lines.size() > 500) break;
    at = end + 1;
  }
  return lines;
}

std::string message_of(const HttpResponse& response, const KubernetesStatus& status) {
  if (!status.message.empty()) return status.message;
  if (response.status >= 300 && response.status < 400) {
    const auto target = response.header("Location").value_or("nowhere");
    // What follows may be a secret of a login page.
    return "redirects to " + harmless(target.substr(0, target.find_first_of("?#")), 200) +
           ", which an API server does not do";
  }
  if (const auto lines = failing_lines(response.body); !lines.empty()) return lines;
  return first_line(response.body);
}

struct MissingRight {
  std::string advice, cause;
};

// The text between the quotes behind `before`.
std::string quoted_after(const std::string& text, std::string_view before) {
  const auto at = text.find(before);
  if (at == text.npos) return {};
  const auto begin = at + before.size();
  const auto end = text.find('"', begin);
  return end == text.npos ? "" : text.substr(begin, end - begin);
}

// To be somebody else is a right of its own, which the headers ask for, not the path: only the
// server's sentence tells which of them was refused.
std::optional<KubernetesRule> impersonation_rule(const std::string& message) {
  const auto resource = quoted_after(message, " cannot impersonate resource \"");
  if (resource.empty()) return std::nullopt;
  KubernetesRule rule;
  rule.verbs = {"impersonate"};
  rule.group = first_line(quoted_after(message, "in API group \""), 80);
  rule.resource = first_line(resource, 80);
  rule.name_space = first_line(quoted_after(message, "in the namespace \""), 80);
  return rule;
}

MissingRight missing_right(const std::optional<KubernetesStatus>& status, const std::string& path) {
  if (!status)
    return {
        "; that is no API server's own answer (it holds no Status): something between us and it, "
        "such as a proxy, refuses, and no RBAC rule will help",
        ""};
  // No user was known from the request: rules are not what is missing.
  if (status->message.find("User \"system:anonymous\"") != status->message.npos)
    return {"; the API server does not know who asked", "the API server does not know who asks"};
  const auto rule = impersonation_rule(status->message).value_or(rule_for(path));
  return {"; add to " + place_and_rule(rule), "no right to " + to_string(rule)};
}

}  // namespace

std::optional<KubernetesStatus> read_status(std::string_view text) {
  const auto json = Json::parse(text, nullptr, false);
  if (!json.is_object()) return std::nullopt;
  const auto kind = text_in(json, "kind"), outcome = text_in(json, "status");
  if ((!kind.empty() && kind != "Status") || (outcome != "Success" && outcome != "Failure"))
    return std::nullopt;
  KubernetesStatus status;
  status.success = outcome == "Success";
  status.reason = text_in(json, "reason");
  status.message = text_in(json, "message");
  const auto details = json.find("details");
  if (details == json.end() || !details->is_object()) return status;
  status.name = text_in(*details, "name");
  const auto causes = details->find("causes");
  if (causes == details->end() || !causes->is_array()) return status;
  for (const auto& cause : *causes)
    if (cause.is_object() && text_in(cause, "reason") == "ExitCode")
      status.exit_code = text_in(cause, "message");
  return status;
}

std::string_view reason_of_http_status(int status) {
  if (status == 401) return reason::unauthorized;
  if (status == 403) return reason::forbidden;
  if (status == 404) return reason::not_found;
  if (status == 410) return reason::expired;
  if (status == 429) return reason::throttled;
  if (status >= 500) return reason::server_error;
  if (status >= 400) return reason::rejected;
  return reason::unreadable;
}

KubernetesError refusal_of(const HttpResponse& response, const std::string& asked,
                           const std::string& path) {
  const auto known = read_status(response.body);
  const auto status = known.value_or(KubernetesStatus{});
  const auto message = message_of(response, status);
  auto text = asked + ": the API server answered " + std::to_string(response.status) +
              (status.reason.empty() ? "" : " " + status.reason) +
              (message.empty() ? "" : ": " + message);
  std::string cause;
  if (response.status == 403) {
    const auto missing = missing_right(known, path);
    text += missing.advice;
    cause = missing.cause;
  }
  return {reason_of_http_status(response.status),
          text,
          response.status,
          status.reason,
          !status.name.empty(),
          cause};
}

std::string first_line(std::string_view text, std::size_t most) {
  const auto begin = text.find_first_not_of(" \t\r\n");
  if (begin == std::string_view::npos) return {};
  const auto line = text.substr(begin, text.find_first_of("\r\n", begin) - begin);
  return harmless(line, most);
}

std::string description_of(const HttpResponse& response) {
  const auto begins = first_line(response.body, 80);
  return "an answer of type " + harmless(response.header("Content-Type").value_or("(none)"), 80) +
         (begins.empty() ? " that is empty" : " that begins with: " + begins);
}

}  // namespace postflight
