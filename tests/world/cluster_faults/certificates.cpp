#include "tests/world/cluster_faults/edits.hpp"
#include "tests/world/cluster_objects/metadata.hpp"
#include "tests/world/cluster_objects/secrets.hpp"
#include "tests/world/json.hpp"
#include "tests/world/url.hpp"

namespace postflight::world {

using namespace std::chrono_literals;

namespace {

Edit secret(const std::string& host, std::chrono::hours left) {
  return [=](Cluster& cluster) {
    cluster.store().put("secrets", tls_secret("shop", "shop-tls", {host}, left));
  };
}

void issuing_failed(Json& certificate) {
  set_condition(certificate, "Ready", "False", "Expired", "Certificate expired on 1 November", 2h);
  set_condition(certificate, "Issuing", "False", "Failed",
                "The certificate request has failed to complete and will be retried", 2h);
}

void account_unknown(Json& issuer) {
  set_condition(issuer, "Ready", "False", "ErrRegisterACMEAccount",
                "Failed to register ACME account: 403 urn:ietf:params:acme:error:unauthorized", 3h);
}

}  // namespace

std::vector<Fault> certificate_faults() {
  return {
      fault("tls-secret-expiring", "the certificate in a TLS Secret has three days left",
            {"tls-secrets-valid"}, secret("shop.example.com", 24h * 3)),
      fault("tls-secret-unreadable", "what a TLS Secret holds is no certificate",
            {"tls-secrets-valid"},
            change("secrets", "shop", "shop-tls",
                   [](Json& object) {
                     object["data"]["tls.crt"] = base64("-----BEGIN CERTIFICATE-----\ncut off");
                   })),
      fault("tls-secret-wrong-host", "the certificate of an Ingress is for another host",
            {"tls-secrets-valid"}, secret("other.example.com", 24h * 80)),
      fault("certificate-not-ready", "cert-manager could not issue a certificate",
            {"cert-manager-certificates-ready"},
            change("certificates", "shop", "shop-tls", issuing_failed)),
      fault("issuer-not-ready", "an Issuer of cert-manager is not ready",
            {"cert-manager-issuers-ready"},
            change("issuers", "cert-manager", "selfsigned", account_unknown)),
      fault("cluster-issuer-not-ready", "a ClusterIssuer of cert-manager is not ready",
            {"cert-manager-cluster-issuers-ready"},
            change("clusterissuers", "", "internal", account_unknown)),
      fault("certificate-request-failed", "a CertificateRequest failed",
            {"cert-manager-requests-issued"},
            change("certificaterequests", "shop", "shop-tls-1",
                   [](Json& request) {
                     request["status"].erase("certificate");
                     request["status"]["failureTime"] = ago(2h);
                     set_condition(request, "Ready", "False", "Failed",
                                   "Referenced issuer cannot sign: error getting keypair", 2h);
                   })),
  };
}

}  // namespace postflight::world
