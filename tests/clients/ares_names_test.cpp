#include "clients/ares_names.hpp"

#include <algorithm>
#include <catch2/catch_test_macros.hpp>
#include <thread>

#include "tests/support/client_errors.hpp"
#include "tests/support/dns_server.hpp"
#include "tests/support/gate.hpp"
#include "tests/support/scripted_server.hpp"

namespace postflight::test {
namespace {

constexpr auto host = "app.example.com";

// What the client makes of a server that answers so.
NameAnswer answered(const DnsServer::Script& script, const std::string& type = "A") {
  const DnsServer server(script);
  return AresNames().ask({host, type, server.address()}, a_minute());
}

ErrorSeen refused(const DnsServer::Script& script, int milliseconds = 60'000) {
  const DnsServer server(script);
  return error_thrown([&] {
    AresNames().ask({host, "A", server.address()}, in_milliseconds(milliseconds));
  });
}

DnsServer::Script says(int code) {
  return [code](const DnsQuery& query) { return dns_reply(query, code, {}); };
}

}  // namespace

TEST_CASE("records, aliases on the way included, are an answer", "[names]") {
  const auto answer = answered([](const DnsQuery& query) {
    CHECK(query.name == host);
    CHECK(query.type == 1);
    return dns_reply(
        query, 0,
        {alias_record(host, "web.example.com"), address_record("web.example.com", "10.0.0.1")});
  });
  CHECK(answer.exists);
  CHECK(answer.records == std::vector<NameRecord>{{host, "CNAME", "web.example.com"},
                                                  {"web.example.com", "A", "10.0.0.1"}});
  CHECK(answer.server.starts_with("127.0.0.1:"));
}

TEST_CASE("no such name, and no such record, are answers", "[names]") {
  CHECK_FALSE(answered(says(3)).exists);
  const auto empty = answered(says(0), "AAAA");
  CHECK(empty.exists);
  CHECK(empty.records.empty());
}

TEST_CASE("a server that says that it does not know is an error with its word", "[names]") {
  CHECK(refused(says(2)).reason == "server-error");
  CHECK(refused(says(2)).text.find("SERVFAIL") != std::string::npos);
  CHECK(refused(says(4)).reason == "server-error");
  CHECK(refused(says(5)).reason == "forbidden");
}

TEST_CASE("an answer that does not fit is asked for over TCP", "[names]") {
  const auto answer = answered([](const DnsQuery& query) {
    if (!query.over_tcp) return truncated_reply(query);
    std::vector<DnsRecord> records;
    for (int number = 0; number < 200; ++number)
      records.push_back(address_record(host, "10.0.1." + std::to_string(number)));
    return dns_reply(query, 0, records);
  });
  CHECK(answer.records.size() == 200);
}

TEST_CASE("an answer that is cut off over TCP too is unreadable", "[names]") {
  CHECK(refused(truncated_reply).reason == "unreadable");
}

TEST_CASE("nobody listening is refused, and the cause is the server's", "[names]") {
  const auto server = "127.0.0.1:" + std::to_string(unused_port());
  try {
    AresNames().ask({host, "A", server}, a_minute());
    FAIL("it was answered");
  } catch (const ClientError& error) {
    CHECK(error.reason() == "refused");
    CHECK(error.cause() == "DNS server " + server + ": connection refused");
  }
}

TEST_CASE("a server that never answers, or answers another question, is a timeout", "[names]") {
  CHECK(refused([](const DnsQuery&) { return std::nullopt; }, 300).reason == "timeout");
  const auto wrong_id = [](const DnsQuery& query) {
    auto reply = dns_reply(query, 0, {address_record(host, "10.0.0.66")});
    reply[0] = static_cast<char>(reply[0] ^ 0x55);
    return reply;
  };
  CHECK(refused(wrong_id, 300).reason == "timeout");
  CHECK(refused([](const DnsQuery&) { return "no DNS at all"; }, 300).reason == "timeout");
}

TEST_CASE("an answer whose records are broken is unreadable, or waited out", "[names]") {
  const auto broken = [](const DnsQuery& query) {
    return dns_reply(query, 0, {{host, 1, "\x0a"}});
  };
  const auto seen = refused(broken, 3000).reason;
  // Newer versions of c-ares pass over such an answer.
  CHECK((seen == "unreadable" || seen == "timeout"));
}

TEST_CASE("a question that gets lost is asked again", "[names]") {
  int asked = 0;
  const auto answer = answered([&](const DnsQuery& query) -> std::optional<std::string> {
    if (++asked == 1) return std::nullopt;
    return dns_reply(query, 0, {address_record(host, "10.0.0.1")});
  });
  CHECK(asked == 2);
  CHECK(answer.records.size() == 1);
}

TEST_CASE("a stop ends a question at once", "[names]") {
  Gate asked;
  const DnsServer server([&](const DnsQuery&) {
    asked.open();
    return std::nullopt;
  });
  std::stop_source stop;
  const std::jthread stopper([&] {
    asked.pass();
    stop.request_stop();
  });
  auto limits = a_minute();
  limits.stop = stop.get_token();
  CHECK(error_thrown([&] {
          AresNames().ask({host, "A", server.address()}, limits);
        }).reason == "interrupted");
}

TEST_CASE("the hosts file and addresses themselves are resolved without any server", "[names]") {
  const auto local = AresNames().addresses("localhost", a_minute());
  CHECK(std::find(local.list.begin(), local.list.end(), "127.0.0.1") != local.list.end());
  CHECK(AresNames().addresses("192.0.2.7", a_minute()).list ==
        std::vector<std::string>{"192.0.2.7"});
}

TEST_CASE("a text that is no name is no timeout", "[names]") {
  const DnsServer server(says(0));
  CHECK(
      error_thrown([&] {
        AresNames().ask({std::string(70, 'x') + ".example.com", "A", server.address()}, a_minute());
      }).reason == "configuration");
}

TEST_CASE("where the system's first server does not know, the next one is asked", "[names]") {
  const DnsServer broken(says(2));
  const DnsServer good([](const DnsQuery& query) {
    return dns_reply(query, 0, {address_record(host, "10.0.0.1")});
  });
  AresNames names(broken.address() + "," + good.address());
  const auto answer = names.ask({host}, a_minute());
  CHECK(answer.records.size() == 1);
  CHECK(answer.server == good.address());
  CHECK(broken.questions() == 1);
  AresNames unlucky(broken.address() + ",127.0.0.1:" + std::to_string(unused_port()));
  CHECK(error_thrown([&] { unlucky.ask({host}, a_minute()); }).reason == "server-error");
}

TEST_CASE("that a name does not exist is an answer of the system's first server, too", "[names]") {
  const DnsServer first(says(3));
  const DnsServer second([](const DnsQuery& query) {
    return dns_reply(query, 0, {address_record(host, "10.0.0.1")});
  });
  CHECK_FALSE(AresNames(first.address() + "," + second.address()).ask({host}, a_minute()).exists);
  CHECK(second.questions() == 0);
}

TEST_CASE("a host has the addresses of both families", "[names]") {
  const DnsServer server([](const DnsQuery& query) {
    return dns_reply(query, 0, {address_record(host, query.type == 1 ? "10.0.0.1" : "fd00::1")});
  });
  auto list = AresNames(server.address()).addresses(host, a_minute()).list;
  std::ranges::sort(list);
  CHECK(list == std::vector<std::string>{"10.0.0.1", "fd00::1"});
}

TEST_CASE("a host without an address does not resolve, and a silent server is no such word",
          "[names]") {
  const DnsServer none(says(3));
  CHECK(error_thrown([&] { AresNames(none.address()).addresses(host, a_minute()); }).reason ==
        "dns");
  const DnsServer silent([](const DnsQuery&) { return std::nullopt; });
  CHECK(error_thrown([&] {
          AresNames(silent.address()).addresses(host, in_milliseconds(300));
        }).reason == "timeout");
}

TEST_CASE("an answer that does not come over TCP is not called a refusal", "[names]") {
  const auto seen = refused([](const DnsQuery& query) -> std::optional<std::string> {
    return query.over_tcp ? std::nullopt : std::optional(truncated_reply(query));
  });
  CHECK(seen.reason == "unreachable");
}

}  // namespace postflight::test
