#include "common/grpc/pem_files.h"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include <cerrno>
#include <cstring>
#include <memory>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"

namespace swarmbell {
namespace {

using Bio = std::unique_ptr<BIO, decltype(&BIO_free)>;
using Certificate = std::unique_ptr<X509, decltype(&X509_free)>;
using Key = std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)>;

// Never asks on the terminal.
int NoPassphrase(char*, int, int, void*) { return -1; }

absl::StatusOr<Bio> Open(const std::string& role, const std::string& file) {
  errno = 0;
  Bio bio(BIO_new_file(file.c_str(), "r"), &BIO_free);
  const int error = errno;
  ERR_clear_error();
  if (bio != nullptr) return bio;
  const std::string message =
      absl::StrCat("cannot read the ", role, " file \"", file, "\": ", std::strerror(error),
                   "; check the path and its permissions");
  return error == EACCES ? absl::PermissionDeniedError(message) : absl::NotFoundError(message);
}

absl::Status NoPem(const std::string& role, const std::string& file, const char* wanted) {
  ERR_clear_error();
  return absl::InvalidArgumentError(
      absl::StrCat("cannot use the ", role, " file \"", file, "\": it holds no ", wanted, " in PEM form"));
}

absl::StatusOr<Certificate> ReadCertificate(const std::string& role, const std::string& file) {
  const auto bio = Open(role, file);
  if (!bio.ok()) return bio.status();
  Certificate certificate(PEM_read_bio_X509(bio->get(), nullptr, NoPassphrase, nullptr), &X509_free);
  if (certificate == nullptr) return NoPem(role, file, "certificate");
  return certificate;
}

absl::StatusOr<Key> ReadKey(const std::string& file) {
  const auto bio = Open("TLS key", file);
  if (!bio.ok()) return bio.status();
  Key key(PEM_read_bio_PrivateKey(bio->get(), nullptr, NoPassphrase, nullptr), &EVP_PKEY_free);
  if (key == nullptr) return NoPem("TLS key", file, "private key without passphrase");
  return key;
}

}  // namespace

absl::Status CheckCertificateAndKey(const std::string& cert_file, const std::string& key_file) {
  const auto certificate = ReadCertificate("TLS certificate", cert_file);
  if (!certificate.ok()) return certificate.status();
  const auto key = ReadKey(key_file);
  if (!key.ok()) return key.status();
  const bool match = X509_check_private_key(certificate->get(), key->get()) == 1;
  ERR_clear_error();
  if (match) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat("the TLS key file \"", key_file,
                                                 "\" does not belong to the TLS certificate file \"",
                                                 cert_file, "\"; give the two that were made together"));
}

absl::Status CheckAuthorities(const std::string& ca_file) {
  return ReadCertificate("TLS CA", ca_file).status();
}

}  // namespace swarmbell
