#include "clients/dns_reply.hpp"

#include <catch2/catch_test_macros.hpp>

#include "tests/support/dns_server.hpp"

namespace postflight::test {
namespace {

using namespace std::string_literals;

// A question as a client writes it.
DnsQuery query(const std::string& name, int type = 1) {
  const auto bytes = "\x12\x34\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00"s + dns_name(name) + '\0' +
                     static_cast<char>(type) + "\x00\x01"s;
  return {bytes, name, type, false};
}

std::string data_of(int type, const std::string& bytes) {
  const auto reply =
      read_dns_reply(dns_reply(query("a.example.com"), 0, {{"a.example.com", type, bytes}}));
  REQUIRE(reply);
  REQUIRE(reply->records.size() == 1);
  return reply->records[0].type + " " + reply->records[0].data;
}

}  // namespace

TEST_CASE("records of every type read as a zone file has them", "[dns]") {
  CHECK(data_of(1, "\x0a\x00\x00\x07"s) == "A 10.0.0.7");
  CHECK(data_of(28, "\x20\x01\x0d\xb8"s + std::string(11, '\0') + "\x01") == "AAAA 2001:db8::1");
  CHECK(data_of(5, dns_name("b.example.com")) == "CNAME b.example.com");
  CHECK(data_of(2, dns_name("ns1.example.com")) == "NS ns1.example.com");
  CHECK(data_of(12, dns_name("host.example.com")) == "PTR host.example.com");
  CHECK(data_of(15, "\x00\x0a"s + dns_name("mail.example.com")) == "MX 10 mail.example.com");
  CHECK(data_of(33, "\x00\x00\x00\x64\x13\xc4"s + dns_name("sip.example.com")) ==
        "SRV 0 100 5060 sip.example.com");
  CHECK(data_of(16, "\x05hello\x06 world") == "TXT hello world");
  CHECK(data_of(257, "\x00\x05issueca.example.com"s) == "CAA 0 issue \"ca.example.com\"");
  CHECK(data_of(6, dns_name("ns.example.com") + dns_name("admin.example.com") +
                       "\xff\xff\xff\xff\x00\x00\x00\x02\x00\x00\x00\x03\x00\x00\x00\x04"
                       "\x00\x00\x00\x05"s) ==
        "SOA ns.example.com admin.example.com 4294967295 2 3 4 5");
  CHECK(data_of(65, "\x01\xff"s) == "TYPE65 \\# 2 01ff");
}

TEST_CASE("a reply tells its code and whether it was cut off", "[dns]") {
  CHECK(read_dns_reply(dns_reply(query("a.example.com"), 3, {}))->code == 3);
  const auto cut = read_dns_reply(truncated_reply(query("a.example.com")));
  CHECK(cut->is_truncated);
  CHECK(response_code_name(2) == "SERVFAIL");
  CHECK(response_code_name(12) == "RCODE 12");
}

TEST_CASE("a name that points back into the message is read, one that points in a circle is not",
          "[dns]") {
  auto bytes = dns_reply(query("a.example.com"), 0, {alias_record("a.example.com", "x")});
  const auto data = dns_name("x");
  bytes.resize(bytes.size() - data.size() - 2);
  const auto pointing = [&](char to) { return bytes + "\x00\x02\xc0"s + to; };
  CHECK(read_dns_reply(pointing(12))->records.at(0).data == "a.example.com");
  CHECK_FALSE(read_dns_reply(pointing(static_cast<char>(bytes.size() + 2))));
}

TEST_CASE("bytes that are no whole reply are none", "[dns]") {
  const auto reply =
      dns_reply(query("a.example.com"), 0,
                {{"a.example.com", 16, "\x05hello"}, address_record("a.example.com", "10.0.0.1")});
  REQUIRE(read_dns_reply(reply));
  for (std::size_t size = 0; size < reply.size(); ++size) {
    INFO(size);
    CHECK_FALSE(read_dns_reply(reply.substr(0, size)));
  }
  CHECK_FALSE(read_dns_reply(query("a.example.com").bytes));
  const auto wrong_size = [](int type, const std::string& data) {
    return read_dns_reply(dns_reply(query("a.example.com"), 0, {{"a.example.com", type, data}}));
  };
  CHECK_FALSE(wrong_size(1, "\x0a\x00\x00"s));
  CHECK_FALSE(wrong_size(1, "\x0a\x00\x00\x01\x02"s));
  CHECK_FALSE(wrong_size(16, "\x09hello"));
  CHECK_FALSE(wrong_size(15, "\x00"s));
  CHECK_FALSE(wrong_size(5, dns_name("x") + "y"));
}

}  // namespace postflight::test
