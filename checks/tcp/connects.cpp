#include <fmt/format.h>

#include <algorithm>
#include <exception>

#include "checks/support/concurrently.hpp"
#include "checks/support/findings.hpp"
#include "checks/support/host_port.hpp"
#include "checks/support/limits.hpp"
#include "checks/support/text.hpp"
#include "clients/clients.hpp"
#include "clients/error.hpp"
#include "runner/check.hpp"
#include "text/counted.hpp"

namespace postflight {
extern constinit const CheckKind tcp_connects;

namespace {

using std::chrono::milliseconds;

constexpr Setting settings_of_connects[] = {
    {"address", SettingType::texts,
     "host:port, ip:port or [ip]:port; several are all asked, and so is every address of a name",
     true},
    reach_setting,
    {"stays-open", SettingType::duration,
     "how long a connection is watched: one that is closed in that time has not been accepted. 0s: "
     "not at all",
     false, "250ms"},
};

// What became of one address.
struct Attempted {
  Status status = Status::errored;
  std::string observed, reason, cause;
};

Attempted attempted(const Attempt<TcpAnswer>& attempt) {
  if (attempt.value) {
    switch (attempt.value->end) {
      case TcpEnd::stayed_open:
        return {Status::passed, "connected", "", ""};
      case TcpEnd::closed:
        return {Status::failed, "connected, and closed at once by the other side", "", ""};
      case TcpEnd::reset:
        return {Status::failed, "connected, and reset at once by the other side", "", ""};
    }
  }
  try {
    std::rethrow_exception(attempt.error);
  } catch (const ClientError& error) {
    // That nobody listens there is the answer to the question, and the wrong one.
    if (error.reason() == reason::refused)
      return {Status::failed, "refused: nothing listens there", "", ""};
    if (error.reason() == reason::interrupted) throw;
    return {Status::errored, error.what(), error.reason(), error.cause()};
  }
}

class ConnectsCheck : public Check {
 public:
  ConnectsCheck(std::vector<HostPort> addresses, bool any, milliseconds stays_open)
      : addresses_(std::move(addresses)), any_(any), stays_open_(stays_open) {}

  Outcome run(const CheckContext& context) const override {
    const auto endpoints = addresses_of(addresses_, context);
    const auto attempts = concurrently(endpoints.size(), [&](std::size_t index) {
      if (endpoints[index].error) std::rethrow_exception(endpoints[index].error);
      return context.clients.connections.connect({endpoints[index].at().text(), stays_open_},
                                                 limits_of(context));
    });
    std::vector<Attempted> results;
    for (const auto& attempt : attempts) results.push_back(attempted(attempt));
    Findings findings;
    if (any_)
      for (const auto& address : addresses_) judge_any(address, endpoints, results, findings);
    else
      for (std::size_t index = 0; index < endpoints.size(); ++index)
        add(endpoints[index].subject(), "accepts connections" + while_text(), results[index],
            findings);
    const auto examined = std::ranges::count_if(
        results, [](const Attempted& result) { return result.status != Status::errored; });
    return findings.outcome(summary(findings, endpoints.size()),
                            static_cast<std::size_t>(examined));
  }

 private:
  std::string while_text() const {
    return stays_open_.count() == 0
               ? ""
               : fmt::format(" and keeps them for {}", format_duration(stays_open_));
  }

  static void add(std::string subject, std::string expected, const Attempted& result,
                  Findings& findings) {
    if (result.status == Status::errored)
      findings.add_unknown(std::move(subject), std::move(expected), result.reason, result.observed,
                           result.cause);
    else
      findings.add(result.status, std::move(subject), std::move(expected), result.observed);
  }

  // One fact of the host: the best of its addresses counts, and an unknown one is better than one
  // that is known to refuse.
  void judge_any(const HostPort& wanted, const std::vector<ServerAddress>& endpoints,
                 const std::vector<Attempted>& results, Findings& findings) const {
    const auto rank = [](Status status) {
      return status == Status::passed ? 0 : status == Status::errored ? 1 : 2;
    };
    const Attempted* best = nullptr;
    std::string observed;
    for (std::size_t index = 0; index < endpoints.size(); ++index) {
      if (endpoints[index].wanted.text() != wanted.text()) continue;
      const auto& result = results[index];
      if (best == nullptr || rank(result.status) < rank(best->status)) best = &result;
      observed += fmt::format("{}{}: {}", observed.empty() ? "" : "; ", endpoints[index].address,
                              result.observed);
    }
    auto told = *best;
    if (!endpoints.empty() && told.cause.empty()) told.observed = excerpt(observed, 400);
    add(wanted.text(), "one of its addresses accepts connections" + while_text(), told, findings);
  }

  std::string summary(const Findings& findings, std::size_t endpoints) const {
    const auto status = findings.status();
    const auto* worst = findings.first(status);
    if (status == Status::errored) return worst->observed;
    if (status == Status::failed) return fmt::format("{}: {}", worst->subject, worst->observed);
    return fmt::format("{} of {} {}", counted(endpoints, "address", "addresses"),
                       counted(addresses_.size(), "server"),
                       any_ ? "asked, and each server accepts connections" : "accept connections");
  }

  std::vector<HostPort> addresses_;
  bool any_;
  milliseconds stays_open_;
};

std::unique_ptr<Check> create(const Settings& settings) {
  constexpr milliseconds longest = std::chrono::minutes(1);
  const auto stays_open = settings.duration("stays-open");
  if (stays_open > longest)
    settings.mistake("stays-open", "'stays-open' must not be longer than 1m: use 'hold' for more");
  return std::make_unique<ConnectsCheck>(read_host_ports(settings, "address"),
                                         settings.text("reach") == "any", stays_open);
}

}  // namespace

constinit const CheckKind tcp_connects{
    "tcp.connects", "servers accept TCP connections, at every address that their names have",
    settings_of_connects, create};

}  // namespace postflight
