#pragma once

#include <string>

#include "tests/world/http_server.hpp"

namespace postflight::world {

struct User;

// Answers the creation of a SelfSubjectAccessReview ("may I?") or SelfSubjectReview ("who am I?").
// Throws Refusal.
Answer review(const User& user, const std::string& resource, const Request& request);

}  // namespace postflight::world
