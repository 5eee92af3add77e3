#pragma once

#include <string>
#include <vector>

#include "tests/world/http_server.hpp"

namespace postflight::world {

// An answer that is not what was asked for. Thrown by whoever cannot go on.
struct Refusal {
  Answer answer;
  bool from_node = false;  // passed on from a node's agent: the API server adds no header
};

// The forms that an API server gives its Status objects; taken from recordings of one.
Refusal bad_request(const std::string& message);
Refusal unauthorized();
Refusal object_not_found(const std::string& group, const std::string& resource,
                         const std::string& name);
Refusal resource_not_found();
Refusal path_not_found();  // plain text
Refusal method_not_allowed();
Refusal not_acceptable();
// `name` is empty for a list; an empty resource is a path that is no resource.
Refusal forbidden(const std::string& group, const std::string& resource, const std::string& name,
                  const std::string& why);
Refusal invalid(const std::string& kind, const std::string& name, const std::string& field,
                const std::string& reason, const std::string& message);
Refusal expired(const std::string& message, const std::string& continue_token);
Refusal resource_version_too_large(const std::string& asked, const std::string& current);
Refusal internal_error(const std::string& message);
Refusal node_refusal(int status, const std::string& text);

Answer json_answer(int status, const std::string& json);
Answer text_answer(int status, const std::string& text);

}  // namespace postflight::world
