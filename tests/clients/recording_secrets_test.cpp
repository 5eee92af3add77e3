#include "clients/recording_secrets.hpp"

#include <catch2/catch_test_macros.hpp>

#include <nlohmann/json.hpp>

#include "clients/base64.hpp"
#include "clients/gzip.hpp"
#include "clients/helm_release.hpp"

namespace postflight::test {
namespace {

const Redact nothing_known = [](std::string_view text) { return std::string(text); };

std::string body_of(const std::string& object) {
  const Answer answer = std::make_shared<const std::string>(object);
  return *std::get<Kubernetes::Json>(without_secrets(answer, nothing_known));
}

HttpResponse response_of(HttpResponse response) {
  return std::get<HttpResponse>(without_secrets(Answer(std::move(response)), nothing_known));
}

}  // namespace

TEST_CASE("credentials that are known by their shape keep it and lose their letters",
          "[recording]") {
  CHECK(with_masked_credentials("token eyJhbGciOi.J9x-Q_7 end") == "token eyJaaAaaAa.A0a-A_0 end");
  CHECK(with_masked_credentials("postgresql://me:Hunter22@db/x") ==
        "postgresql://me:Aaaaaa00@db/x");
  CHECK(with_masked_credentials("https://a.example.com/x?a=b&state=Zz9&c=d") ==
        "https://a.example.com/x?a=b&state=Aa0&c=d");
  CHECK(with_masked_credentials("href=\"?x=1&amp;access_token=q1\"") ==
        "href=\"?x=1&amp;access_token=a0\"");
  CHECK(with_masked_credentials("{\"k\":\"-----BEGIN RSA PRIVATE KEY-----\\nAbC9\\n-----END RSA "
                                "PRIVATE KEY-----\"}") ==
        "{\"k\":\"-----BEGIN RSA PRIVATE KEY-----\\nAaA0\\n-----END RSA PRIVATE KEY-----\"}");
  const std::string harmless = "GET https://app.example.com/a?response_type=code&b=c eyJ : ? & e -";
  CHECK(with_masked_credentials(harmless) == harmless);
}

TEST_CASE("the data of a Secret is not recorded, and stays empty, base64 or neither",
          "[recording]") {
  const auto secret = body_of(
      R"({"kind":"Secret","metadata":{"annotations":{"kubectl.kubernetes.io/last-applied-configuration":"hidden"}},)"
      R"("data":{"password":"aGlkZGVu","empty":"","odd":"hidden!"},"stringData":{"a":"hidden"}})");
  CHECK(secret.find("hidden") == secret.npos);
  CHECK(secret.find("aGlkZGVu") == secret.npos);
  CHECK(secret.find(R"("password":")" + base64_encoded("[secret]")) != secret.npos);
  CHECK(secret.find(R"("empty":"")") != secret.npos);
  CHECK(secret.find(R"("odd":"[secret]")") != secret.npos);
  const auto list = body_of(R"({"kind":"SecretList","items":[{"data":{"a":"aGlkZGVu"}}]})");
  CHECK(list.find("aGlkZGVu") == list.npos);
  CHECK(body_of("{\"kind\":\"Secret\",\"data\":{\"a\":\"aGlkZGVu").find("aGlk") ==
        std::string::npos);
}

TEST_CASE("of a release of Helm no value is recorded, and a check reads of it what it read before",
          "[recording]") {
  const auto raw = nlohmann::json{
      {"name", "shop"},
      {"info", {{"status", "deployed"}, {"notes", "log in with hunter22"}}},
      {"config", {{"password", "hunter22"}, {"port", 4711}, {"on", true}}},
      {"chart",
       {{"metadata", {{"name", "shop"}, {"version", "1.2.3"}}},
        {"values", {{"password", "default-hunter22"}}},
        {"templates",
         {{{"name", "templates/a.yaml"},
           {"data", base64_encoded("hunter22: {{ .Values.password | default \"hunter22\" }}")}}}}}},
      {"manifest",
       "kind: Secret\nstringData: {a: hunter22}\n---\napiVersion: apps/v1\nkind: Deployment\n"
       "metadata: {name: shop}\nspec: {template: {spec: {containers: [{name: a, image: "
       "'example.com/a:1', env: [{name: A, value: hunter22}]}]}}}\n"},
      {"version", 3}};
  const auto data = packed_helm_release(raw.dump());
  const auto clean = body_of(R"({"kind":"SecretList","items":[{"type":"helm.sh/release.v1","data":)"
                             R"({"release":")" +
                             data + R"(","other":"aGlkZGVu"}}]})");
  const auto secret = nlohmann::json::parse(clean).at("items").at(0).at("data");
  CHECK(secret.at("other") == base64_encoded("[secret]"));
  const auto kept = secret.at("release").get<std::string>();
  CHECK(read_helm_release(kept) == read_helm_release(data));
  const auto unpacked = gunzipped(*base64_decoded(*base64_decoded(kept)), 1u << 20);
  for (const auto* word : {"hunter22", "4711"}) CHECK(unpacked.find(word) == unpacked.npos);
  for (const auto* word : {"password", ".Values.password", "example.com/a:1", "deployed", "1.2.3"})
    CHECK(unpacked.find(word) != unpacked.npos);
}

TEST_CASE("of a TLS Secret the certificates are recorded, and nothing else", "[recording]") {
  const std::string certificate = "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n";
  const std::string key = "-----BEGIN PRIVATE KEY-----\nhidden\n-----END PRIVATE KEY-----\n";
  const auto recorded = [&](const std::string& type, const std::string& pem) {
    const auto clean =
        body_of(R"({"kind":"Secret","type":")" + type + R"(","data":{"tls.crt":")" +
                base64_encoded(pem) + R"(","tls.key":")" + base64_encoded(key) + "\"}}");
    const auto data = nlohmann::json::parse(clean).at("data");
    CHECK(data.at("tls.key") == base64_encoded("[secret]"));
    return *base64_decoded(data.at("tls.crt").get<std::string>());
  };
  CHECK(recorded("kubernetes.io/tls", certificate + key + certificate) ==
        certificate + certificate);
  CHECK(recorded("kubernetes.io/tls", "hidden") == "[secret]");
  CHECK(recorded("kubernetes.io/tls", "-----BEGIN CERTIFICATE-----\n" + key + certificate) ==
        certificate);
  CHECK(recorded("Opaque", certificate) == "[secret]");
}

TEST_CASE("what looks like a token inside of other base64 is none", "[recording]") {
  CHECK(with_masked_credentials("LS0tAeyJhbGciOiJIUzI1NiJ9") == "LS0tAeyJhbGciOiJIUzI1NiJ9");
  CHECK(with_masked_credentials("\"eyJhbGciOiJIUzI1NiJ9\"") != "\"eyJhbGciOiJIUzI1NiJ9\"");
}

TEST_CASE("variables of containers that are named as secrets are lose their values",
          "[recording]") {
  const auto pod = body_of(R"({"kind":"Pod","spec":{"containers":[{"env":[)"
                           R"({"name":"DB_PASSWORD","value":"hidden"},)"
                           R"({"name":"LOG_LEVEL","value":"debug"}]}]}})");
  CHECK(pod.find("hidden") == pod.npos);
  CHECK(pod.find("debug") != pod.npos);
}

TEST_CASE("what holds no secret is recorded as it was", "[recording]") {
  const std::string pod = R"({ "kind": "Pod",  "spec": {"containers": [{"env": []}]} })";
  CHECK(body_of(pod) == pod);
}

TEST_CASE("cookies keep their names, attributes and lengths", "[recording]") {
  HttpResponse response;
  response.headers = {{"Set-Cookie", "session=AbC123; Path=/; Secure; HttpOnly; SameSite=Lax"},
                      {"set-cookie", "noname"},
                      {"X-CSRF-Token", "Zz9-x"},
                      {"Location", "https://a.example.com/?state=Qq1"},
                      {"Server", "nginx"},
                      {"Location", "https://a.example.com/#access_token=Qq1&b=Qq1"}};
  const auto clean = response_of(response);
  CHECK(clean.headers[0].value == "session=AaA000; Path=/; Secure; HttpOnly; SameSite=Lax");
  CHECK(clean.headers[1].value == "aaaaaa");
  CHECK(clean.headers[2].value == "Aa0-a");
  CHECK(clean.headers[3].value == "https://a.example.com/?state=Aa0");
  CHECK(clean.headers[4].value == "nginx");
  CHECK(clean.headers[5].value == "https://a.example.com/#access_token=Aa0&b=Qq1");
}

TEST_CASE("a question is the same with any secret in it", "[recording]") {
  const auto asked = [](const std::string& token, const std::string& password) {
    HttpRequest request;
    request.url = "https://me:" + password + "@app.example.com/?access_token=" + token + "&a=b";
    request.headers = {{"Authorization", "Bearer " + token}, {"Accept", "text/html"}};
    return without_secrets(question_of(request), nothing_known);
  };
  CHECK(asked("one", "two") == asked("another", "x"));
  const auto text = to_string(asked("one", "two"));
  CHECK(text.find("one") == text.npos);
  CHECK(text.find("Accept: text/html") != text.npos);
  CHECK(text.find("&a=b") != text.npos);
}

TEST_CASE("secrets that are known go from every answer", "[recording]") {
  const Redact redact = [](std::string_view text) {
    std::string clean(text);
    for (auto at = clean.find("canary"); at != clean.npos; at = clean.find("canary"))
      clean.replace(at, 6, "[secret]");
    return clean;
  };
  CHECK(std::get<std::string>(without_secrets(Answer(std::string("a canary")), redact)) ==
        "a [secret]");
  CHECK(std::get<Refusal>(without_secrets(Answer(Refusal{"x", "a canary", {}}), redact)).message ==
        "a [secret]");
  CHECK(std::get<ExecResult>(without_secrets(Answer(ExecResult{0, "", "canary"}), redact)).errors ==
        "[secret]");
  const auto rows = std::get<PostgresRows>(without_secrets(
      Answer(PostgresRows{{"as canary"}, {{std::optional<std::string>("canary")}}}), redact));
  CHECK(rows.columns[0] == "as [secret]");
  CHECK(rows.rows[0][0] == "[secret]");
}

}  // namespace postflight::test
