#include <catch2/catch_test_macros.hpp>

#include "checks/catalogue.hpp"
#include "checks/support/certificate_chain.hpp"
#include "clients/error.hpp"
#include "tests/support/recorded_clients.hpp"

namespace postflight::test {
namespace {

using namespace std::chrono_literals;

const CheckKind& kind() { return *find_kind("tls.certificate"); }

Certificate certificate(const std::string& subject, const std::string& issuer, int days,
                        std::vector<std::string> names = {}) {
  const auto now = std::chrono::system_clock::now();
  return {subject, issuer, std::move(names), now - 24h * 100, now + 24h * days + 1h, true};
}

TlsAnswer good() {
  TlsAnswer answer{{certificate("CN = app", "O = CA, CN = R1", 60, {"app.example.com"}),
                    certificate("O = CA, CN = R1", "O = CA, CN = root", 600)},
                   ""};
  answer.chain.back().signed_by_next = false;
  return answer;
}

// A world in which app.example.com is at two addresses, which show this, or what is set for one.
struct ShownWorld : RecordedWorld {
  explicit ShownWorld(TlsAnswer answer = good()) {
    names.hosts["app.example.com"] = {{"192.0.2.1", "192.0.2.2"}};
    connections.shown = [this, answer](const TlsRequest& request) {
      const auto other = others.find(request.address);
      return other == others.end() ? answer : other->second(request);
    };
  }
  std::map<std::string, std::function<TlsAnswer(const TlsRequest&)>> others;

  Outcome run_with(const std::string& more = "") {
    return run(kind(), "{address: 'app.example.com:443'" + (more.empty() ? "" : ", " + more) + "}");
  }
};

// The facts with that status, as "subject | expected | observed".
std::vector<std::string> facts(const Outcome& outcome, Status status) {
  std::vector<std::string> list;
  for (const auto& fact : outcome.evidence)
    if (fact.status == status)
      list.push_back(fact.subject + " | " + fact.expected + " | " + fact.observed);
  return list;
}

std::vector<std::string> failures_with(TlsAnswer answer, const std::string& more = "") {
  const auto outcome = ShownWorld(std::move(answer)).run_with(more);
  CHECK(outcome.status == Status::failed);
  return facts(outcome, Status::failed);
}

constexpr auto where = "app.example.com:443 at 192.0.2.1";

}  // namespace

TEST_CASE("every address shows a trusted certificate with the right name and dates",
          "[tls.certificate]") {
  const auto outcome =
      ShownWorld().run_with("fail-days: 14, warn-days: 30, issuer-matches: 'O = CA'");
  CHECK(outcome.status == Status::passed);
  CHECK(outcome.examined == 2);
  CHECK(outcome.evidence.size() == 12);
  CHECK(outcome.summary ==
        "app.example.com:443 and all 2 addresses: right name and dates, trusted by the system's "
        "authorities");
}

TEST_CASE("each fault of a chain has a fact of its own, expected the same when all is well",
          "[tls.certificate]") {
  const auto right = facts(ShownWorld().run_with("hosts: www.example.com, fail-days: 30, "
                                                 "issuer-matches: R1"),
                           Status::passed);
  CHECK(right.size() > 4);

  auto expired = good();
  expired.chain[0].not_after = std::chrono::system_clock::now() - 1h;
  auto failed = failures_with(expired);
  REQUIRE(failed.size() == 2);
  CHECK(failed[0].starts_with(std::string(where) + ": certificate CN = app | valid for 0 more days "
                                                   "| expired on "));

  auto intermediate_ends = good();
  intermediate_ends.chain[1].not_after = std::chrono::system_clock::now() + 24h * 3;
  failed = failures_with(intermediate_ends, "fail-days: 14");
  CHECK(failed.at(0).starts_with(std::string(where) + ": certificate O = CA, CN = R1 | valid for "
                                                      "14 more days | "));

  auto other_host = good();
  other_host.chain[0].names = {"www.example.com"};
  failed = failures_with(other_host);
  CHECK(failed.at(0) == std::string(where) +
                            ": names of the certificate | it is for "
                            "app.example.com | for www.example.com");

  auto nameless = good();
  nameless.chain[0].names.clear();
  CHECK(failures_with(nameless).at(0).ends_with("it is for no name at all"));

  auto untrusted = good();
  untrusted.distrust = "self-signed certificate (CN = app)";
  failed = failures_with(untrusted);
  CHECK(failed.at(0) == std::string(where) +
                            ": chain | trusted by the system's authorities | "
                            "not trusted: self-signed certificate (CN = app)");

  CHECK(failures_with(good(), "issuer-matches: '^CN = ours'").at(0) ==
        std::string(where) +
            ": issuer of the certificate | one that matches /^CN = ours/ | "
            "O = CA, CN = R1");
  CHECK(failures_with(good(), "hosts: [other.example.com]")
            .at(0)
            .find("it is for other.example.com") != std::string::npos);
}

TEST_CASE("few days left warn first, and a chain out of order warns", "[tls.certificate]") {
  const auto outcome = ShownWorld().run_with("fail-days: 30, warn-days: 90");
  CHECK(outcome.status == Status::warned);
  auto out_of_order = good();
  out_of_order.chain[0].signed_by_next = false;
  const auto warned = ShownWorld(out_of_order).run_with();
  CHECK(warned.status == Status::warned);
  CHECK(facts(warned, Status::warned).at(0) ==
        std::string(where) +
            ": order of the chain | each certificate is followed by the one that signed it | "
            "certificate 1 (CN = app) is not signed by the next (O = CA, CN = R1)");
}

TEST_CASE("one of several addresses with another certificate fails the check",
          "[tls.certificate]") {
  ShownWorld world;
  world.others["192.0.2.2"] = [](const TlsRequest&) {
    auto old = good();
    old.chain[0].not_after = std::chrono::system_clock::now() - 1h;
    return old;
  };
  for (const auto* reach : {"reach: all", "reach: any"}) {
    const auto outcome = world.run_with(reach);
    CHECK(outcome.status == Status::failed);
    CHECK(facts(outcome, Status::failed).at(0).starts_with("app.example.com:443 at 192.0.2.2"));
  }
}

TEST_CASE("an address without a handshake is unknown, unless any of them will do",
          "[tls.certificate]") {
  ShownWorld world;
  world.others["192.0.2.2"] = [](const TlsRequest&) -> TlsAnswer {
    throw ClientError(reason::refused, "nothing listens there");
  };
  const auto all = world.run_with();
  CHECK(all.status == Status::errored);
  CHECK(all.reason == "refused");
  CHECK(all.examined == 1);
  CHECK(world.run_with("reach: any").status == Status::passed);
  world.others["192.0.2.1"] = world.others["192.0.2.2"];
  CHECK(world.run_with("reach: any").status == Status::errored);
}

TEST_CASE("the name that is asked for is the one the certificate is held against",
          "[tls.certificate]") {
  RecordedWorld world;
  TlsRequest asked;
  world.connections.shown = [&](const TlsRequest& request) {
    asked = request;
    return good();
  };
  const auto outcome = world.run(
      kind(), "{address: '192.0.2.9:8443', server-name: app.example.com, ca-file: /etc/ca.pem}");
  CHECK(outcome.status == Status::passed);
  CHECK(asked.host == "192.0.2.9");
  CHECK(asked.port == 8443);
  CHECK(asked.server_name == "app.example.com");
  CHECK(asked.ca_file == "/etc/ca.pem");
  CHECK(world.run(kind(), "{address: '192.0.2.9:8443'}").status == Status::failed);
}

TEST_CASE("trust that is not verified is said to be so", "[tls.certificate]") {
  auto untrusted = good();
  untrusted.distrust = "self-signed certificate";
  ShownWorld world(untrusted);
  world.names.hosts["app.example.com"] = {{"192.0.2.1"}};
  bool verifies = true;
  world.others["192.0.2.1"] = [&](const TlsRequest& request) {
    verifies = request.verify;
    return untrusted;
  };
  const auto outcome = world.run_with("verify-trust: false");
  CHECK_FALSE(verifies);
  CHECK(outcome.status == Status::passed);
  CHECK(outcome.summary.ends_with("whether it is trusted is not verified"));
}

TEST_CASE("a star stands for one whole label, and addresses for themselves", "[certificates]") {
  const auto is_for = [](const std::string& name, const std::string& host) {
    return covers(Certificate{"", "", {name}, {}, {}, false}, host);
  };
  CHECK(is_for("*.example.com", "app.example.com"));
  CHECK(is_for("*.EXAMPLE.com", "App.example.com."));
  CHECK_FALSE(is_for("*.example.com", "example.com"));
  CHECK_FALSE(is_for("*.example.com", "a.b.example.com"));
  CHECK_FALSE(is_for("*.com", "example.com"));
  CHECK_FALSE(is_for("a*.example.com", "app.example.com"));
  CHECK_FALSE(is_for("*", "app"));
  CHECK(is_for("192.0.2.1", "192.0.2.1"));
  CHECK(is_for("2001:db8::1", "2001:0db8:0:0:0:0:0:1"));
  CHECK_FALSE(is_for("*.0.2.1", "192.0.2.1"));
  CHECK_FALSE(is_for("192.0.2.1", "192.0.2.10"));
}

TEST_CASE("settings of a certificate that contradict each other are mistakes",
          "[tls.certificate]") {
  for (const auto* with :
       {"{address: app.example.com}", "{address: 'a:1', fail-days: -1}",
        "{address: 'a:1', fail-days: 30, warn-days: 14}", "{address: 'a:1', server-name: 10.0.0.1}",
        "{address: 'a:1', hosts: ['*.example.com']}", "{address: 'a:1', issuer-matches: '('}",
        "{address: 'a:1', verify-trust: false, ca-file: x}", "{address: 'a:1', reach: both}"}) {
    INFO(with);
    CHECK(mistakes_in(kind(), with).size() == 1);
  }
}

}  // namespace postflight::test
