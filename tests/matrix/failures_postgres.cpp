#include <fmt/format.h>

#include "tests/matrix/postgres_front.hpp"
#include "tests/matrix/postgres_states.hpp"
#include "tests/matrix/replies.hpp"

namespace postflight::matrix {

namespace {

using namespace std::chrono_literals;
using Connection = test::ScriptedServer::Connection;

Failure to_everything(Failure failure) {
  failure.hits_one_question = false;
  return failure;
}

// The beginning of the message, and then the end.
Maltreatment half(End end) {
  return [end](Connection& connection, std::string_view message, Patience&) {
    connection.write(message.substr(0, message.size() / 2));
    if (end == End::reset) connection.reset();
  };
}

Maltreatment nothing(End end) {
  return [end](Connection& connection, std::string_view, Patience&) {
    if (end == End::reset) connection.reset();
  };
}

Maltreatment silence() {
  return [](Connection& connection, std::string_view, Patience&) {
    connection.wait_for_peer_to_leave();
  };
}

// The message, one byte a second.
Maltreatment slowly() {
  return [](Connection& connection, std::string_view message, Patience& patience) {
    for (const char byte : message) {
      connection.write({&byte, 1});
      if (!patience.wait(1s)) break;
    }
  };
}

Maltreatment says(std::string bytes) {
  return [bytes = std::move(bytes)](Connection& connection, std::string_view, Patience&) {
    connection.write(bytes);
  };
}

// Only once the client has said something: what it is told before that is read as the answer.
Maltreatment answers(std::string bytes) {
  return [bytes = std::move(bytes)](Connection& connection, std::string_view, Patience&) {
    connection.read_some();
    connection.write(bytes);
  };
}

Failure refuses(const std::string& sqlstate, const std::string& text,
                std::set<std::string> reasons) {
  return failing_postgres("refuses with " + sqlstate + ": " + text, std::move(reasons),
                          Moment::asked, says(fatal_message(sqlstate, text)));
}

std::vector<Failure> cuts() {
  return {to_the_deadline(failing_postgres("accepts, and says nothing", {"timeout"},
                                           Moment::connected, silence())),
          to_the_deadline(failing_postgres("greets, one byte a second", {"timeout"},
                                           Moment::greeting, slowly())),
          to_the_deadline(
              failing_postgres("logged in, then silence", {"timeout"}, Moment::ready, silence())),
          to_the_deadline(
              failing_postgres("rows, one byte a second", {"timeout"}, Moment::rows, slowly())),
          to_the_deadline(
              failing_postgres("silence after the last row", {"timeout"}, Moment::end, silence())),
          failing_postgres("closed before the login", {"unreachable"}, Moment::asked,
                           nothing(End::closed)),
          failing_postgres("reset before the login", {"unreachable"}, Moment::asked,
                           nothing(End::reset)),
          failing_postgres("closed in the greeting", {"unreachable"}, Moment::greeting,
                           half(End::closed)),
          failing_postgres("closed after the login", {"unreachable"}, Moment::ready,
                           nothing(End::closed)),
          failing_postgres("closed in a row", {"unreachable"}, Moment::rows, half(End::closed)),
          failing_postgres("reset in a row", {"unreachable"}, Moment::rows, half(End::reset)),
          failing_postgres("closed after the last row", {"unreachable"}, Moment::end,
                           nothing(End::closed))};
}

std::vector<Failure> strangers() {
  return {failing_postgres("an HTTP server", {"unreadable"}, Moment::connected,
                           answers("HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n")),
          failing_postgres("garbage instead of a greeting", {"unreadable"}, Moment::connected,
                           answers("\x17\x03\x09 garbage \xff\xfe\n")),
          failing_postgres("garbage after the login", {"unreadable"}, Moment::ready,
                           says(std::string("\x7f\xff\xff\xff\xff garbage", 13))),
          failing_postgres("garbage instead of a row", {"unreadable"}, Moment::rows,
                           says(std::string("D\0\0\0\x08\x7f\xff\xff\xffZ\0\0\0\x05I", 15)))};
}

std::vector<Failure> refusals() {
  return {refuses("08P01", "unsupported startup parameter: client_encoding", {"rejected"}),
          refuses("08P01", "no such database: app", {"not-found"}),
          refuses("08P01", "no such user: app", {"unauthorized"}),
          refuses("08P01", "server_login_retry", {"server-error"}),
          refuses("08P01", "query_wait_timeout", {"server-error"}),
          refuses("53300", "sorry, too many clients already", {"server-error"}),
          refuses("57P03", "the database system is starting up", {"server-error"}),
          refuses("57P03", "the database system is shutting down", {"server-error"}),
          failing_postgres(
              "ended by an administrator, in the rows", {"unreachable"}, Moment::rows,
              says(fatal_message("57P01", "terminating connection due to administrator command")))};
}

std::vector<Failure> places() {
  return {to_everything(altered_database("refused: nobody listens", {"refused"},
                                         [](Altered& world) { world.use_port_of_nobody(); })),
          to_everything(altered_database("the name does not resolve", {"dns"}, [](Altered& world) {
            world.addresses.database_url = "postgresql://reader@nowhere.invalid/postgres";
          }))};
}

}  // namespace

Family postgres_connection_failures() {
  Family family{"postgres-connection", "PostgreSQL: connections", places()};
  for (const auto& part : {cuts(), strangers(), refusals()})
    family.failures.insert(family.failures.end(), part.begin(), part.end());
  return family;
}

}  // namespace postflight::matrix
