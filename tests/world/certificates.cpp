#include "tests/world/certificates.hpp"

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <stdexcept>

namespace postflight::world {

namespace {

template <auto release>
struct Release {
  template <class T>
  void operator()(T* thing) const {
    release(thing);
  }
};
using Key = std::unique_ptr<EVP_PKEY, Release<EVP_PKEY_free>>;
using X509Pointer = std::unique_ptr<X509, Release<X509_free>>;
using Bio = std::unique_ptr<BIO, Release<BIO_free_all>>;

void require(bool good, const char* what) {
  if (!good) throw std::runtime_error(std::string("OpenSSL could not ") + what);
}

std::string text_of(BIO* bio) {
  char* data = nullptr;
  const long size = BIO_get_mem_data(bio, &data);
  return std::string(data, static_cast<std::size_t>(size));
}

std::string pem(X509* certificate) {
  const Bio bio(BIO_new(BIO_s_mem()));
  require(PEM_write_bio_X509(bio.get(), certificate) == 1, "write a certificate");
  return text_of(bio.get());
}

std::string pem(EVP_PKEY* key) {
  const Bio bio(BIO_new(BIO_s_mem()));
  require(PEM_write_bio_PrivateKey(bio.get(), key, nullptr, nullptr, 0, nullptr, nullptr) == 1,
          "write a key");
  return text_of(bio.get());
}

void extend(X509* certificate, X509* issuer, int kind, const std::string& value) {
  X509V3_CTX context;
  X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
  X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, &context, kind, value.c_str());
  require(extension != nullptr, "make a certificate extension");
  X509_add_ext(certificate, extension, -1);
  X509_EXTENSION_free(extension);
}

void add_name(X509_NAME* name, const char* field, const std::string& value) {
  require(X509_NAME_add_entry_by_txt(name, field, MBSTRING_UTF8,
                                     reinterpret_cast<const unsigned char*>(value.c_str()), -1, -1,
                                     0) == 1,
          "write a name");
}

X509Pointer blank(EVP_PKEY* key, const std::string& name, const std::vector<std::string>& groups,
                  std::chrono::seconds left) {
  X509Pointer certificate(X509_new());
  X509_set_version(certificate.get(), 2);
  unsigned char serial[8];
  require(RAND_bytes(serial, sizeof serial) == 1, "make a serial number");
  serial[0] &= 0x7f;
  const std::unique_ptr<BIGNUM, Release<BN_free>> number(BN_bin2bn(serial, sizeof serial, nullptr));
  BN_to_ASN1_INTEGER(number.get(), X509_get_serialNumber(certificate.get()));
  X509_gmtime_adj(X509_getm_notBefore(certificate.get()), -3600);
  X509_gmtime_adj(X509_getm_notAfter(certificate.get()), left.count());
  X509_set_pubkey(certificate.get(), key);
  X509_NAME* subject = X509_get_subject_name(certificate.get());
  for (const auto& group : groups) add_name(subject, "O", group);
  add_name(subject, "CN", name);
  return certificate;
}

bool is_address(const std::string& name) {
  return name.find_first_not_of("0123456789.") == std::string::npos;
}

}  // namespace

struct CertificateAuthority::Pair {
  Key key;
  X509Pointer certificate;

  Certificate sign(const std::string& name, const std::vector<std::string>& groups,
                   const std::string& purpose, const std::string& alternative_names,
                   Time left) const {
    const Key own(EVP_EC_gen("P-256"));
    require(own != nullptr, "make a key");
    const auto leaf = blank(own.get(), name, groups, left);
    X509_set_issuer_name(leaf.get(), X509_get_subject_name(certificate.get()));
    extend(leaf.get(), certificate.get(), NID_basic_constraints, "critical,CA:FALSE");
    extend(leaf.get(), certificate.get(), NID_key_usage, "critical,digitalSignature");
    extend(leaf.get(), certificate.get(), NID_ext_key_usage, purpose);
    extend(leaf.get(), certificate.get(), NID_authority_key_identifier, "keyid");
    if (!alternative_names.empty())
      extend(leaf.get(), certificate.get(), NID_subject_alt_name, alternative_names);
    require(X509_sign(leaf.get(), key.get(), EVP_sha256()) > 0, "sign a certificate");
    return {pem(leaf.get()), pem(own.get())};
  }
};

CertificateAuthority::CertificateAuthority(const std::string& name, Time left)
    : pair_(std::make_unique<Pair>()) {
  pair_->key.reset(EVP_EC_gen("P-256"));
  require(pair_->key != nullptr, "make a key");
  pair_->certificate = blank(pair_->key.get(), name, {}, left);
  X509* own = pair_->certificate.get();
  X509_set_issuer_name(own, X509_get_subject_name(own));
  extend(own, own, NID_basic_constraints, "critical,CA:TRUE");
  extend(own, own, NID_key_usage, "critical,keyCertSign,cRLSign");
  extend(own, own, NID_subject_key_identifier, "hash");
  require(X509_sign(own, pair_->key.get(), EVP_sha256()) > 0, "sign a certificate");
  pem_ = pem(own);
}

CertificateAuthority::~CertificateAuthority() = default;

Certificate CertificateAuthority::server(const std::vector<std::string>& names, Time left) const {
  std::string alternative_names;
  for (const auto& name : names)
    alternative_names += (alternative_names.empty() ? "" : ",") +
                         std::string(is_address(name) ? "IP:" : "DNS:") + name;
  return pair_->sign(names.front(), {}, "serverAuth", alternative_names, left);
}

Certificate CertificateAuthority::client(const std::string& name,
                                         const std::vector<std::string>& groups) const {
  return pair_->sign(name, groups, "clientAuth", "", today);
}

}  // namespace postflight::world
