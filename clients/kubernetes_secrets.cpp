#include "clients/kubernetes_secrets.hpp"

#include <nlohmann/json.hpp>

#include "clients/base64.hpp"
#include "clients/credential_masks.hpp"
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

// What is empty, and what is no base64, stays so: a check tells them apart.
bool hide_data(Json& secret) {
  bool changed = false;
  if (const auto data = secret.find("data"); data != secret.end() && data->is_object())
    for (auto& [key, value] : data->items()) {
      const auto bytes =
          value.is_string() ? base64_decoded(value.get<std::string>()) : std::nullopt;
      if (!bytes) changed = set_text(value, secret_placeholder) || changed;
      if (bytes && !bytes->empty())
        changed = set_text(value, base64_encoded(secret_placeholder)) || changed;
    }
  if (const auto data = secret.find("stringData"); data != secret.end() && data->is_object())
    for (auto& [key, value] : data->items())
      changed = set_text(value, secret_placeholder) || changed;
  return changed;
}

bool text_is(const Json& object, const char* name, const char* wanted) {
  const auto found = object.find(name);
  return found != object.end() && *found == wanted;
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
