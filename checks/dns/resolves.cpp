#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "checks/support/concurrently.hpp"
#include "checks/support/findings.hpp"
#include "checks/support/host_port.hpp"
#include "checks/support/limits.hpp"
#include "checks/support/record_values.hpp"
#include "checks/support/text.hpp"
#include "clients/clients.hpp"
#include "clients/error.hpp"
#include "runner/check.hpp"
#include "text/counted.hpp"

namespace postflight {
extern constinit const CheckKind dns_resolves;

namespace {

constexpr std::string_view types[] = {"A",  "AAAA", "CAA", "CNAME", "MX",
                                      "NS", "PTR",  "SOA", "SRV",   "TXT"};

constexpr Setting settings_of_resolves[] = {
    {"names", SettingType::texts, "absolute names: no search domains are tried", true},
    {"type", SettingType::text, "the type of the records", false, "A", {}, types},
    {"servers", SettingType::texts,
     "IP addresses of DNS servers, with :port where it is not 53; every one is asked. When left "
     "out: the system's, the next where one gives no answer"},
    {"min-records", SettingType::integer, "how many records of the type there are at least", false,
     "1"},
    {"max-records", SettingType::integer, "how many there are at most"},
    {"must-include", SettingType::texts, "values that are among the records"},
    {"only", SettingType::texts,
     "all values that the records may have; of addresses also networks such as 10.0.0.0/8"},
};

struct Wanted {
  std::vector<std::string> names, servers;
  std::string type;
  std::size_t min = 1;
  std::optional<std::size_t> max;
  std::vector<std::string> must_include, only;

  std::string count_text() const {
    if (max && *max == min) return fmt::format("exactly {}", counted(min, type + " record"));
    return max ? fmt::format("{} to {}", min, counted(*max, type + " record"))
               : fmt::format("at least {}", counted(min, type + " record"));
  }
};

// The values of the records that the name leads to, over aliases too, without repetition.
struct Resolved {
  std::vector<std::string> values;
  std::string alias;  // the last one on the way; empty where there is none
};

Resolved resolve(const Wanted& wanted, const std::string& name, const NameAnswer& answer) {
  Resolved resolved;
  auto owner = record_value("CNAME", name).value_or(name);
  std::set<std::string> seen;
  while (wanted.type != "CNAME" && seen.insert(owner).second)
    for (const auto& record : answer.records)
      if (record.type == "CNAME" && record_value("CNAME", record.name) == owner) {
        owner = resolved.alias = record_value("CNAME", record.data).value_or("");
        break;
      }
  for (const auto& record : answer.records) {
    if (record.type != wanted.type || record_value("CNAME", record.name) != owner) continue;
    auto value = record_value(wanted.type, record.data).value_or("");
    if (std::ranges::find(resolved.values, value) == resolved.values.end())
      resolved.values.push_back(std::move(value));
  }
  std::ranges::sort(resolved.values);
  return resolved;
}

std::string joined(const std::vector<std::string>& values) {
  return excerpt(fmt::format("{}", fmt::join(values, ", ")));
}

bool is_allowed(const Wanted& wanted, const std::string& value) {
  return std::ranges::any_of(wanted.only, [&](const std::string& allowed) {
    return value == allowed || is_in_network(value, allowed);
  });
}

// Judges what one server says of one name.
class NameJudge {
 public:
  NameJudge(const Wanted& wanted, std::string name, std::string server, Findings& findings)
      : wanted_(wanted), name_(std::move(name)), server_(std::move(server)), findings_(findings) {}

  std::string subject() const {
    return fmt::format("{} {}{}", wanted_.type, name_, server_.empty() ? "" : " at " + server_);
  }

  void judge(const NameAnswer& answer) {
    const auto resolved = resolve(wanted_, name_, answer);
    const auto& values = resolved.values;
    const bool enough =
        values.size() >= wanted_.min && (!wanted_.max || values.size() <= *wanted_.max);
    add(enough, wanted_.count_text(), seen(answer, resolved));
    for (const auto& value : wanted_.must_include)
      add(std::ranges::find(values, value) != values.end(),
          fmt::format("{} is among them", excerpt(value, 80)),
          values.empty() ? "none is there" : joined(values));
    if (!wanted_.only.empty() && !values.empty()) judge_only(values);
  }

 private:
  void add(bool right, std::string expected, std::string observed) {
    findings_.add(right ? Status::passed : Status::failed, subject(), std::move(expected),
                  std::move(observed));
  }

  std::string seen(const NameAnswer& answer, const Resolved& resolved) const {
    if (!resolved.values.empty()) return joined(resolved.values);
    const auto who = answer.server.empty() ? std::string() : " by " + answer.server;
    if (!resolved.alias.empty())
      return fmt::format("an alias of {}, {}{}", excerpt(resolved.alias, 80),
                         answer.exists ? "which has no such record" : "which does not exist", who);
    return answer.exists ? fmt::format("the name exists and has no {} record{}", wanted_.type, who)
                         : fmt::format("there is no such name (NXDOMAIN){}", who);
  }

  void judge_only(const std::vector<std::string>& values) {
    std::vector<std::string> others;
    for (const auto& value : values)
      if (!is_allowed(wanted_, value)) others.push_back(value);
    add(others.empty(), "nothing but " + joined(wanted_.only),
        others.empty() ? joined(values) : "also " + joined(others));
  }

  const Wanted& wanted_;
  const std::string name_, server_;
  Findings& findings_;
};

class ResolvesCheck : public Check {
 public:
  explicit ResolvesCheck(Wanted wanted) : wanted_(std::move(wanted)) {}

  Outcome run(const CheckContext& context) const override {
    const auto servers = wanted_.servers.empty() ? std::vector<std::string>{""} : wanted_.servers;
    const auto answers = concurrently(wanted_.names.size() * servers.size(), [&](std::size_t item) {
      return context.clients.names.ask(
          {wanted_.names[item / servers.size()], wanted_.type, servers[item % servers.size()]},
          limits_of(context));
    });
    Findings findings;
    std::size_t answered = 0;
    for (std::size_t item = 0; item < answers.size(); ++item) {
      NameJudge judge(wanted_, wanted_.names[item / servers.size()], servers[item % servers.size()],
                      findings);
      if (!answers[item].value) {
        findings.add_unknown(judge.subject(), wanted_.count_text(), answers[item].error);
        continue;
      }
      judge.judge(*answers[item].value);
      ++answered;
    }
    return findings.outcome(summary(findings), answered);
  }

 private:
  std::string summary(const Findings& findings) const {
    const auto status = findings.status();
    const auto* worst = findings.first(status);
    if (status == Status::errored) return worst->observed;
    if (status == Status::failed)
      return fmt::format("{}: {}, {} expected", worst->subject, worst->observed, worst->expected);
    const auto* first = findings.first(Status::passed);
    auto text = fmt::format("{}: {}", first->subject, first->observed);
    if (wanted_.names.size() > 1)
      text += fmt::format("; {} more of {}", wanted_.names.size() - 1,
                          counted(wanted_.names.size(), "name"));
    if (wanted_.servers.size() > 1)
      text += fmt::format("; {} servers say so", wanted_.servers.size());
    return text;
  }

  Wanted wanted_;
};

std::vector<std::string> read_names(const Settings& settings) {
  constexpr std::size_t longest = 253;
  std::vector<std::string> names;
  for (auto name : settings.texts("names")) {
    if (name.ends_with('.')) name.pop_back();
    if (name.empty() || name.size() > longest || name.find_first_of(" \t:/") != std::string::npos)
      settings.mistake("names", fmt::format("'{}' is not a name", name));
    names.push_back(std::move(name));
  }
  if (settings.has("names") && names.empty())
    settings.mistake("names", "'names' must name at least one");
  return names;
}

std::vector<std::string> read_servers(const Settings& settings) {
  constexpr int usual_port = 53;
  std::vector<std::string> servers;
  for (const auto& text : settings.texts("servers")) {
    const auto read =
        is_ip_address(text) ? std::optional(HostPort{text, usual_port}) : read_host_port(text);
    if (read && is_ip_address(read->host))
      servers.push_back(read->text());
    else
      settings.mistake("servers", fmt::format("'{}' is neither an IP address nor ip:port", text));
  }
  if (settings.has("servers") && settings.texts("servers").empty())
    settings.mistake("servers", "'servers' must name at least one; leave it out for the system's");
  return servers;
}

std::vector<std::string> read_values(const Settings& settings, std::string_view name,
                                     const std::string& type) {
  const bool may_be_network = name == "only" && (type == "A" || type == "AAAA");
  std::vector<std::string> values;
  for (const auto& text : settings.texts(name)) {
    if (may_be_network && is_network(text)) {
      values.push_back(text);
    } else if (const auto value = record_value(type, text)) {
      values.push_back(*value);
    } else {
      settings.mistake(name, fmt::format("no {} record can be '{}'", type, text));
    }
  }
  if (settings.has(name) && settings.texts(name).empty())
    settings.mistake(name, fmt::format("'{}' must name at least one value", name));
  return values;
}

std::unique_ptr<Check> create(const Settings& settings) {
  Wanted wanted;
  wanted.names = read_names(settings);
  wanted.servers = read_servers(settings);
  wanted.type = settings.text("type");
  const auto min = settings.integer("min-records");
  const auto max = settings.optional_integer("max-records");
  if (min < 1)
    settings.mistake("min-records", "'min-records' must be at least 1");
  else if (max && *max < min)
    settings.mistake("max-records", "'max-records' must not be less than 'min-records'");
  wanted.min = static_cast<std::size_t>(std::max<std::int64_t>(min, 1));
  if (max) wanted.max = static_cast<std::size_t>(std::max<std::int64_t>(*max, 0));
  wanted.must_include = read_values(settings, "must-include", wanted.type);
  wanted.only = read_values(settings, "only", wanted.type);
  if (!wanted.only.empty())
    for (const auto& value : wanted.must_include)
      if (!is_allowed(wanted, value))
        settings.mistake("must-include",
                         fmt::format("'{}' must be there, and 'only' does not allow it", value));
  return std::make_unique<ResolvesCheck>(std::move(wanted));
}

}  // namespace

constinit const CheckKind dns_resolves{
    "dns.resolves", "DNS names resolve to the expected records, at every server that is asked",
    settings_of_resolves, create};

}  // namespace postflight
