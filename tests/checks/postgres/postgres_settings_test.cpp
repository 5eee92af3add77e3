#include <unistd.h>

#include <catch2/catch_test_macros.hpp>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "checks/catalogue.hpp"
#include "tests/support/recorded_clients.hpp"

namespace postflight::test {
namespace {

const CheckKind& kind() { return *find_kind("postgres.query"); }

// Notes the target it is asked for.
struct TargetWorld : RecordedWorld {
  TargetWorld() {
    postgres.respond = [this](const PostgresTarget& target, const auto&, const auto&) {
      asked = target;
      return PostgresRows{{"one"}, {{"1"}}};
    };
  }
  PostgresTarget target_of(const std::string& settings) {
    run(kind(),
        "{sql: SELECT 1, rows: 1, url: 'postgresql://ann@db.example.com/app', " + settings + "}");
    return asked;
  }
  // Why the target could not be told.
  std::string failure_of(const std::string& settings, const std::string& reason) {
    try {
      target_of(settings);
    } catch (const CannotTell& error) {
      CHECK(error.reason() == reason);
      return error.what();
    } catch (const ClientError& error) {
      CHECK(error.reason() == reason);
      return error.what();
    }
    return "it was asked";
  }
  PostgresTarget asked;
};

class TemporaryFile {
 public:
  explicit TemporaryFile(const std::string& text) {
    const int file = ::mkstemp(path_.data());
    ::close(file);
    std::ofstream(path_, std::ios::binary) << text;
  }
  ~TemporaryFile() { std::filesystem::remove(path_); }
  const std::string& path() const { return path_; }

 private:
  std::string path_ = (std::filesystem::temp_directory_path() / "postflight-XXXXXX").string();
};

const std::string secret_setting =
    "password-secret: {namespace: authentik, name: goauthentik, key: db-password}";
const std::string secret_path = "/api/v1/namespaces/authentik/secrets/goauthentik";

}  // namespace

TEST_CASE("the password comes from the checklist, a file or a Secret", "[postgres.query]") {
  TargetWorld world;
  CHECK(world.target_of("password: from-checklist").password == "from-checklist");
  const TemporaryFile file("from file\r\n");
  CHECK(world.target_of("password-file: " + file.path()).password == "from file");
  world.kubernetes.answer(secret_path, R"({"data": {"db-password": "ZnJvbSBzZWNyZXQ="}})");
  CHECK(world.target_of(secret_setting).password == "from secret");
}

TEST_CASE("a password that cannot be had is errored, without saying what else was read",
          "[postgres.query]") {
  TargetWorld world;
  const TemporaryFile empty("\n");
  CHECK(world.failure_of("password-file: " + empty.path(), "configuration").ends_with("is empty"));
  CHECK(world.failure_of("password-file: /nowhere/password", "configuration")
            .find("/nowhere/password cannot be read") != std::string::npos);
  CHECK(world.failure_of("password-file: /tmp", "configuration").find("cannot be read") !=
        std::string::npos);

  world.kubernetes.answer(secret_path, R"({"data": {"host": "ZGI=", "password": "aGlkZGVu"}})");
  CHECK(world.failure_of(secret_setting, "not-found") ==
        "Secret authentik/goauthentik has no key 'db-password'; it has: host, password");
  world.kubernetes.answer(secret_path, R"({"data": {"db-password": "not base64!"}})");
  CHECK(world.failure_of(secret_setting, "unreadable") ==
        "the key 'db-password' of Secret authentik/goauthentik is not base64");
  world.kubernetes.answer(secret_path, R"({"data": {"db-password": ""}})");
  CHECK(world.failure_of(secret_setting, "configuration").ends_with("is empty"));
  world.kubernetes.answer(secret_path, R"({"kind": "Secret"})");
  CHECK(world.failure_of(secret_setting, "not-found").ends_with("it has: none"));
  world.kubernetes.answer(secret_path, R"(hidden)");
  CHECK(world.failure_of(secret_setting, "unreadable") ==
        "Secret authentik/goauthentik is not a JSON object");
  world.kubernetes.refuse(secret_path, forbidden("secrets is forbidden"));
  CHECK_THROWS_AS(world.target_of(secret_setting), KubernetesError);
}

TEST_CASE("a password given in two ways is a mistake, as is a secret without its key",
          "[postgres.query]") {
  for (const auto& ways : {std::string("password: a, password-file: /b"),
                           "password: a, " + secret_setting, "password-file: /b, " + secret_setting,
                           std::string("password-secret: {namespace: a, name: b}"),
                           std::string("password-secret: {namespace: a/b, name: c, key: d}")}) {
    CAPTURE(ways);
    CHECK(mistakes_in(kind(), "{sql: SELECT 1, rows: 1, " + ways + "}").size() == 1);
  }
}

}  // namespace postflight::test
