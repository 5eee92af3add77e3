#include "clients/kubernetes_secrets.hpp"

#include <nlohmann/json.hpp>

#include "clients/base64.hpp"
#include "clients/credential_masks.hpp"
#include "clients/error.hpp"
#include "clients/helm_release.hpp"
#include "clients/recording.hpp"
#include "text/json_depth.hpp"

namespace postflight {
namespace {

using Json = nlohmann::ordered_json;

constexpr const char* last_applied = "kubectl.kubernetes.io/last-applied-configuration";

bool set_text(Json& value, const std::string& text) {
  if (value == text) return false;
  value = text;
  return true;
}

bool text_is(const Json& object, const char* name, std::string_view wanted) {
  const auto found = object.find(name);
  return found != object.end() && *found == wanted;
}

// Certificates are public: they are what a server shows to everybody.
std::string certificates_in(const std::string& pem) {
  constexpr std::string_view begin = "-----BEGIN CERTIFICATE-----",
                             end = "-----END CERTIFICATE-----";
  std::string certificates;
  for (auto at = pem.find(begin); at != pem.npos;) {
    const auto next = pem.find(begin, at + 1), last = pem.find(end, at);
    if (last < next) certificates += pem.substr(at, last + end.size() - at) + "\n";
    at = next;
  }
  return certificates;
}

// What may stay of data that is read for what it says; empty when nothing may.
std::string without_secrets(const std::string& key, const Json& secret, const std::string& data,
                            const std::string& bytes) {
  if (text_is(secret, "type", "kubernetes.io/tls") && (key == "tls.crt" || key == "ca.crt"))
    return base64_encoded(certificates_in(bytes));
  if (!text_is(secret, "type", helm_release_type) || key != "release") return {};
  try {
    return packed_helm_release(read_helm_release(data));
  } catch (const ClientError&) {
    return {};  // a check cannot read it either
  }
}

// What is empty, and what is no base64, stays so: a check tells them apart.
bool hide_data(Json& secret) {
  bool changed = false;
  if (const auto data = secret.find("data"); data != secret.end() && data->is_object())
    for (auto& [key, value] : data->items()) {
      const auto text = value.is_string() ? value.get<std::string>() : std::string();
      const auto bytes = value.is_string() ? base64_decoded(text) : std::nullopt;
      if (!bytes) changed = set_text(value, secret_placeholder) || changed;
      if (!bytes || bytes->empty()) continue;
      const auto kept = without_secrets(key, secret, text, *bytes);
      changed =
          set_text(value, kept.empty() ? base64_encoded(secret_placeholder) : kept) || changed;
    }
  if (const auto data = secret.find("stringData"); data != secret.end() && data->is_object())
    for (auto& [key, value] : data->items())
      changed = set_text(value, secret_placeholder) || changed;
  return changed;
}

bool hide(Json& value, bool in_secret_list) {
  bool changed = false;
  if (value.is_array()) {
    for (auto& item : value) changed = hide(item, in_secret_list) || changed;
    return changed;
  }
  if (!value.is_object()) return false;
  const bool is_list = text_is(value, "kind", "SecretList");
  if (in_secret_list || text_is(value, "kind", "Secret")) changed = hide_data(value);
  const auto name = value.find("name"), text = value.find("value");
  if (name != value.end() && name->is_string() && text != value.end() && text->is_string() &&
      !text->get_ref<const std::string&>().empty() &&
      names_secret_variable(name->get_ref<const std::string&>()))
    changed = set_text(*text, secret_placeholder) || changed;
  for (auto& [key, member] : value.items()) {
    if (key == last_applied)
      changed = set_text(member, secret_placeholder) || changed;
    else
      changed = hide(member, is_list && key == "items") || changed;
  }
  return changed;
}

bool may_hold_secrets(const std::string& object) {
  for (const auto* mark : {"\"Secret", "\"env\"", last_applied})
    if (object.find(mark) != object.npos) return true;
  return false;
}

}  // namespace

std::string without_secret_data(const std::string& object) {
  if (!may_hold_secrets(object)) return object;
  if (!is_nested_at_most(object, deepest_answer)) return "[not recorded: nested too deeply]";
  auto json = Json::parse(object, nullptr, false);
  // Nothing can be said of its parts: a check finds it unreadable either way.
  if (json.is_discarded()) return "[not recorded: not JSON]";
  if (!hide(json, false)) return object;
  return json.dump(-1, ' ', false, Json::error_handler_t::replace) +
         (object.ends_with('\n') ? "\n" : "");
}

}  // namespace postflight
