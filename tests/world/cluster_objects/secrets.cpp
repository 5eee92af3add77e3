#include "tests/world/cluster_objects/secrets.hpp"

#include "tests/world/certificates.hpp"
#include "tests/world/cluster_objects/metadata.hpp"
#include "tests/world/json.hpp"
#include "tests/world/url.hpp"

namespace postflight::world {

namespace {

Json secret(const std::string& name_space, const std::string& name, const std::string& type,
            Json data) {
  Json object = {{"metadata", metadata(name_space, name, uid("Secret", id_of(name_space, name)),
                                       ago(std::chrono::hours(240)))}};
  object["data"] = std::move(data);
  object["type"] = type;
  return object;
}

}  // namespace

const CertificateAuthority& internal_authority() {
  static const CertificateAuthority authority("Example Internal CA", std::chrono::hours(24 * 3650));
  return authority;
}

Json tls_secret(const std::string& name_space, const std::string& name,
                const std::vector<std::string>& hosts, std::chrono::hours left) {
  const auto pair = internal_authority().server(hosts, left);
  const std::string& authority = internal_authority().certificate_pem();
  return secret(name_space, name, "kubernetes.io/tls",
                {{"ca.crt", base64(authority)},
                 {"tls.crt", base64(pair.certificate_pem + authority)},
                 {"tls.key", base64(pair.key_pem)}});
}

Json opaque_secret(const std::string& name_space, const std::string& name,
                   const std::vector<std::pair<std::string, std::string>>& values) {
  Json data = Json::object();
  for (const auto& [key, value] : values) data[key] = base64(value);
  return secret(name_space, name, "Opaque", std::move(data));
}

}  // namespace postflight::world
