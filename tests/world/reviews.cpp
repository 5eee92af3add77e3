#include "tests/world/reviews.hpp"

#include <chrono>

#include "tests/world/json.hpp"
#include "tests/world/recordings.hpp"
#include "tests/world/refusal.hpp"
#include "tests/world/users.hpp"

namespace postflight::world {

namespace {

Action asked_action(const Json& spec) {
  if (const auto path = spec.find("nonResourceAttributes"); path != spec.end()) {
    Action action;
    action.verb = path->value("verb", "");
    action.path = path->value("path", "");
    return action;
  }
  const Json attributes = spec.value("resourceAttributes", Json::object());
  return {attributes.value("verb", ""),
          attributes.value("group", ""),
          attributes.value("resource", ""),
          attributes.value("subresource", ""),
          attributes.value("namespace", ""),
          attributes.value("name", ""),
          ""};
}

}  // namespace

Answer review(const User& user, const std::string& resource, const Request& request) {
  const Json asked = Json::parse(request.body, nullptr, false);
  if (!asked.is_object())
    throw bad_request("the object provided is unrecognized: json parse error (" + request.body +
                      ")");
  if (resource == "selfsubjectreviews")
    return json_answer(
        201,
        go_json({{"kind", "SelfSubjectReview"},
                 {"apiVersion", "authentication.k8s.io/v1"},
                 {"metadata", {{"creationTimestamp", rfc3339(std::chrono::system_clock::now())}}},
                 {"status", {{"userInfo", {{"username", user.name}, {"groups", user.groups}}}}}}));
  const Json spec = asked.value("spec", Json::object());
  Json status = {{"allowed", is_allowed(user, asked_action(spec))}};
  if (status["allowed"]) status["reason"] = "RBAC: allowed by a rule of this stand-in";
  return json_answer(201, go_json({{"kind", "SelfSubjectAccessReview"},
                                   {"apiVersion", "authorization.k8s.io/v1"},
                                   {"metadata", Json::object()},
                                   {"spec", spec},
                                   {"status", status}}));
}

}  // namespace postflight::world
