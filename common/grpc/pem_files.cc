#include "common/grpc/pem_files.h"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <memory>

#include "absl/strings/str_cat.h"

namespace swarmbell {
namespace {

constexpr std::size_t kMaxBytes = std::size_t{1} << 20;
constexpr char kCertificate[] = "TLS certificate";
constexpr char kKey[] = "TLS key";
constexpr char kAuthorities[] = "TLS CA";

using Bio = std::unique_ptr<BIO, decltype(&BIO_free)>;
using Certificate = std::unique_ptr<X509, decltype(&X509_free)>;
using Key = std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)>;

// Never asks on the terminal.
int NoPassphrase(char*, int, int, void*) { return -1; }

absl::StatusOr<std::string> Read(const char* role, const std::string& file) {
  if (file.empty()) return "";
  errno = 0;
  std::unique_ptr<std::FILE, int (*)(std::FILE*)> in(std::fopen(file.c_str(), "rb"), &std::fclose);
  std::string content;
  char piece[4096];
  while (in != nullptr && content.size() <= kMaxBytes) {
    const std::size_t got = std::fread(piece, 1, sizeof piece, in.get());
    if (got == 0) break;
    content.append(piece, got);
  }
  if (in != nullptr && std::ferror(in.get()) == 0) return content;
  const int error = errno;
  const std::string message =
      absl::StrCat("cannot read the ", role, " file \"", file, "\": ", std::strerror(error),
                   "; check the path and its permissions");
  return error == EACCES ? absl::PermissionDeniedError(message) : absl::NotFoundError(message);
}

Bio Open(const std::string& content) {
  return Bio(BIO_new_mem_buf(content.data(), static_cast<int>(content.size())), &BIO_free);
}

absl::Status NoPem(const char* role, const std::string& file, const char* wanted) {
  ERR_clear_error();
  return absl::InvalidArgumentError(
      absl::StrCat("cannot use the ", role, " file \"", file, "\": it holds no ", wanted, " in PEM form"));
}

// Every certificate of the file, of which there must be one and the last must not be cut off.
absl::StatusOr<std::vector<Certificate>> Certificates(const char* role, const std::string& file,
                                                      const std::string& content) {
  ERR_clear_error();
  const Bio bio = Open(content);
  std::vector<Certificate> all;
  while (X509* next = PEM_read_bio_X509(bio.get(), nullptr, NoPassphrase, nullptr)) {
    all.emplace_back(next, &X509_free);
  }
  const bool at_end = ERR_GET_REASON(ERR_peek_last_error()) == PEM_R_NO_START_LINE;
  if (all.empty()) return NoPem(role, file, "certificate");
  if (!at_end) return NoPem(role, file, "whole chain of certificates");
  ERR_clear_error();
  return all;
}

absl::Status CheckPair(const PemFiles& files, const PemContents& contents) {
  const auto certificates = Certificates(kCertificate, files.cert_file, contents.cert);
  if (!certificates.ok()) return certificates.status();
  const Bio bio = Open(contents.key);
  const Key key(PEM_read_bio_PrivateKey(bio.get(), nullptr, NoPassphrase, nullptr), &EVP_PKEY_free);
  if (key == nullptr) return NoPem(kKey, files.key_file, "private key without passphrase");
  const bool match = X509_check_private_key(certificates->front().get(), key.get()) == 1;
  ERR_clear_error();
  if (match) return absl::OkStatus();
  return absl::InvalidArgumentError(
      absl::StrCat("the TLS key file \"", files.key_file, "\" does not belong to the TLS certificate file \"",
                   files.cert_file, "\"; give the two that were made together"));
}

}  // namespace

absl::Status CheckPem(const PemFiles& files, const PemContents& contents) {
  if (!files.cert_file.empty()) {
    if (absl::Status pair = CheckPair(files, contents); !pair.ok()) return pair;
  }
  if (files.ca_file.empty()) return absl::OkStatus();
  return Certificates(kAuthorities, files.ca_file, contents.ca).status();
}

absl::StatusOr<PemContents> ReadPem(const PemFiles& files) {
  absl::StatusOr<std::string> cert = Read(kCertificate, files.cert_file);
  if (!cert.ok()) return cert.status();
  absl::StatusOr<std::string> key = Read(kKey, files.key_file);
  if (!key.ok()) return key.status();
  absl::StatusOr<std::string> ca = Read(kAuthorities, files.ca_file);
  if (!ca.ok()) return ca.status();
  PemContents contents{*std::move(cert), *std::move(key), *std::move(ca)};
  if (absl::Status checked = CheckPem(files, contents); !checked.ok()) return checked;
  return contents;
}

}  // namespace swarmbell
