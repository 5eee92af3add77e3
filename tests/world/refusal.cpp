#include "tests/world/refusal.hpp"

#include "tests/world/json.hpp"

namespace postflight::world {

namespace {

Json status(const std::string& reason, const std::string& message) {
  return {{"kind", "Status"},    {"apiVersion", "v1"}, {"metadata", Json::object()},
          {"status", "Failure"}, {"message", message}, {"reason", reason}};
}

Refusal refuse(int code, const std::string& reason, const std::string& message) {
  Json body = status(reason, message);
  body["code"] = code;
  return {json_answer(code, go_json(body))};
}

Refusal refuse(int code, const std::string& reason, const std::string& message, Json details) {
  Json body = status(reason, message);
  body["details"] = std::move(details);
  body["code"] = code;
  return {json_answer(code, go_json(body))};
}

// A resource as messages name it: with its group, unless that is the core one.
std::string qualified(const std::string& group, const std::string& resource) {
  return group.empty() ? resource : resource + "." + group;
}

}  // namespace

Answer json_answer(int status, const std::string& json) {
  Answer answer;
  answer.status = status;
  answer.headers = {{"Content-Type", "application/json"}};
  answer.body = json + "\n";
  answer.chunked = answer.body.size() > 2048;  // what Go's server buffers before it must decide
  return answer;
}

Answer text_answer(int status, const std::string& text) {
  Answer answer;
  answer.status = status;
  answer.headers = {{"Content-Type", "text/plain; charset=utf-8"},
                    {"X-Content-Type-Options", "nosniff"}};
  answer.body = text;
  return answer;
}

Refusal bad_request(const std::string& message) { return refuse(400, "BadRequest", message); }

Refusal unauthorized() { return refuse(401, "Unauthorized", "Unauthorized"); }

Refusal object_not_found(const std::string& group, const std::string& resource,
                         const std::string& name) {
  Json details = {{"name", name}};
  if (!group.empty()) details["group"] = group;
  details["kind"] = resource;
  return refuse(404, "NotFound", qualified(group, resource) + " \"" + name + "\" not found",
                std::move(details));
}

Refusal resource_not_found() {
  return refuse(404, "NotFound", "the server could not find the requested resource",
                Json::object());
}

Refusal path_not_found() { return {text_answer(404, "404 page not found\n")}; }

Refusal method_not_allowed() {
  return refuse(405, "MethodNotAllowed",
                "the server does not allow this method on the requested resource", Json::object());
}

Refusal not_acceptable() {
  return refuse(406, "NotAcceptable",
                "406: Not Acceptable\n\nAvailable representations: application/json, "
                "application/yaml, application/vnd.kubernetes.protobuf, "
                "application/json;stream=watch, application/vnd.kubernetes.protobuf;stream=watch",
                Json::object());
}

Refusal forbidden(const std::string& group, const std::string& resource, const std::string& name,
                  const std::string& why) {
  Json details = Json::object();
  if (!name.empty()) details["name"] = name;
  if (!group.empty()) details["group"] = group;
  if (!resource.empty()) details["kind"] = resource;
  std::string subject;
  if (!resource.empty())
    subject = qualified(group, resource) + (name.empty() ? " is " : " \"" + name + "\" is ");
  Refusal refusal = refuse(403, "Forbidden", subject + "forbidden: " + why, std::move(details));
  refusal.answer.headers.emplace_back("X-Content-Type-Options", "nosniff");
  return refusal;
}

Refusal invalid(const std::string& kind, const std::string& name, const std::string& field,
                const std::string& reason, const std::string& message) {
  return refuse(422, "Invalid", kind + " \"" + name + "\" is invalid: " + field + ": " + message,
                {{"name", name},
                 {"kind", kind},
                 {"causes", {{{"reason", reason}, {"message", message}, {"field", field}}}}});
}

Refusal expired(const std::string& message, const std::string& continue_token) {
  Json body = status("Expired", message);
  if (!continue_token.empty()) body["metadata"]["continue"] = continue_token;
  body["code"] = 410;
  return {json_answer(410, go_json(body))};
}

Refusal resource_version_too_large(const std::string& asked, const std::string& current) {
  return refuse(
      504, "Timeout", "Timeout: Too large resource version: " + asked + ", current: " + current,
      {{"causes",
        {{{"reason", "ResourceVersionTooLarge"}, {"message", "Too large resource version"}}}},
       {"retryAfterSeconds", 1}});
}

Refusal internal_error(const std::string& message) {
  return refuse(500, "InternalError", "Internal error occurred: " + message,
                {{"causes", {{{"message", message}}}}});
}

Refusal node_refusal(int status, const std::string& text) {
  Refusal refusal;
  refusal.from_node = true;
  refusal.answer.status = status;
  refusal.answer.headers = {{"Content-Type", "text/plain; charset=utf-8"}};
  refusal.answer.body = text;
  return refusal;
}

}  // namespace postflight::world
