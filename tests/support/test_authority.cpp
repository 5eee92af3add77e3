#include "tests/support/test_authority.hpp"

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <stdexcept>

namespace postflight::test {

namespace {

struct Deleter {
  void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
  void operator()(X509* certificate) const { X509_free(certificate); }
  void operator()(X509_EXTENSION* extension) const { X509_EXTENSION_free(extension); }
  void operator()(BIO* bio) const { BIO_free(bio); }
};
using Key = std::unique_ptr<EVP_PKEY, Deleter>;
using Certificate = std::unique_ptr<X509, Deleter>;

void must(bool worked, const char* what) {
  if (!worked) throw std::runtime_error(std::string("OpenSSL: ") + what);
}

Key make_key() {
  Key key(EVP_EC_gen("P-256"));
  must(key != nullptr, "no key");
  return key;
}

template <typename Write>
std::string pem_of(Write write) {
  const std::unique_ptr<BIO, Deleter> memory(BIO_new(BIO_s_mem()));
  must(write(memory.get()) == 1, "no PEM");
  char* text = nullptr;
  const auto size = BIO_get_mem_data(memory.get(), &text);
  return {text, static_cast<std::size_t>(size)};
}

void add_extension(X509* certificate, X509* issuer, int what, const std::string& value) {
  X509V3_CTX context;
  X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
  const std::unique_ptr<X509_EXTENSION, Deleter> extension(
      X509V3_EXT_conf_nid(nullptr, &context, what, value.c_str()));
  must(extension && X509_add_ext(certificate, extension.get(), -1) == 1, "no extension");
}

void set_name(X509_NAME* name, const std::string& common_name) {
  const auto* text = reinterpret_cast<const unsigned char*>(common_name.c_str());
  must(X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8, text, -1, -1, 0) == 1, "no name");
}

// Unsigned; `issuer` is nullptr for one that signs itself.
Certificate make_certificate(const IdentityWish& wish, EVP_PKEY* key, X509* issuer) {
  static long serial = 1;
  Certificate certificate(X509_new());
  must(certificate != nullptr, "no certificate");
  X509_set_version(certificate.get(), X509_VERSION_3);
  ASN1_INTEGER_set(X509_get_serialNumber(certificate.get()), ++serial);
  X509_gmtime_adj(X509_getm_notBefore(certificate.get()), wish.begins.count());
  X509_gmtime_adj(X509_getm_notAfter(certificate.get()), wish.ends.count());
  X509_set_pubkey(certificate.get(), key);
  set_name(X509_get_subject_name(certificate.get()), wish.common_name);
  X509_set_issuer_name(certificate.get(),
                       X509_get_subject_name(issuer != nullptr ? issuer : certificate.get()));
  return certificate;
}

}  // namespace

struct TestAuthority::Parts {
  Key key = make_key();
  Certificate certificate;
  std::string pem;

  // `issuer` is nullptr for one that answers for itself.
  Parts(const IdentityWish& wish, const Parts* issuer) {
    auto* signer = issuer == nullptr ? nullptr : issuer->certificate.get();
    certificate = make_certificate(wish, key.get(), signer);
    auto* own = certificate.get();
    if (signer == nullptr) signer = own;
    add_extension(own, signer, NID_basic_constraints, "critical,CA:TRUE");
    add_extension(own, signer, NID_key_usage, "critical,keyCertSign");
    add_extension(own, signer, NID_subject_key_identifier, "hash");
    must(X509_sign(own, (issuer == nullptr ? key : issuer->key).get(), EVP_sha256()) > 0,
         "not signed");
    pem = pem_of([&](BIO* out) { return PEM_write_bio_X509(out, own); });
  }
};

TestAuthority::TestAuthority(const std::string& common_name)
    : parts_(std::make_unique<Parts>(IdentityWish{.common_name = common_name}, nullptr)) {}

TestAuthority::TestAuthority(const std::string& common_name, const TestAuthority& issuer,
                             std::chrono::seconds ends)
    : parts_(std::make_unique<Parts>(IdentityWish{.common_name = common_name, .ends = ends},
                                     issuer.parts_.get())) {}

TestAuthority::~TestAuthority() = default;

const std::string& TestAuthority::certificate_pem() const { return parts_->pem; }

Identity TestAuthority::issue(const IdentityWish& wish) const {
  const auto key = make_key();
  const auto certificate = make_certificate(wish, key.get(), parts_->certificate.get());
  std::string names;
  for (const auto& name : wish.names) names += (names.empty() ? "" : ",") + name;
  auto* own = parts_->certificate.get();
  if (!names.empty()) add_extension(certificate.get(), own, NID_subject_alt_name, names);
  add_extension(certificate.get(), own, NID_authority_key_identifier, "keyid");
  must(X509_sign(certificate.get(), parts_->key.get(), EVP_sha256()) > 0, "not signed");
  return {pem_of([&](BIO* out) { return PEM_write_bio_X509(out, certificate.get()); }),
          pem_of([&](BIO* out) {
            return PEM_write_bio_PrivateKey(out, key.get(), nullptr, nullptr, 0, nullptr, nullptr);
          })};
}

}  // namespace postflight::test
