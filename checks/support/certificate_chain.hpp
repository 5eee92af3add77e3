#pragma once

#include <chrono>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "checks/support/certificate.hpp"
#include "checks/support/findings.hpp"
#include "checks/support/pattern.hpp"
#include "clients/certificates.hpp"

namespace postflight {

// What is expected of a chain of certificates.
struct ChainWanted {
  CertificateDays days;            // of each of them
  std::vector<std::string> hosts;  // that the leaf is for: names or IP addresses
  std::optional<Pattern> issuer;   // found in the leaf's
};

// Whether it is for that host, by its subjectAltName: the name itself, or a * that stands for the
// whole first label (RFC 9525); an IP address by itself alone. The subject's CN counts for nothing.
bool covers(const Certificate& certificate, const std::string& host);

// Adds the facts about a chain, its leaf first and not empty. `where` begins each subject: it says
// whose chain it is.
void judge_chain(const ChainWanted& wanted, std::span<const Certificate> chain,
                 std::chrono::system_clock::time_point now, const std::string& where,
                 Findings& findings);

// The certificate's own name for people: its subject, or its first name where that is empty.
std::string title_of(const Certificate& certificate);

}  // namespace postflight
