#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "tests/matrix/failure.hpp"
#include "tests/matrix/front.hpp"

namespace postflight::matrix {

// When a server before PostgreSQL stops handing on what that answers.
enum class Moment {
  connected,  // before anything is said
  asked,      // the client has said who it is
  greeting,   // with the first message of the server
  ready,      // with the first message that says: logged in
  rows,       // with the first row of an answer
  end,        // after the last row, before the end of the answer
};

// What it does instead of handing on `message`; after that it closes the connection.
using Maltreatment =
    std::function<void(test::ScriptedServer::Connection&, std::string_view message, Patience&)>;

// A failure of the server that the client talks to, on connections whose number (from 1) the
// question's pattern finds. Each question of postflight is a connection of its own.
Failure failing_postgres(std::string name, std::set<std::string> reasons, Moment moment,
                         Maltreatment maltreatment);

// A message of the server that ends the connection: FATAL with that SQLSTATE.
std::string fatal_message(const std::string& sqlstate, const std::string& text);

}  // namespace postflight::matrix
