#include "clients/certificates.hpp"

#include <arpa/inet.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <new>

#include "clients/error.hpp"

namespace postflight {
namespace {

struct Deleter {
  void operator()(BIO* bio) const { BIO_free(bio); }
  void operator()(X509* certificate) const { X509_free(certificate); }
  void operator()(X509_STORE* store) const { X509_STORE_free(store); }
  void operator()(X509_STORE_CTX* context) const { X509_STORE_CTX_free(context); }
  void operator()(GENERAL_NAMES* names) const { GENERAL_NAMES_free(names); }
  void operator()(STACK_OF(X509) * stack) const { sk_X509_free(stack); }
  void operator()(X509_EXTENSION* extension) const { X509_EXTENSION_free(extension); }
  void operator()(ASN1_TIME* time) const { ASN1_TIME_free(time); }
};
template <typename Type>
using Owned = std::unique_ptr<Type, Deleter>;
using Chain = std::vector<Owned<X509>>;

std::string last_error() {
  const auto code = ERR_get_error();
  ERR_clear_error();
  const auto* text = code == 0 ? nullptr : ERR_reason_error_string(code);
  return text == nullptr ? "no reason is told" : text;
}

[[noreturn]] void unreadable(std::size_t number, const std::string& why) {
  throw ClientError(reason::unreadable,
                    "certificate " + std::to_string(number) + " cannot be read: " + why);
}

std::string bytes_of(BIO* bio) {
  char* bytes = nullptr;
  const auto size = BIO_get_mem_data(bio, &bytes);
  return size > 0 ? std::string(bytes, static_cast<std::size_t>(size)) : std::string();
}

std::string text_of(const X509_NAME* name) {
  const Owned<BIO> bio(BIO_new(BIO_s_mem()));
  if (!bio) throw std::bad_alloc();
  X509_NAME_print_ex(bio.get(), name, 0, XN_FLAG_ONELINE & ~ASN1_STRFLGS_ESC_MSB);
  return bytes_of(bio.get());
}

// "No well-defined end" is 9999-12-31 (RFC 5280): beyond what the clock's nanoseconds can count.
// What ended before 1970 has ended; nearer to the clock's begin, differences could not be counted.
std::chrono::system_clock::time_point moment_of(const ASN1_TIME* time, std::size_t number) {
  using namespace std::chrono;
  std::tm parts{};
  if (time == nullptr || ASN1_TIME_to_tm(time, &parts) != 1) unreadable(number, "its dates");
  constexpr auto last = duration_cast<seconds>(system_clock::duration::max());
  constexpr seconds first(0);
  return system_clock::time_point(std::clamp(seconds(timegm(&parts)), first, last));
}

std::string address_text(const ASN1_OCTET_STRING* address) {
  const auto size = ASN1_STRING_length(address);
  std::array<char, INET6_ADDRSTRLEN> text{};
  if (size == 4 || size == 16)
    inet_ntop(size == 4 ? AF_INET : AF_INET6, ASN1_STRING_get0_data(address), text.data(),
              text.size());
  return text.data();
}

std::vector<std::string> names_of(X509* certificate) {
  const Owned<GENERAL_NAMES> all(static_cast<GENERAL_NAMES*>(
      X509_get_ext_d2i(certificate, NID_subject_alt_name, nullptr, nullptr)));
  std::vector<std::string> names;
  for (int index = 0; all && index < sk_GENERAL_NAME_num(all.get()); ++index) {
    const auto* name = sk_GENERAL_NAME_value(all.get(), index);
    if (name->type == GEN_DNS)
      names.emplace_back(reinterpret_cast<const char*>(ASN1_STRING_get0_data(name->d.dNSName)),
                         static_cast<std::size_t>(ASN1_STRING_length(name->d.dNSName)));
    else if (name->type == GEN_IPADD)
      if (auto address = address_text(name->d.iPAddress); !address.empty())
        names.push_back(std::move(address));
  }
  return names;
}

Chain parsed(const std::string& pem) {
  const Owned<BIO> bio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  if (!bio) throw std::bad_alloc();
  Chain chain;
  ERR_clear_error();
  for (;;) {
    Owned<X509> certificate(PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr));
    if (certificate) {
      chain.push_back(std::move(certificate));
      continue;
    }
    const bool is_end = ERR_GET_REASON(ERR_peek_last_error()) == PEM_R_NO_START_LINE;
    if (!is_end) unreadable(chain.size() + 1, last_error());
    ERR_clear_error();
    break;
  }
  if (chain.empty()) throw ClientError(reason::unreadable, "there is no certificate in it");
  return chain;
}

bool is_signed_by(X509* certificate, X509* other) {
  auto* key = X509_get0_pubkey(other);
  const bool is_so = X509_check_issued(other, certificate) == X509_V_OK && key != nullptr &&
                     X509_verify(certificate, key) == 1;
  ERR_clear_error();
  return is_so;
}

Owned<X509_STORE> authorities(const std::string& ca_file) {
  Owned<X509_STORE> store(X509_STORE_new());
  if (!store) throw std::bad_alloc();
  if (!ca_file.empty()) {
    if (X509_STORE_load_locations(store.get(), ca_file.c_str(), nullptr) != 1)
      throw ClientError(reason::configuration, "the certificate authorities cannot be read from " +
                                                   ca_file + ": " + last_error());
    return store;
  }
  // That a system has no authorities would read as "nobody trusts this server".
  const auto place = [](const char* variable, const char* usual) {
    const char* set = std::getenv(variable);
    return std::filesystem::path(set == nullptr ? usual : set);
  };
  std::error_code error;
  const auto file = place(X509_get_default_cert_file_env(), X509_get_default_cert_file());
  const auto folder = place(X509_get_default_cert_dir_env(), X509_get_default_cert_dir());
  const bool has_any =
      std::filesystem::is_regular_file(file, error) ||
      (std::filesystem::is_directory(folder, error) && !std::filesystem::is_empty(folder, error));
  if (!has_any || X509_STORE_set_default_paths(store.get()) != 1)
    throw ClientError(reason::configuration, "this system has no certificate authorities (" +
                                                 file.string() + ", " + folder.string() +
                                                 "): install ca-certificates, or name a file");
  ERR_clear_error();
  return store;
}

// The dates of what the server sent are judged elsewhere; those of our own authorities count.
int pass_over_dates_of_chain(int is_fine, X509_STORE_CTX* context) {
  if (is_fine != 0) return is_fine;
  const auto error = X509_STORE_CTX_get_error(context);
  if (error != X509_V_ERR_CERT_HAS_EXPIRED && error != X509_V_ERR_CERT_NOT_YET_VALID) return 0;
  auto* sent = X509_STORE_CTX_get0_untrusted(context);
  auto* current = X509_STORE_CTX_get_current_cert(context);
  if (X509_cmp(current, X509_STORE_CTX_get0_cert(context)) == 0) return 1;
  for (int index = 0; index < sk_X509_num(sent); ++index)
    if (X509_cmp(current, sk_X509_value(sent, index)) == 0) return 1;
  return 0;
}

template <typename Edit>
std::string edited(const std::string& pem, const Edit& edit) {
  const Owned<BIO> bio(BIO_new(BIO_s_mem()));
  if (!bio) throw std::bad_alloc();
  for (const auto& certificate : parsed(pem)) {
    edit(certificate.get());
    i2d_re_X509_tbs(certificate.get(), nullptr);  // else it is written as it was read
    if (PEM_write_bio_X509(bio.get(), certificate.get()) != 1) throw std::bad_alloc();
  }
  return bytes_of(bio.get());
}

}  // namespace

std::string with_ends_moved(const std::string& pem, std::chrono::hours by) {
  using namespace std::chrono;
  return edited(pem, [&](X509* certificate) {
    const auto end = moment_of(X509_get0_notAfter(certificate), 1) + by;
    const Owned<ASN1_TIME> time(ASN1_TIME_set(nullptr, system_clock::to_time_t(end)));
    if (!time || X509_set1_notAfter(certificate, time.get()) != 1) throw std::bad_alloc();
  });
}

std::string with_other_name(const std::string& pem, const std::string& name) {
  const auto value = "DNS:" + name;
  return edited(pem, [&](X509* certificate) {
    const auto old = X509_get_ext_by_NID(certificate, NID_subject_alt_name, -1);
    if (old >= 0) Owned<X509_EXTENSION>(X509_delete_ext(certificate, old));
    const Owned<X509_EXTENSION> other(
        X509V3_EXT_conf_nid(nullptr, nullptr, NID_subject_alt_name, value.c_str()));
    if (!other || X509_add_ext(certificate, other.get(), -1) != 1) throw std::bad_alloc();
  });
}

std::vector<Certificate> read_certificates(const std::string& pem) {
  const auto chain = parsed(pem);
  std::vector<Certificate> certificates;
  for (std::size_t index = 0; index < chain.size(); ++index) {
    auto* certificate = chain[index].get();
    certificates.push_back(
        {text_of(X509_get_subject_name(certificate)), text_of(X509_get_issuer_name(certificate)),
         names_of(certificate), moment_of(X509_get0_notBefore(certificate), index + 1),
         moment_of(X509_get0_notAfter(certificate), index + 1),
         index + 1 < chain.size() && is_signed_by(certificate, chain[index + 1].get())});
  }
  return certificates;
}

std::string why_not_trusted(const std::string& chain_pem, const std::string& ca_file) {
  const auto chain = parsed(chain_pem);
  const auto store = authorities(ca_file);
  const Owned<X509_STORE_CTX> context(X509_STORE_CTX_new());
  const Owned<STACK_OF(X509)> others(sk_X509_new_null());
  if (!context || !others) throw std::bad_alloc();
  for (std::size_t index = 1; index < chain.size(); ++index)
    sk_X509_push(others.get(), chain[index].get());
  if (X509_STORE_CTX_init(context.get(), store.get(), chain.front().get(), others.get()) != 1)
    throw std::bad_alloc();
  X509_STORE_CTX_set_default(context.get(), "ssl_server");
  X509_STORE_CTX_set_flags(context.get(), X509_V_FLAG_PARTIAL_CHAIN);  // as libcurl does
  X509_STORE_CTX_set_verify_cb(context.get(), pass_over_dates_of_chain);
  const bool is_trusted = X509_verify_cert(context.get()) == 1;
  ERR_clear_error();
  if (is_trusted) return "";
  std::string why = X509_verify_cert_error_string(X509_STORE_CTX_get_error(context.get()));
  if (auto* at = X509_STORE_CTX_get_current_cert(context.get()); at != nullptr)
    why += " (" + text_of(X509_get_subject_name(at)) + ")";
  return why;
}

}  // namespace postflight
