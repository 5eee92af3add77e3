#pragma once

#include <optional>
#include <string>

#include "clients/postgres.hpp"
#include "runner/check.hpp"

namespace postflight {

inline constexpr Setting postgres_secret_fields[] = {
    {"namespace", SettingType::text, "namespace of the Secret", true},
    {"name", SettingType::text, "name of the Secret", true},
    {"key", SettingType::text, "key that holds the password", true},
};

// Where the database is, for every kind that asks one.
inline constexpr Setting postgres_url_setting{
    "url", SettingType::text,
    "postgresql://user@host:port/database?sslmode=..., or key=value text; what is left out comes "
    "from libpq's environment (PGHOST, PGUSER, ...)"};
inline constexpr Setting postgres_password_setting{
    "password", SettingType::text, "the password; give it as ${a variable marked secret}"};
inline constexpr Setting postgres_password_file_setting{
    "password-file", SettingType::text, "a file that holds the password and nothing else"};
inline constexpr Setting postgres_password_secret_setting{
    "password-secret",
    SettingType::object,
    "the key of a Kubernetes Secret that holds the password",
    false,
    {},
    postgres_secret_fields};

// A database as a checklist names it. What is read from a file or a Secret stays out of every
// message: the report's redaction knows secret variables only.
class PostgresSource {
 public:
  // Reads the four settings above; more than one password is a mistake.
  explicit PostgresSource(const Settings& settings);

  // What it asks the Kubernetes API for, as Check::kubernetes_paths().
  std::vector<std::string> kubernetes_paths() const;
  // Reads the password, where it is not in the checklist. Throws CannotTell or ClientError.
  PostgresTarget target(const CheckContext& context) const;

 private:
  struct SecretKey {
    std::string name_space, name, key;
  };
  static std::string path_of(const SecretKey& secret);

  std::string url_, password_, password_file_;
  std::optional<SecretKey> password_secret_;
};

}  // namespace postflight
