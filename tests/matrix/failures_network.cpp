#include "tests/matrix/network.hpp"
#include "tests/matrix/replies.hpp"
#include "tests/world/outpost.hpp"

namespace postflight::matrix {

namespace {

using test::DnsQuery;
using Connection = test::ScriptedServer::Connection;

test::DnsServer::Script says(int code) {
  return [code](const DnsQuery& query) { return test::dns_reply(query, code, {}); };
}

std::string with_another_number(const DnsQuery& query) {
  auto reply = healthy_dns_reply(query);
  reply[0] = static_cast<char>(reply[0] ^ 0x55);
  return reply;
}

std::string to_another_question(const DnsQuery& query) {
  auto other = query;
  other.bytes[13] = 'x';  // the first letter of the name
  return test::dns_reply(other, 0, {test::address_record(query.name, known_address)});
}

std::shared_ptr<void> at_nobody(std::string& address) {
  address = "127.0.0.1:" + std::to_string(test::unused_port());
  return nullptr;
}

}  // namespace

Family dns_failures() {
  return {
      "dns",
      "DNS servers",
      {elsewhere("nobody listens", {"refused"},
                 [](Addresses& addresses) { return at_nobody(addresses.dns_server); }),
       to_the_deadline(failing_names("never answers", {"timeout"},
                                     [](const DnsQuery&) { return std::nullopt; })),
       failing_names("SERVFAIL", {"server-error"}, says(2)),
       failing_names("NOTIMP", {"server-error"}, says(4)),
       failing_names("FORMERR", {"rejected"}, says(1)),
       failing_names("REFUSED", {"forbidden"}, says(5)), failing_names("no such name", {}, says(3)),
       failing_names("an empty answer", {}, says(0)),
       failing_names("an alias that leads nowhere", {},
                     [](const DnsQuery& query) {
                       return test::dns_reply(query, 0,
                                              {test::alias_record(query.name, "gone.example.com")});
                     }),
       failing_names("another address", {},
                     [](const DnsQuery& query) {
                       return test::dns_reply(query, 0,
                                              {test::address_record(query.name, "192.0.2.66")});
                     }),
       failing_names("does not fit into a datagram", {},
                     [](const DnsQuery& query) {
                       return query.over_tcp ? healthy_dns_reply(query)
                                             : test::truncated_reply(query);
                     }),
       failing_names("cut off, over TCP too", {"unreadable"}, test::truncated_reply),
       failing_names("does not fit into a datagram, and no answer over TCP", {"unreachable"},
                     [](const DnsQuery& query) -> std::optional<std::string> {
                       if (query.over_tcp) return std::nullopt;
                       return test::truncated_reply(query);
                     }),
       failing_names("records that break off", {"unreadable", "timeout"},
                     [](const DnsQuery& query) {
                       auto reply = healthy_dns_reply(query);
                       return reply.substr(0, reply.size() - 2);
                     }),
       to_the_deadline(failing_names("bytes that are no DNS", {"timeout"},
                                     [](const DnsQuery&) { return "HTTP/1.1 400 Bad Request"; })),
       to_the_deadline(
           failing_names("an answer with another number", {"timeout"}, with_another_number)),
       to_the_deadline(
           failing_names("an answer to another question", {"timeout"}, to_another_question))}};
}

Family tcp_failures() {
  return {"tcp",
          "Ports",
          {elsewhere("nobody listens", {},
                     [](Addresses& addresses) { return at_nobody(addresses.tcp_address); }),
           to_the_deadline(
               elsewhere("neither accepts nor refuses", {"timeout"},
                         [](Addresses& addresses) { return silent_port(addresses.tcp_address); })),
           failing_port("closed at once", {}, [](Connection&) {}),
           failing_port("reset at once", {}, [](Connection& connection) { connection.reset(); }),
           elsewhere("the name does not resolve", {"dns", "timeout"}, [](Addresses& addresses) {
             addresses.tcp_address = "nowhere.invalid:1";
             return std::shared_ptr<void>();
           })}};
}

Family tls_failures() {
  return {
      "tls",
      "TLS servers",
      {elsewhere("nobody listens", {"refused"},
                 [](Addresses& addresses) { return at_nobody(addresses.tls_address); }),
       to_the_deadline(
           elsewhere("neither accepts nor refuses", {"timeout"},
                     [](Addresses& addresses) { return silent_port(addresses.tls_address); })),
       to_the_deadline(
           failing_port("accepts, and says nothing", {"timeout"},
                        [](Connection& connection) { connection.wait_for_peer_to_leave(); })),
       failing_port("closed in the handshake", {"unreachable"},
                    [](Connection& connection) { connection.read_some(); }),
       failing_port("reset in the handshake", {"unreachable"},
                    [](Connection& connection) {
                      connection.read_some();
                      connection.reset();
                    }),
       failing_port("speaks something else", {"tls"},
                    [](Connection& connection) {
                      connection.read_some();
                      connection.write("220 mail.example.com ESMTP\r\n");
                      connection.wait_for_peer_to_leave();
                    }),
       failing_tls("expired", {},
                   [](const Certificates& all) {
                     return test::ServerTls{all.expired, ""};
                   }),
       failing_tls("for another host", {},
                   [](const Certificates& all) {
                     return test::ServerTls{all.wrong_host, ""};
                   }),
       failing_tls("unknown authority", {},
                   [](const Certificates& all) {
                     return test::ServerTls{all.untrusted, ""};
                   }),
       failing_tls("wants a certificate of ours", {},
                   [](const Certificates& all) {
                     return test::ServerTls{all.good, all.stranger.certificate_pem()};
                   }),
       elsewhere("our file of authorities is missing", {"configuration"}, [](Addresses& addresses) {
         addresses.tls_ca_file = "/nonexistent/ca.pem";
         return std::shared_ptr<void>();
       })}};
}

}  // namespace postflight::matrix
