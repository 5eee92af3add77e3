#include "clients/exec_credential.hpp"

#include <cstdio>
#include <nlohmann/json.hpp>
#include <stdexcept>

#include "clients/base64.hpp"

namespace postflight {
namespace {

using Json = nlohmann::json;

std::string text_in(const Json& object, const char* key) {
  const auto found = object.find(key);
  if (found == object.end() || found->is_null()) return {};
  if (!found->is_string()) throw std::runtime_error(std::string(key) + " is not text");
  return found->get<std::string>();
}

void wanted(const Json& answer, const char* key, const std::string& value) {
  const auto seen = text_in(answer, key);
  if (seen != value)
    throw std::runtime_error(std::string(key) + " is \"" + seen.substr(0, 80) + "\", not \"" +
                             value + "\"");
}

}  // namespace

std::string exec_info(const ExecPlugin& plugin, const KubernetesAccess& access) {
  Json info = {{"apiVersion", plugin.api_version},
               {"kind", "ExecCredential"},
               {"spec", {{"interactive", false}}}};
  if (plugin.provide_cluster_info) {
    auto& cluster = info["spec"]["cluster"];
    cluster["server"] = access.server;
    if (!access.tls.server_name.empty()) cluster["tls-server-name"] = access.tls.server_name;
    if (!access.tls.verify) cluster["insecure-skip-tls-verify"] = true;
    if (!access.tls.ca_pem.empty())
      cluster["certificate-authority-data"] = base64_encoded(access.tls.ca_pem);
    if (!access.proxy.empty()) cluster["proxy-url"] = access.proxy;
    if (!plugin.cluster_config.empty()) cluster["config"] = Json::parse(plugin.cluster_config);
  }
  return info.dump();
}

ExecCredential read_exec_credential(std::string_view output, const ExecPlugin& plugin) {
  const auto answer = Json::parse(output, nullptr, false);
  if (!answer.is_object()) throw std::runtime_error("the output is not a JSON object");
  wanted(answer, "kind", "ExecCredential");
  wanted(answer, "apiVersion", plugin.api_version);
  const auto status = answer.find("status");
  if (status == answer.end() || !status->is_object()) throw std::runtime_error("no status");
  ExecCredential credential;
  credential.token = text_in(*status, "token");
  credential.certificate_pem = text_in(*status, "clientCertificateData");
  credential.key_pem = text_in(*status, "clientKeyData");
  if (credential.certificate_pem.empty() != credential.key_pem.empty())
    throw std::runtime_error("clientCertificateData and clientKeyData must come together");
  if (credential.token.empty() && credential.key_pem.empty())
    throw std::runtime_error("status holds neither a token nor a client certificate");
  if (const auto expires = text_in(*status, "expirationTimestamp"); !expires.empty()) {
    credential.expires = read_rfc3339(expires);
    if (!credential.expires) throw std::runtime_error("expirationTimestamp is no RFC 3339 time");
  }
  return credential;
}

std::optional<std::chrono::system_clock::time_point> read_rfc3339(const std::string& text) {
  using namespace std::chrono;
  int y = 0, h = 0, min = 0, s = 0, read = 0;
  unsigned mon = 0, d = 0;
  if (std::sscanf(text.c_str(), "%4d-%2u-%2u%*1[Tt]%2d:%2d:%2d%n", &y, &mon, &d, &h, &min, &s,
                  &read) != 6 ||
      read != 19)
    return std::nullopt;
  const auto day = year(y) / month(mon) / std::chrono::day(d);
  if (!day.ok() || h > 23 || min > 59 || s > 60 || h < 0 || min < 0 || s < 0) return std::nullopt;
  auto rest = text.substr(19);
  if (!rest.empty() && rest[0] == '.') {
    const auto end = rest.find_first_not_of("0123456789", 1);
    if (end == 1 || end == std::string::npos) return std::nullopt;
    rest = rest.substr(end);
  }
  const auto local = sys_days(day) + hours(h) + minutes(min) + seconds(s);
  if (rest == "Z" || rest == "z") return local;
  char sign = 0;
  int off_h = 0, off_min = 0;
  if (rest.size() != 6 || std::sscanf(rest.c_str(), "%c%2d:%2d", &sign, &off_h, &off_min) != 3 ||
      (sign != '+' && sign != '-'))
    return std::nullopt;
  const auto offset = hours(off_h) + minutes(off_min);
  return sign == '+' ? local - offset : local + offset;
}

}  // namespace postflight
