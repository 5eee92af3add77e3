#include "clients/postgres_address.hpp"

#include <catch2/catch_test_macros.hpp>
#include <tuple>

#include "clients/error.hpp"

namespace postflight {
namespace {

using namespace std::chrono_literals;

TEST_CASE("the url keeps what it says, but for the time limit and the password", "[postgres]") {
  CHECK(connection_text({"postgresql://ann@db.example.com/app?sslmode=require", "p w"}, 5s) ==
        "postgresql://ann@db.example.com/app?fallback_application_name=postflight&hostaddr=&"
        "sslmode=require"
        "&client_encoding=UTF8&connect_timeout=5&password=p%20w");
  CHECK(connection_text({"postgres://db.example.com", ""}, 5s) ==
        "postgres://db.example.com?fallback_application_name=postflight&hostaddr="
        "&client_encoding=UTF8&connect_timeout=5");
  CHECK(connection_text({"host=db port=6432", "it's \\"}, 5s) ==
        "fallback_application_name=postflight hostaddr='' host=db port=6432 client_encoding=UTF8 "
        "connect_timeout=5 password='it\\'s \\\\'");
}

TEST_CASE("which server it is, is left to the environment only where the url names none",
          "[postgres]") {
  const auto keeps_out = [](const std::string& url) {
    return connection_text({url, ""}, 5s).find("hostaddr=") != std::string::npos;
  };
  for (const auto* named :
       {"postgresql://db/app", "postgresql://ann@db:5432", "postgres:///?host=db",
        "dbname=app host=db", "postgresql://[::1]/app"}) {
    CAPTURE(named);
    CHECK(keeps_out(named));
  }
  for (const auto* open : {"postgresql:///app", "postgresql://ann@:5433/app", "dbname=app", ""}) {
    CAPTURE(open);
    CHECK_FALSE(keeps_out(open));
  }
}

TEST_CASE("the connect timeout is whole seconds, 2 at least, and the target's where that is less",
          "[postgres]") {
  CHECK(connection_text({}, 1ms).ends_with(" connect_timeout=2"));
  CHECK(connection_text({}, 3001ms).ends_with(" connect_timeout=4"));
  CHECK(connection_text({"connect_timeout=3", ""}, 9s).ends_with(" connect_timeout=3"));
  CHECK(connection_text({"connect_timeout=0", ""}, 9s).ends_with(" connect_timeout=9"));
  CHECK(
      connection_text({"postgres://db?connect_timeout=60", ""}, 9s).ends_with("connect_timeout=9"));
}

TEST_CASE("a target is described by host, port and database alone", "[postgres]") {
  CHECK(describe({"postgresql://ann:hidden@db.example.com:5432/app?password=x", ""}) ==
        "db.example.com:5432/app");
  CHECK(describe({"user=ann password='hid den' host=db port=6432 dbname = app", ""}) ==
        "db:6432/app");
  CHECK(describe({"", "hidden"}) == "the server of the PG* environment");
}

TEST_CASE("a password that breaks the url is not described either", "[postgres]") {
  for (const auto* url : {"postgresql://ann:hid/den@db.example.com/app",
                          "postgresql://ann:hid?den@db.example.com/app",
                          "postgresql://ann:hid@den@db.example.com/app"}) {
    CAPTURE(url);
    CHECK(describe({url, ""}) == "the server of the url");
  }
}

TEST_CASE("every password of a target is taken out of a message", "[postgres]") {
  CHECK(without_secrets({"postgresql://ann:hid%21den@db/app?sslpassword=keypass", "override"},
                        "hid%21den hid!den keypass override ann") ==
        "[secret] [secret] [secret] [secret] ann");
  CHECK(without_secrets({"host=db password='hid den'", ""}, "for hid den") == "for [secret]");
}

TEST_CASE("why a connection failed is read from libpq's words", "[postgres]") {
  const auto at = [](const std::string& why) {
    return "connection to server at \"db.example.com\" (192.0.2.1), port 5432 failed: " + why;
  };
  const std::pair<std::string, std::string_view> known[] = {
      {at("Connection refused\n\tIs the server running on that host?"), reason::refused},
      {at("No route to host"), reason::unreachable},
      {at("timeout expired"), reason::timeout},
      {at("Connection timed out"), reason::timeout},
      {at("server closed the connection unexpectedly"), reason::unreachable},
      {at("FATAL:  password authentication failed for user \"ann\""), reason::unauthorized},
      {at("fe_sendauth: no password supplied"), reason::unauthorized},
      {at("FATAL:  role \"ann\" does not exist"), reason::unauthorized},
      {at("FATAL:  no pg_hba.conf entry for host \"192.0.2.9\", user \"ann\", database \"app\", "
          "SSL off"),
       reason::unauthorized},
      {at("FATAL:  database \"app\" does not exist"), reason::not_found},
      {at("FATAL:  permission denied for database \"app\""), reason::forbidden},
      {at("FATAL:  sorry, too many clients already"), reason::server_error},
      {at("FATAL:  unsupported startup parameter: search_path"), reason::rejected},
      {at("FATAL:  role \"ann\" is not permitted to log in"), reason::unauthorized},
      {at("received invalid response to SSL negotiation: H"), reason::unreadable},
      {at("expected authentication request from server, but received H"), reason::unreadable},
      {at("lost synchronization with server: got message type \"x\", length 9"),
       reason::unreadable},
      {at("server does not support SSL, but SSL was required"), reason::tls},
      {at("SSL error: certificate verify failed"), reason::tls},
      {"could not translate host name \"db\" to address: Name or service not known", reason::dns},
      {"invalid sslmode value: \"requre\"", reason::configuration},
      {at("Connection refused") + "\n" + at("FATAL:  role \"ann\" does not exist"),
       reason::unauthorized}};
  for (const auto& [text, expected] : known) {
    CAPTURE(text);
    CHECK(connection_failure_reason(text) == expected);
  }
}

TEST_CASE("why a statement failed is read from its SQLSTATE", "[postgres]") {
  const std::tuple<std::string, std::string, std::string_view> known[] = {
      {"57014", "ERROR:  canceling statement due to statement timeout", reason::timeout},
      {"57014", "ERROR:  canceling statement due to user request", reason::server_error},
      {"55P03", "ERROR:  canceling statement due to lock timeout", reason::timeout},
      {"57P01", "FATAL:  terminating connection due to administrator command", reason::unreachable},
      {"42501", "ERROR:  permission denied for table t", reason::forbidden},
      {"42P01", "ERROR:  relation \"t\" does not exist", reason::not_found},
      {"42883", "ERROR:  operator does not exist: text > integer", reason::rejected},
      {"42601", "ERROR:  syntax error at end of input", reason::rejected},
      {"25006", "ERROR:  cannot execute INSERT in a read-only transaction", reason::rejected},
      {"22012", "ERROR:  division by zero", reason::unreadable},
      {"53200", "ERROR:  out of memory", reason::server_error}};
  for (const auto& [state, text, expected] : known) {
    CAPTURE(state, text);
    CHECK(statement_failure_reason(state, text) == expected);
  }
}

TEST_CASE("libpq's advice is left out and its lines are joined", "[postgres]") {
  CHECK(connection_failure_text("first failed\n\tIs the server running?\nsecond failed\n") ==
        "first failed; second failed");
}

}  // namespace
}  // namespace postflight
