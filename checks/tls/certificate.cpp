#include <fmt/format.h>

#include <algorithm>
#include <exception>
#include <optional>

#include "checks/support/certificate_chain.hpp"
#include "checks/support/concurrently.hpp"
#include "checks/support/host_port.hpp"
#include "checks/support/limits.hpp"
#include "checks/support/text.hpp"
#include "clients/clients.hpp"
#include "clients/error.hpp"
#include "runner/check.hpp"

namespace postflight {
extern constinit const CheckKind tls_certificate;

namespace {

constexpr Setting settings_of_certificate[] = {
    {"address", SettingType::texts,
     "host:port, ip:port or [ip]:port; several are all asked, and so is every address of a name",
     true},
    {"server-name", SettingType::text,
     "the name to ask for (SNI) and to hold the certificate against; the address's own when left "
     "out"},
    {"hosts", SettingType::texts, "further names or IP addresses that the certificate is for"},
    {"warn-days", SettingType::integer,
     "days that each certificate of the chain must still be valid, or the check warns"},
    {"fail-days", SettingType::integer, "the same, or the check fails"},
    {"issuer-matches", SettingType::pattern,
     "a pattern for the issuer of the server's certificate"},
    {"ca-file", SettingType::text,
     "a PEM file of the authorities to trust instead of the system's"},
    {"verify-trust", SettingType::flag,
     "false: whoever issued it; dates and names are judged all the same", false, "true"},
    reach_setting,
};

struct Wanted {
  std::vector<HostPort> addresses;
  std::string server_name, ca_file;
  ChainWanted chain;
  bool verify_trust = true, any = false;

  std::string name_for(const HostPort& address) const {
    return server_name.empty() ? address.host : server_name;
  }
  std::string trust_text() const {
    return "trusted by " + (ca_file.empty() ? std::string("the system's authorities") : ca_file);
  }
};

class CertificateCheck : public Check {
 public:
  explicit CertificateCheck(Wanted wanted) : wanted_(std::move(wanted)) {}

  Outcome run(const CheckContext& context) const override {
    const auto endpoints = addresses_of(wanted_.addresses, context);
    const auto shown = concurrently(
        endpoints.size(), [&](std::size_t index) { return handshake(endpoints[index], context); });
    Findings findings;
    std::size_t examined = 0;
    for (std::size_t index = 0; index < endpoints.size(); ++index) {
      if (shown[index].value) {
        judge(endpoints[index], *shown[index].value, context, findings);
        ++examined;
      } else if (wanted_.any && another_answered(endpoints, shown, index)) {
        findings.add(Status::passed, endpoints[index].subject(),
                     "a TLS handshake, or one at another address of it",
                     excerpt(words_of(shown[index].error)));
      } else {
        findings.add_unknown(endpoints[index].subject(), "a TLS handshake", shown[index].error);
      }
    }
    if (!wanted_.verify_trust && examined > 0)
      findings.add(Status::passed, "trust", "not verified, as 'verify-trust' asks", "not verified");
    return findings.outcome(summary(findings, examined), examined);
  }

 private:
  using Shown = std::vector<Attempt<TlsAnswer>>;

  TlsAnswer handshake(const ServerAddress& endpoint, const CheckContext& context) const {
    if (endpoint.error) std::rethrow_exception(endpoint.error);
    const auto& host = endpoint.wanted.host;
    return context.clients.connections.handshake(
        {host, endpoint.wanted.port, endpoint.address == host ? "" : endpoint.address,
         wanted_.server_name, wanted_.ca_file, wanted_.verify_trust},
        limits_of(context));
  }

  static bool another_answered(const std::vector<ServerAddress>& endpoints, const Shown& shown,
                               std::size_t index) {
    for (std::size_t other = 0; other < endpoints.size(); ++other)
      if (shown[other].value && endpoints[other].wanted.text() == endpoints[index].wanted.text())
        return true;
    return false;
  }

  // Only a client's error is passed over: anything else is a bug.
  static std::string words_of(const std::exception_ptr& error) {
    try {
      std::rethrow_exception(error);
    } catch (const ClientError& known) {
      if (known.reason() == reason::interrupted) throw;
      return known.what();
    }
  }

  void judge(const ServerAddress& endpoint, const TlsAnswer& answer, const CheckContext& context,
             Findings& findings) const {
    const auto where = endpoint.subject();
    if (answer.chain.empty())
      return findings.add_unknown(where, "a TLS handshake", std::string(reason::unreadable),
                                  "no certificate was shown");
    auto wanted = wanted_.chain;
    wanted.hosts.insert(wanted.hosts.begin(), wanted_.name_for(endpoint.wanted));
    if (wanted_.verify_trust)
      findings.add(
          answer.distrust.empty() ? Status::passed : Status::failed, where + ": chain",
          wanted_.trust_text(),
          answer.distrust.empty() ? "trusted" : "not trusted: " + excerpt(answer.distrust));
    judge_chain(wanted, answer.chain, context.today, where, findings);
  }

  std::string summary(const Findings& findings, std::size_t examined) const {
    const auto status = findings.status();
    const auto* worst = findings.first(status);
    if (status == Status::errored) return worst->observed;
    if (status != Status::passed)
      return fmt::format("{}: {}, {} expected", worst->subject, worst->observed, worst->expected);
    return fmt::format("{}{}: right name and dates{}", wanted_.addresses.front().text(),
                       examined == 1 ? "" : fmt::format(" and all {} addresses", examined),
                       wanted_.verify_trust ? ", " + wanted_.trust_text()
                                            : "; whether it is trusted is not verified");
  }

  Wanted wanted_;
};

std::unique_ptr<Check> create(const Settings& settings) {
  Wanted wanted;
  wanted.addresses = read_host_ports(settings, "address");
  wanted.server_name = settings.text("server-name");
  if (settings.has("server-name") && (!is_host_name(wanted.server_name)))
    settings.mistake("server-name", "'server-name' must be a host's name");
  wanted.ca_file = settings.text("ca-file");
  wanted.chain.hosts = settings.texts("hosts");
  for (const auto& host : wanted.chain.hosts)
    if (!is_host_name(host) && !is_ip_address(host))
      settings.mistake("hosts",
                       fmt::format("'{}' is neither a host's name nor an IP address", host));
  wanted.chain.days = {settings.optional_integer("fail-days"),
                       settings.optional_integer("warn-days")};
  const auto& days = wanted.chain.days;
  for (const auto* name : {"fail-days", "warn-days"})
    if (settings.optional_integer(name).value_or(0) < 0)
      settings.mistake(name, fmt::format("'{}' must not be negative", name));
  if (days.fail && days.warn && *days.warn < *days.fail)
    settings.mistake("warn-days", "'warn-days' must not be less than 'fail-days'");
  if (settings.has("issuer-matches")) wanted.chain.issuer.emplace(settings.text("issuer-matches"));
  wanted.verify_trust = settings.flag("verify-trust");
  if (!wanted.verify_trust && !wanted.ca_file.empty())
    settings.mistake("ca-file", "'ca-file' is of no use where trust is not verified");
  wanted.any = settings.text("reach") == "any";
  return std::make_unique<CertificateCheck>(std::move(wanted));
}

}  // namespace

constinit const CheckKind tls_certificate{
    "tls.certificate",
    "servers show trusted certificates with the right names that are valid long enough",
    settings_of_certificate, create};

}  // namespace postflight
