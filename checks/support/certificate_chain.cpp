#include "checks/support/certificate_chain.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "checks/support/host_port.hpp"
#include "checks/support/http_excerpt.hpp"
#include "checks/support/record_values.hpp"
#include "checks/support/text.hpp"
#include "text/counted.hpp"

namespace postflight {
namespace {

std::string normal_address(const std::string& address) {
  const auto four = record_value("A", address);
  return four ? *four : record_value("AAAA", address).value_or(address);
}

// Behind the first label; empty where there is no further one.
std::string_view parent_of(std::string_view name) {
  const auto dot = name.find('.');
  return dot == name.npos ? std::string_view() : name.substr(dot + 1);
}

bool name_covers(const std::string& pattern, const std::string& host) {
  const auto wanted = record_value("CNAME", host).value_or(""), name = lower_case(pattern);
  if (!name.starts_with("*.")) return name == wanted;
  const auto parent = parent_of(name);
  return parent.find('.') != parent.npos && parent == parent_of(wanted) && wanted.front() != '.';
}

std::string names_text(const Certificate& leaf) {
  return leaf.names.empty() ? std::string("it is for no name at all")
                            : public_excerpt(fmt::format("for {}", fmt::join(leaf.names, ", ")));
}

// RFC 8446 lets a server send them in any order, and many clients give up where it does.
void judge_order(std::span<const Certificate> chain, const std::string& where, Findings& findings) {
  const auto* expected = "each certificate is followed by the one that signed it";
  for (std::size_t index = 0; index + 1 < chain.size(); ++index)
    if (!chain[index].signed_by_next)
      return findings.add(
          Status::warned, where + ": order of the chain", expected,
          fmt::format("certificate {} ({}) is not signed by the next ({})", index + 1,
                      title_of(chain[index]), title_of(chain[index + 1])));
  findings.add(Status::passed, where + ": order of the chain", expected,
               counted(chain.size(), "certificate"));
}

}  // namespace

std::string title_of(const Certificate& certificate) {
  if (certificate.subject.empty() && !certificate.names.empty())
    return public_excerpt(certificate.names.front());
  return public_excerpt(certificate.subject);
}

bool covers(const Certificate& certificate, const std::string& host) {
  return std::ranges::any_of(certificate.names, [&](const std::string& name) {
    if (is_ip_address(host) || is_ip_address(name))
      return is_ip_address(host) && is_ip_address(name) &&
             normal_address(name) == normal_address(host);
    return name_covers(name, host);
  });
}

void judge_chain(const ChainWanted& wanted, std::span<const Certificate> chain,
                 std::chrono::system_clock::time_point now, const std::string& where,
                 Findings& findings) {
  for (const auto& certificate : chain) {
    auto fact =
        judge_dates(wanted.days, fmt::format("{}: certificate {}", where, title_of(certificate)),
                    certificate.not_before, certificate.not_after, now);
    findings.add(fact.status, std::move(fact.subject), std::move(fact.expected),
                 std::move(fact.observed));
  }
  const auto& leaf = chain.front();
  for (const auto& host : wanted.hosts)
    findings.add(covers(leaf, host) ? Status::passed : Status::failed,
                 where + ": names of the certificate", "it is for " + host, names_text(leaf));
  if (wanted.issuer)
    findings.add(wanted.issuer->found_in(leaf.issuer) ? Status::passed : Status::failed,
                 where + ": issuer of the certificate",
                 fmt::format("one that matches /{}/", wanted.issuer->text()),
                 public_excerpt(leaf.issuer));
  judge_order(chain, where, findings);
}

}  // namespace postflight
