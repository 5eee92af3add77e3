#include <catch2/catch_test_macros.hpp>

#include "checks/catalogue.hpp"
#include "checks/support/record_values.hpp"
#include "clients/error.hpp"
#include "tests/support/recorded_clients.hpp"

namespace postflight::test {
namespace {

const CheckKind& kind() { return *find_kind("dns.resolves"); }

// A world in which every server answers so.
struct NamedWorld : RecordedWorld {
  explicit NamedWorld(NameAnswer answer) {
    names.respond = [answer](const NameRequest&) { return answer; };
  }
  explicit NamedWorld(std::vector<NameRecord> records)
      : NamedWorld(NameAnswer{true, std::move(records), "10.0.0.53:53"}) {}

  Outcome run_with(const std::string& more = "") {
    return run(kind(), "{names: app.example.com, " + more + "}");
  }
};

const NameRecord first{"app.example.com", "A", "10.0.0.1"},
    second{"APP.example.com.", "A", "10.0.0.2"};

std::vector<std::string> expectations(const Outcome& outcome) {
  std::vector<std::string> list;
  for (const auto& fact : outcome.evidence) list.push_back(fact.expected);
  return list;
}

}  // namespace

TEST_CASE("a name passes with the records that it has", "[dns.resolves]") {
  const auto outcome = NamedWorld({first, second}).run_with();
  CHECK(outcome.status == Status::passed);
  CHECK(outcome.summary == "A app.example.com: 10.0.0.1, 10.0.0.2");
  CHECK(outcome.examined == 1);
  REQUIRE(outcome.evidence.size() == 1);
  CHECK(outcome.evidence[0].expected == "at least 1 A record");
}

TEST_CASE("that a name does not exist, or has no such record, is a failure that says which",
          "[dns.resolves]") {
  const auto missing = NamedWorld(NameAnswer{false, {}, "10.0.0.53:53"}).run_with();
  CHECK(missing.status == Status::failed);
  CHECK(missing.evidence[0].observed == "there is no such name (NXDOMAIN) by 10.0.0.53:53");
  const auto empty = NamedWorld(std::vector<NameRecord>{}).run_with();
  CHECK(empty.status == Status::failed);
  CHECK(empty.evidence[0].observed == "the name exists and has no A record by 10.0.0.53:53");
  CHECK(expectations(missing) == expectations(NamedWorld({first}).run_with()));
  CHECK(expectations(empty) == expectations(missing));
}

TEST_CASE("records count only where the aliases lead from the name to them", "[dns.resolves]") {
  const NameRecord alias{"app.example.com", "CNAME", "Web.example.com"},
      there{"web.example.com", "A", "10.0.0.9"}, stranger{"other.example.com", "A", "10.6.6.6"};
  const auto outcome = NamedWorld({alias, there, stranger}).run_with();
  CHECK(outcome.evidence[0].observed == "10.0.0.9");
  const auto dangling = NamedWorld({alias, stranger}).run_with();
  CHECK(dangling.status == Status::failed);
  CHECK(dangling.evidence[0].observed ==
        "an alias of web.example.com, which has no such record by 10.0.0.53:53");
  const NameRecord back{"web.example.com", "CNAME", "app.example.com"};
  CHECK(NamedWorld({alias, back}).run_with().status == Status::failed);
  CHECK(NamedWorld({alias}).run_with("type: CNAME, only: WEB.example.com.").status ==
        Status::passed);
}

TEST_CASE("values that must be there and others that must not are judged each", "[dns.resolves]") {
  const std::string with = "must-include: [10.0.0.1, 10.0.0.2], only: [10.0.0.0/24]";
  const auto right = NamedWorld({first, second}).run_with(with);
  CHECK(right.status == Status::passed);
  CHECK(right.evidence.size() == 4);
  const auto fewer = NamedWorld({first}).run_with(with);
  CHECK(fewer.status == Status::failed);
  CHECK(fewer.evidence[2].status == Status::failed);
  CHECK(expectations(fewer) == expectations(right));
  const auto more =
      NamedWorld({first, second, {"app.example.com", "A", "192.0.2.1"}}).run_with(with);
  CHECK(more.status == Status::failed);
  CHECK(more.evidence[3].observed == "also 192.0.2.1");
  CHECK(more.summary == "A app.example.com: also 192.0.2.1, nothing but 10.0.0.0/24 expected");
  CHECK(expectations(more) == expectations(right));
}

TEST_CASE("the number of records is held to its bounds", "[dns.resolves]") {
  CHECK(NamedWorld({first}).run_with("min-records: 2").status == Status::failed);
  CHECK(NamedWorld({first, second}).run_with("max-records: 1").status == Status::failed);
  CHECK(NamedWorld({first, second}).run_with("min-records: 2, max-records: 2").status ==
        Status::passed);
}

TEST_CASE("every name is asked of every server, and one that does not know is unknown",
          "[dns.resolves]") {
  RecordedWorld world;
  world.names.respond = [](const NameRequest& request) -> NameAnswer {
    if (request.server == "10.0.0.2:5353")
      throw ClientError(reason::server_error, "the server could not find out (SERVFAIL)");
    return {true, {{request.name, "A", "10.0.0.1"}}, request.server};
  };
  const auto outcome = world.run(kind(),
                                 "{names: [a.example.com, b.example.com.], servers: [10.0.0.1, "
                                 "'10.0.0.2:5353', '[2001:db8::1]:53']}");
  CHECK(outcome.status == Status::errored);
  CHECK(outcome.reason == "server-error");
  CHECK(outcome.examined == 4);
  REQUIRE(outcome.evidence.size() == 6);
  CHECK(outcome.evidence[0].subject == "A a.example.com at 10.0.0.1:53");
  CHECK(outcome.evidence[1].status == Status::errored);
  CHECK(outcome.evidence[5].subject == "A b.example.com at [2001:db8::1]:53");
}

TEST_CASE("a known failure at one server outweighs an unknown at another", "[dns.resolves]") {
  RecordedWorld world;
  world.names.respond = [](const NameRequest& request) -> NameAnswer {
    if (request.server == "10.0.0.2:53") throw ClientError(reason::timeout, "no answer");
    return {false, {}, request.server};
  };
  const auto outcome = world.run(kind(), "{names: a.example.com, servers: [10.0.0.1, 10.0.0.2]}");
  CHECK(outcome.status == Status::failed);
}

TEST_CASE("settings that name nothing that could be asked are mistakes", "[dns.resolves]") {
  for (const auto* with :
       {"{names: []}", "{names: ''}", "{names: 'a b'}", "{names: x, servers: dns.example.com}",
        "{names: x, servers: []}", "{names: x, servers: '10.0.0.1:0'}", "{names: x, type: B}",
        "{names: x, min-records: 0}", "{names: x, min-records: 3, max-records: 2}",
        "{names: x, must-include: ::1}", "{names: x, must-include: 10.0.0.0/8}",
        "{names: x, only: []}", "{names: x, type: AAAA, only: 10.0.0.1}",
        "{names: x, must-include: 10.0.0.1, only: 10.0.0.2}"}) {
    INFO(with);
    CHECK(mistakes_in(kind(), with).size() == 1);
  }
  CHECK(mistakes_in(kind(), "{names: x, type: AAAA, only: ['2001:db8::/32', '::1']}").empty());
}

TEST_CASE("an address is in a network when the bits before the slash are its own",
          "[dns.resolves]") {
  CHECK(is_in_network("10.1.2.3", "10.1.2.0/23"));
  CHECK_FALSE(is_in_network("10.1.4.3", "10.1.2.0/23"));
  CHECK(is_in_network("192.0.2.1", "0.0.0.0/0"));
  CHECK(is_in_network("2001:db8::1", "2001:db8::/32"));
  CHECK_FALSE(is_in_network("2001:db8::1", "10.0.0.0/8"));
  for (const auto* text : {"10.0.0.0", "10.0.0.0/33", "10.0.0.0/x", "10.0.0/8", "10.0.0.0/"})
    CHECK_FALSE(is_network(text));
}

}  // namespace postflight::test
