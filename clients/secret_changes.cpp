#include "clients/secret_changes.hpp"

#include <chrono>
#include <nlohmann/json.hpp>

#include "clients/base64.hpp"
#include "clients/certificates.hpp"
#include "clients/error.hpp"
#include "clients/helm_release.hpp"
#include "text/json_depth.hpp"

namespace postflight {
namespace {

using nlohmann::json;
using namespace std::chrono_literals;

constexpr std::string_view tls = "kubernetes.io/tls";

// Calls edit(data[key]) of every Secret of that type in there that has it.
template <typename Edit>
void for_each_secret(json& node, std::string_view type, const char* key, const Edit& edit) {
  if (node.is_object()) {
    const auto found = node.find("type"), data = node.find("data");
    if (found != node.end() && *found == type && data != node.end() && data->is_object() &&
        data->contains(key))
      edit((*data)[key]);
  }
  if (node.is_structured())
    for (auto& inner : node) for_each_secret(inner, type, key, edit);
}

template <typename Edit>
std::string edited(const std::string& text, std::string_view type, const char* key,
                   const Edit& edit) {
  auto document = json::parse(text, nullptr, false);
  for_each_secret(document, type, key, edit);
  return document.dump(-1, ' ', false, json::error_handler_t::replace);
}

// Each release as the JSON that it is. One that cannot be read stays as it is.
std::string opened(const std::string& text) {
  return edited(text, helm_release_type, "release", [](json& release) {
    if (!release.is_string()) return;
    try {
      release = json::parse(read_helm_release(release.get_ref<const std::string&>()));
    } catch (const ClientError&) {
      return;
    }
  });
}

std::string closed(const std::string& text) {
  return edited(text, helm_release_type, "release", [](json& release) {
    if (release.is_object()) release = packed_helm_release(release.dump());
  });
}

TextChange value_of_no_chart() {
  return {"data.release.config: a value that no chart knows", 0, [](const std::string& text) {
            return edited(text, helm_release_type, "release", [](json& release) {
              if (release.is_object()) release["config"]["changed"] = "changed";
            });
          }};
}

// Verdicts rest on the rest of a release more than on each line of a template.
bool is_inside_chart(const TextChange& change) {
  for (const auto* part : {"templates", "files", "values"})
    if (change.what.find(std::string("data.release.chart.") + part) != std::string::npos)
      return true;
  return false;
}

std::vector<TextChange> with_releases_open(const std::string& text,
                                           const std::vector<Plant>& plants) {
  auto changes = json_changes(opened(text), plants);
  if (!changes.empty()) changes.push_back(value_of_no_chart());
  for (auto& change : changes) {
    if (is_inside_chart(change)) change.rank += 2;
    change.apply = [apply = std::move(change.apply)](const std::string& old) {
      return closed(apply(opened(old)));
    };
  }
  return changes;
}

std::string reversed(const std::string& pem) {
  constexpr std::string_view begin = "-----BEGIN CERTIFICATE-----";
  std::string other;
  auto end = pem.size();
  for (auto at = pem.rfind(begin); at != pem.npos && end != 0;
       at = end == 0 ? pem.npos : pem.rfind(begin, end - 1)) {
    other += pem.substr(at, end - at);
    if (!other.ends_with('\n')) other += '\n';
    end = at;
  }
  return other;
}

template <typename Edit>
TextChange of_certificates(const char* what, const Edit& edit) {
  return {std::string("data.tls.crt: ") + what, 0, [edit](const std::string& text) {
            return edited(text, tls, "tls.crt", [&](json& value) {
              const auto pem =
                  value.is_string() ? base64_decoded(value.get<std::string>()) : std::nullopt;
              if (!pem) return;
              try {
                value = base64_encoded(edit(*pem));
              } catch (const ClientError&) {
                return;
              }
            });
          }};
}

void add_changes_of_certificates(std::vector<TextChange>& changes) {
  changes.push_back(of_certificates("expired long ago", [](const std::string& pem) {
    return with_ends_moved(pem, -24h * 365 * 30);
  }));
  changes.push_back(of_certificates("for another name", [](const std::string& pem) {
    return with_other_name(pem, "changed.example.com");
  }));
  changes.push_back(of_certificates("in reverse order", reversed));
}

}  // namespace

std::vector<TextChange> object_changes(const std::string& text, const std::vector<Plant>& plants) {
  const auto has = [&](std::string_view type) { return text.find(type) != text.npos; };
  if (!is_nested_at_most(text, deepest_answer)) return {};
  auto changes =
      has(helm_release_type) ? with_releases_open(text, plants) : json_changes(text, plants);
  if (!changes.empty() && has(tls)) add_changes_of_certificates(changes);
  return changes;
}

}  // namespace postflight
