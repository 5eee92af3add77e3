#pragma once

#include <chrono>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

namespace postflight::world {

class CertificateAuthority;

// The cluster's own authority, "Example Internal CA", good for ten years; made once.
const CertificateAuthority& internal_authority();

// A Secret of type kubernetes.io/tls with a certificate of that authority, the authority's behind
// it in tls.crt, and so long left.
nlohmann::ordered_json tls_secret(const std::string& name_space, const std::string& name,
                                  const std::vector<std::string>& hosts, std::chrono::hours left);
nlohmann::ordered_json opaque_secret(
    const std::string& name_space, const std::string& name,
    const std::vector<std::pair<std::string, std::string>>& values);

}  // namespace postflight::world
