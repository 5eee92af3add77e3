#pragma once

#include <string>
#include <string_view>

#include "tests/world/http_server.hpp"

namespace postflight::matrix {

// The header that accepts a WebSocket for a command in a pod.
std::string exec_accepted(const world::Request& request);

// A message on a channel of the command: 1 is stdout, 2 stderr, 3 the Status.
std::string exec_message(char channel, std::string_view payload);

// The end of the conversation.
std::string exec_end();

// What a healthy pod answers to df and ls, as the bytes of the whole conversation.
std::string healthy_exec(const world::Request& request);

}  // namespace postflight::matrix
