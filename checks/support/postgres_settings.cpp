#include "checks/support/postgres_settings.hpp"

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <vector>

#include "checks/support/limits.hpp"
#include "checks/support/workloads.hpp"
#include "clients/base64.hpp"
#include "clients/clients.hpp"
#include "text/json_depth.hpp"

namespace postflight {
namespace {

// `secret` is the text of the object: never quoted, not even where it is not JSON.
std::string password_in(const std::string& secret, const std::string& subject,
                        const std::string& key) {
  if (!is_nested_at_most(secret, deepest_answer))
    throw CannotTell("unreadable",
                     fmt::format("{} is nested deeper than {} levels", subject, deepest_answer));
  const auto object = nlohmann::json::parse(secret, nullptr, false);
  if (!object.is_object()) throw CannotTell("unreadable", subject + " is not a JSON object");
  const auto data = object.find("data");
  std::vector<std::string> names;
  if (data != object.end() && data->is_object())
    for (const auto& [name, value] : data->items()) names.push_back(name);
  if (std::ranges::find(names, key) == names.end())
    throw CannotTell(
        "not-found",
        fmt::format("{} has no key '{}'; it has: {}", subject, key,
                    names.empty() ? "none" : fmt::format("{}", fmt::join(names, ", "))));
  const auto& value = (*data)[key];
  const auto password =
      value.is_string() ? base64_decoded(value.get_ref<const std::string&>()) : std::nullopt;
  if (!password)
    throw CannotTell("unreadable", fmt::format("the key '{}' of {} is not base64", key, subject));
  if (password->empty())
    throw CannotTell("configuration", fmt::format("the key '{}' of {} is empty", key, subject));
  return *password;
}

}  // namespace

PostgresSource::PostgresSource(const Settings& settings)
    : url_(settings.nonempty_text("url")),
      password_(settings.text("password")),
      password_file_(settings.text("password-file")) {
  if (!url_.empty() && url_.find('=') == url_.npos && !url_.starts_with("postgresql://") &&
      !url_.starts_with("postgres://"))
    settings.mistake("url", "'url' must begin with postgresql:// or be key=value text");
  const bool has_secret = settings.has("password-secret");
  if (has_secret) {
    const auto secret = settings.object("password-secret");
    password_secret_ = {read_name(secret, "namespace"), read_name(secret, "name"),
                        secret.text("key")};
  }
  int ways = 0;
  for (const auto* way : {"password", "password-file", "password-secret"})
    if (settings.has(way) && ++ways == 2)
      settings.mistake(
          way, "give one of 'password', 'password-file' and 'password-secret', not several");
}

std::string PostgresSource::path_of(const SecretKey& secret) {
  return fmt::format("/api/v1/namespaces/{}/secrets/{}", secret.name_space, secret.name);
}

std::vector<std::string> PostgresSource::kubernetes_paths() const {
  if (!password_secret_) return {};
  return {path_of(*password_secret_)};
}

PostgresTarget PostgresSource::target(const CheckContext& context) const {
  if (!password_file_.empty())
    return {url_, context.clients.postgres.password_in(password_file_, limits_of(context))};
  if (!password_secret_) return {url_, password_};
  const auto& [name_space, name, key] = *password_secret_;
  const auto secret =
      context.clients.kubernetes.get(path_of(*password_secret_), limits_of(context));
  return {url_, password_in(*secret, fmt::format("Secret {}/{}", name_space, name), key)};
}

}  // namespace postflight
