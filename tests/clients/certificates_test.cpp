#include "clients/certificates.hpp"

#include <catch2/catch_test_macros.hpp>

#include "tests/cli/program.hpp"
#include "tests/support/client_errors.hpp"
#include "tests/support/test_authority.hpp"

namespace postflight::test {
namespace {

using namespace std::chrono_literals;

const TestAuthority& root() {
  static const TestAuthority made("root of tests");
  return made;
}
const TestAuthority& intermediate() {
  static const TestAuthority made("intermediate of tests", root());
  return made;
}

Identity leaf(std::vector<std::string> names = {"DNS:app.example.com"}) {
  return intermediate().issue({.common_name = "app", .names = std::move(names)});
}

// A file that trusts the root.
struct TrustedRoot {
  TemporaryDirectory directory;
  std::string file = directory.path() + "/root.pem";
  explicit TrustedRoot(const std::string& pem = root().certificate_pem()) { write_file(file, pem); }
};

}  // namespace

TEST_CASE("a chain reads with subjects, issuers, names, dates and who signed whom",
          "[certificates]") {
  const auto chain = read_certificates(
      leaf({"DNS:app.example.com", "DNS:*.example.com", "IP:192.0.2.1", "IP:2001:db8::1"})
          .certificate_pem +
      intermediate().certificate_pem());
  REQUIRE(chain.size() == 2);
  CHECK(chain[0].subject == "CN = app");
  CHECK(chain[0].issuer == "CN = intermediate of tests");
  CHECK(chain[0].names ==
        std::vector<std::string>{"app.example.com", "*.example.com", "192.0.2.1", "2001:db8::1"});
  CHECK(chain[0].signed_by_next);
  CHECK(chain[1].issuer == "CN = root of tests");
  CHECK_FALSE(chain[1].signed_by_next);
  const auto now = std::chrono::system_clock::now();
  CHECK(chain[0].not_before < now - 59min);
  CHECK(chain[0].not_before > now - 70min);
  CHECK(chain[0].not_after > now + 23h);
  CHECK(chain[0].not_after < now + 25h);
}

TEST_CASE("a certificate that the next one did not sign is told from one that it did",
          "[certificates]") {
  const TestAuthority namesake("intermediate of tests");
  const auto chain = read_certificates(leaf().certificate_pem + namesake.certificate_pem());
  CHECK_FALSE(chain.at(0).signed_by_next);
}

TEST_CASE("text around certificates is passed over, and a broken one is unreadable",
          "[certificates]") {
  const auto pem = leaf().certificate_pem;
  CHECK(read_certificates("subject=app\n" + leaf().key_pem + pem + "# end\n").size() == 1);
  const auto why = [](const std::string& text) {
    return error_thrown([&] { read_certificates(text); });
  };
  CHECK(why("").reason == "unreadable");
  CHECK(why("no certificate").text == "there is no certificate in it");
  CHECK(why(pem + pem.substr(0, pem.size() / 2)).text.starts_with("certificate 2 cannot be read"));
  auto broken = pem;
  broken.replace(broken.find('\n') + 10, 4, "AAAA");
  CHECK(why(broken).text.starts_with("certificate 1 cannot be read"));
}

TEST_CASE("a chain is trusted when it leads to an authority of the file", "[certificates]") {
  const TrustedRoot trusted;
  const auto own = leaf().certificate_pem;
  CHECK(why_not_trusted(own + intermediate().certificate_pem(), trusted.file).empty());
  CHECK(has(why_not_trusted(own, trusted.file), "unable to get local issuer certificate"));
  const TestAuthority stranger("stranger");
  CHECK_FALSE(why_not_trusted(stranger.issue({.common_name = "app"}).certificate_pem, trusted.file)
                  .empty());
  const TestAuthority self("self-signed");
  CHECK(has(why_not_trusted(self.certificate_pem(), trusted.file), "self"));
}

TEST_CASE("an expired certificate of the chain is trusted, an expired authority of ours is not",
          "[certificates]") {
  const TrustedRoot trusted;
  const TestAuthority old("old intermediate", root(), -1min);
  const auto expired =
      old.issue({.common_name = "app", .begins = -48h, .ends = -24h}).certificate_pem;
  CHECK(why_not_trusted(expired + old.certificate_pem(), trusted.file).empty());
  const TestAuthority any("any root");
  const TestAuthority old_anchor("old anchor", any, -1min);
  const TrustedRoot with_old(old_anchor.certificate_pem());
  CHECK(
      has(why_not_trusted(old_anchor.issue({.common_name = "app"}).certificate_pem, with_old.file),
          "certificate has expired (CN = old anchor)"));
}

TEST_CASE("an end without a well-defined date is as late as the clock counts, one long ago is over",
          "[certificates]") {
  const auto years = [](int count) { return std::chrono::hours(24) * 365 * count; };
  const auto end_of = [&](std::chrono::seconds ends) {
    const auto pem = root().issue({.common_name = "x", .begins = -years(72), .ends = ends});
    return read_certificates(pem.certificate_pem).at(0).not_after;
  };
  const auto now = std::chrono::system_clock::now();
  CHECK(end_of(years(5000)) > now + years(200));
  CHECK(end_of(-years(70)) == std::chrono::system_clock::time_point());
}

TEST_CASE("authorities that cannot be read are our mistake, not the server's", "[certificates]") {
  const TrustedRoot nothing("no certificate");
  for (const auto& file : {nothing.file, nothing.directory.path() + "/missing.pem"})
    CHECK(error_thrown([&] { why_not_trusted(leaf().certificate_pem, file); }).reason ==
          "configuration");
}

}  // namespace postflight::test
