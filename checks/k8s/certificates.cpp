// The certificates in TLS Secrets, and that Ingresses name the right ones. Keys are never looked
// at.
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <memory>
#include <set>

#include "checks/support/certificate_chain.hpp"
#include "checks/support/findings.hpp"
#include "checks/support/host_port.hpp"
#include "checks/support/json_reader.hpp"
#include "checks/support/limits.hpp"
#include "checks/support/list_of.hpp"
#include "checks/support/secret_list.hpp"
#include "checks/support/text.hpp"
#include "checks/support/workloads.hpp"
#include "clients/base64.hpp"
#include "clients/clients.hpp"
#include "clients/error.hpp"
#include "runner/check.hpp"
#include "text/counted.hpp"

namespace postflight {
extern constinit const CheckKind k8s_certificates;

namespace {

constexpr Setting settings_of_hosts[] = {
    {"secret", SettingType::text, "the Secret that must be there: NAMESPACE/NAME", true},
    {"names", SettingType::texts, "names or IP addresses that its certificate is for", true},
};

constexpr Setting settings_of_certificates[] = {
    {"namespaces", SettingType::texts, "where to look; all namespaces when absent"},
    {"except-namespaces", SettingType::texts, "what is in these is not looked at"},
    {"except", SettingType::texts, "Secrets that are not looked at: NAMESPACE/NAME"},
    {"fail-days", SettingType::integer,
     "days that each certificate of a chain must still be valid, or the check fails", false, "7"},
    {"warn-days", SettingType::integer, "the same, or the check warns", false, "14"},
    {.name = "hosts",
     .type = SettingType::objects,
     .about = "what certificates are for",
     .fields = settings_of_hosts},
    {"ingress-hosts", SettingType::flag,
     "true: each TLS host of each Ingress must be covered by the certificate that it names", false,
     "false"},
};

// Of an object: namespace and name.
using Name = std::pair<std::string, std::string>;

std::string text_of(const Name& name) { return name.first + "/" + name.second; }

struct Wanted {
  std::vector<std::string> namespaces;
  std::set<std::string> except_namespaces;
  std::set<Name> except;
  CertificateDays days;
  std::map<Name, std::vector<std::string>> hosts;
  bool ingress_hosts = false;

  bool leaves_out(const Name& name) const {
    return except_namespaces.contains(name.first) || except.contains(name);
  }
};

// What a TLS Secret holds: its chain, or why there is none to be read.
struct Held {
  std::vector<Certificate> chain;
  std::exception_ptr error;
};

using TlsSecrets = std::map<Name, Held>;

std::vector<Certificate> read_chain(const JsonReader& secret) {
  const auto data = secret.map("data");
  if (!data.has("tls.crt")) throw CannotTell("unreadable", secret.object() + ": it has no tls.crt");
  const auto pem = base64_decoded(data.text("tls.crt"));
  if (!pem) throw CannotTell("unreadable", secret.object() + ": its tls.crt is not base64");
  try {
    return read_certificates(*pem);
  } catch (const ClientError& error) {
    throw CannotTell(error.reason(), fmt::format("{}: tls.crt: {}", secret.object(), error.what()));
  }
}

Held held_by(const JsonReader& secret) {
  try {
    return {read_chain(secret), nullptr};
  } catch (const CannotTell&) {
    return {{}, std::current_exception()};
  }
}

Name name_of(const JsonReader& object) {
  const auto metadata = object.map("metadata");
  return {metadata.text("namespace"), metadata.text("name")};
}

// One `tls` entry of an Ingress.
struct IngressTls {
  Name ingress, secret;
  std::vector<std::string> hosts;
};

void note_ingress(std::vector<IngressTls>& all, const JsonReader& ingress) {
  const auto name = name_of(ingress);
  for (const auto& entry : ingress.map("spec").maps("tls"))
    all.push_back({name, {name.first, entry.text("secretName")}, entry.texts("hosts")});
}

// An Ingress may have a host with a * of its own.
bool is_for(const Certificate& leaf, const std::string& host) {
  if (!host.starts_with("*.")) return covers(leaf, host);
  return std::ranges::any_of(
      leaf.names, [&](const std::string& name) { return lower_case(name) == lower_case(host); });
}

class Certificates : public Check {
 public:
  explicit Certificates(Wanted wanted) : wanted_(std::move(wanted)) {
    if (wanted_.namespaces.empty()) add_lists("");
    for (const auto& name_space : wanted_.namespaces) add_lists(name_space);
  }

  std::vector<const ListUse*> lists() const override {
    std::vector<const ListUse*> all;
    for (const auto& list : secrets_) all.push_back(list.get());
    for (const auto& list : ingresses_) all.push_back(list.get());
    return all;
  }

  std::vector<std::string> kubernetes_paths() const override {
    auto paths = paths_of_namespaces(wanted_.namespaces);
    // A Secret of another type that an Ingress names.
    if (!wanted_.ingress_hosts) return paths;
    auto places = wanted_.namespaces;
    if (places.empty()) places.emplace_back();
    for (const auto& place : places) paths.push_back(secrets_resource().list_path(place) + "/*");
    return paths;
  }

  Outcome run(const CheckContext& context) const override {
    Findings findings;
    TlsSecrets secrets;
    for (std::size_t at = 0; at < secrets_.size(); ++at) {
      const auto some = secrets_[at]->read(context);
      if (some->empty() && !wanted_.namespaces.empty())
        report_missing_namespace(wanted_.namespaces[at], context, findings);
      secrets.insert(some->begin(), some->end());
    }
    std::size_t examined = 0;
    std::vector<std::string> left_out;
    for (const auto& [name, held] : secrets) {
      if (wanted_.leaves_out(name)) {
        left_out.push_back(text_of(name));
        continue;
      }
      ++examined;
      judge_secret(name, held, context, findings);
    }
    for (const auto& [name, hosts] : wanted_.hosts) {
      const bool is_there = secrets.contains(name);
      findings.add(is_there ? Status::passed : Status::failed, subject_of(name),
                   "it is there, of type kubernetes.io/tls",
                   is_there ? "it is there" : "there is no such TLS Secret");
    }
    if (!left_out.empty())
      findings.add(Status::passed, "TLS Secrets", "left out, as the checklist asks",
                   excerpt(fmt::format("{}", fmt::join(left_out, ", "))));
    TlsSecrets others;  // that Ingresses name, and that are not among the listed ones
    std::size_t hosts = 0;
    if (wanted_.ingress_hosts) hosts = judge_ingresses(secrets, others, context, findings);
    for (const auto& [name, held] : others) {
      if (wanted_.leaves_out(name)) continue;
      ++examined;
      judge_secret(name, held, context, findings);
    }
    return findings.outcome(summary(findings, examined, hosts), examined + hosts);
  }

 private:
  void add_lists(const std::string& name_space) {
    secrets_.push_back(
        std::make_unique<ListOf<TlsSecrets>>(secrets_resource(), list_of_secrets(name_space),
                                             [](TlsSecrets& secrets, const JsonReader& secret) {
                                               if (secret.text("type") == "kubernetes.io/tls")
                                                 secrets[name_of(secret)] = held_by(secret);
                                             }));
    if (wanted_.ingress_hosts)
      ingresses_.push_back(std::make_unique<ListOf<std::vector<IngressTls>>>(
          ApiResource{"networking.k8s.io/v1", "ingresses"}, name_space, note_ingress));
  }

  static std::string subject_of(const Name& secret) { return "secret " + text_of(secret); }

  void judge_secret(const Name& name, const Held& held, const CheckContext& context,
                    Findings& findings) const {
    if (held.error) {
      findings.add_unknown(subject_of(name), "a certificate in tls.crt", held.error);
      return;
    }
    ChainWanted wanted{wanted_.days, {}, {}};
    if (const auto hosts = wanted_.hosts.find(name); hosts != wanted_.hosts.end())
      wanted.hosts = hosts->second;
    judge_chain(wanted, held.chain, context.today, subject_of(name), findings);
  }

  // How many hosts were looked at.
  std::size_t judge_ingresses(const TlsSecrets& secrets, TlsSecrets& others,
                              const CheckContext& context, Findings& findings) const {
    std::size_t hosts = 0;
    for (const auto& list : ingresses_) {
      const auto entries = list->read(context);
      for (const auto& entry : *entries) {
        if (wanted_.except_namespaces.contains(entry.ingress.first)) continue;
        if (!entry.secret.second.empty()) hosts += entry.hosts.size();
        judge_entry(entry, secrets, others, context, findings);
      }
    }
    return hosts;
  }

  static void judge_entry(const IngressTls& entry, const TlsSecrets& secrets, TlsSecrets& others,
                          const CheckContext& context, Findings& findings) {
    const auto subject = "ingress " + text_of(entry.ingress);
    if (entry.secret.second.empty()) {
      findings.add(
          Status::passed, subject, "left out where it names no Secret",
          fmt::format("not looked at: its controller shows a certificate of its own for {}",
                      excerpt(fmt::format("{}", fmt::join(entry.hosts, ", ")))));
      return;
    }
    const auto expected = [](const std::string& host) {
      return "the certificate in the Secret that it names is for " + host;
    };
    const Held* held = nullptr;
    if (const auto listed = secrets.find(entry.secret); listed != secrets.end())
      held = &listed->second;
    else
      held = other_secret(entry.secret, others, context);
    if (held == nullptr && entry.hosts.empty())
      findings.add(Status::failed, subject, "the Secret that it names exists",
                   subject_of(entry.secret) + " does not exist");
    for (const auto& host : entry.hosts) {
      const auto text = excerpt(host);
      if (held == nullptr)
        findings.add(Status::failed, subject, expected(text),
                     subject_of(entry.secret) + " does not exist");
      else if (held->error)
        findings.add_unknown(subject, expected(text), held->error);
      else
        findings.add(
            is_for(held->chain.front(), host) ? Status::passed : Status::failed, subject,
            expected(text),
            fmt::format("{} is for {}", subject_of(entry.secret), names_of(held->chain.front())));
    }
  }

  static std::string names_of(const Certificate& leaf) {
    return leaf.names.empty() ? "no name at all"
                              : excerpt(fmt::format("{}", fmt::join(leaf.names, ", ")));
  }

  // A Secret of another type may hold a certificate too. nullptr when it does not exist.
  static const Held* other_secret(const Name& name, TlsSecrets& others,
                                  const CheckContext& context) {
    if (const auto known = others.find(name); known != others.end()) return &known->second;
    if (!is_object_name(name.first) || !is_object_name(name.second)) return nullptr;
    Held held;
    try {
      const auto text = context.clients.kubernetes.get(
          secrets_resource().list_path(name.first) + "/" + name.second, limits_of(context));
      held = held_by(JsonReader(*JsonDocument::of(*text), subject_of(name)));
    } catch (const KubernetesError& error) {
      if (error.object_is_missing()) return nullptr;
      held.error = std::current_exception();
    } catch (const ClientError&) {
      held.error = std::current_exception();
    } catch (const CannotTell&) {
      held.error = std::current_exception();
    }
    return &others.emplace(name, std::move(held)).first->second;
  }

  std::string place() const {
    return wanted_.namespaces.empty() ? ""
                                      : fmt::format(" in {}", fmt::join(wanted_.namespaces, ", "));
  }

  std::string summary(const Findings& findings, std::size_t examined, std::size_t hosts) const {
    const auto status = findings.status();
    if (const auto* worst = findings.first(status); worst != nullptr && status != Status::passed) {
      const auto others = findings.count(status) - 1;
      return fmt::format("{}: {}{}", worst->subject, worst->observed,
                         others == 0 ? "" : fmt::format(" (and {} more)", others));
    }
    if (examined == 0) return "there is no TLS Secret" + place();
    return fmt::format(
        "the certificates of {}{} are valid long enough{}", counted(examined, "TLS Secret"),
        place(),
        hosts == 0 ? ""
                   : fmt::format(", and {} covered",
                                 counted(hosts, "host of Ingresses is", "hosts of Ingresses are")));
  }

  const Wanted wanted_;
  std::vector<std::unique_ptr<ListOf<TlsSecrets>>> secrets_;
  std::vector<std::unique_ptr<ListOf<std::vector<IngressTls>>>> ingresses_;
};

// Reads NAMESPACE/NAME; reports a mistake when it is none.
Name read_secret(const Settings& settings, const char* setting, const std::string& text) {
  const auto slash = std::min(text.find('/'), text.size());
  const auto name = slash == text.size() ? std::string() : text.substr(slash + 1);
  if (!is_object_name(text.substr(0, slash)) || !is_object_name(name))
    settings.mistake(setting, fmt::format("'{}' must be NAMESPACE/NAME", text));
  return {text.substr(0, slash), name};
}

void read_hosts(const Settings& settings, Wanted& wanted) {
  for (const auto& entry : settings.objects("hosts")) {
    const auto secret = read_secret(entry, "secret", entry.text("secret"));
    const auto names = entry.texts("names");
    for (const auto& host : names)
      if (!is_host_name(host) && !is_ip_address(host))
        entry.mistake("names",
                      fmt::format("'{}' is neither a host's name nor an IP address", host));
    if (wanted.leaves_out(secret))
      entry.mistake("secret", fmt::format("'{}' is left out by an exception", text_of(secret)));
    const bool is_listed =
        wanted.namespaces.empty() ||
        std::ranges::find(wanted.namespaces, secret.first) != wanted.namespaces.end();
    if (!is_listed)
      entry.mistake("secret", fmt::format("'{}' is in none of the 'namespaces'", text_of(secret)));
    if (!wanted.hosts.emplace(secret, names).second)
      entry.mistake("secret", fmt::format("'{}' is there twice", text_of(secret)));
  }
}

std::unique_ptr<Check> create_certificates(const Settings& settings) {
  Wanted wanted;
  wanted.namespaces = settings.texts("namespaces");
  const auto excepted = settings.texts("except-namespaces");
  wanted.except_namespaces = {excepted.begin(), excepted.end()};
  for (const auto& name : wanted.namespaces)
    if (!is_object_name(name))
      settings.mistake("namespaces", fmt::format("'{}' is no name of a namespace", name));
  if (settings.has("namespaces") && settings.has("except-namespaces"))
    settings.mistake("except-namespaces", "say either 'namespaces' or 'except-namespaces'");
  for (const auto& secret : settings.texts("except"))
    wanted.except.insert(read_secret(settings, "except", secret));
  wanted.days = {settings.integer("fail-days"), settings.integer("warn-days")};
  for (const auto* name : {"fail-days", "warn-days"})
    if (settings.integer(name) < 0)
      settings.mistake(name, fmt::format("'{}' must not be negative", name));
  if (*wanted.days.warn < *wanted.days.fail)
    settings.mistake(settings.has("warn-days") ? "warn-days" : "fail-days",
                     "'warn-days' must not be less than 'fail-days'");
  wanted.ingress_hosts = settings.flag("ingress-hosts");
  read_hosts(settings, wanted);
  return std::make_unique<Certificates>(std::move(wanted));
}

}  // namespace

constinit const CheckKind k8s_certificates{
    "k8s.certificates",
    "certificates in TLS Secrets are valid long enough, and for the right hosts",
    settings_of_certificates, create_certificates, true};

}  // namespace postflight
