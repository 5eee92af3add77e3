// A chain in PEM is any text: unreadable, or certificates with dates in the clock's range.
#include "checks/support/certificate_chain.hpp"
#include "clients/certificates.hpp"
#include "clients/error.hpp"
#include "tests/fuzz/fuzz.hpp"

using namespace postflight;
using postflight::test::must;

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  try {
    const auto chain = read_certificates(std::string(postflight::test::text_of(data, size)));
    must(!chain.empty(), "a chain that is read has a certificate");
    must(!chain.back().signed_by_next, "nobody follows the last one");
    Findings findings;
    const auto now = std::chrono::system_clock::time_point(std::chrono::hours(24 * 365 * 50));
    judge_chain({{}, {"app.example.com"}, {}}, chain, now, "chain", findings);
    const auto outcome = findings.outcome("judged", chain.size());
    must(outcome.evidence.size() == chain.size() + 2, "each certificate has a fact");
  } catch (const ClientError& error) {
    must(error.reason() == reason::unreadable && *error.what() != 0, "a refusal says why");
  }
  return 0;
}
