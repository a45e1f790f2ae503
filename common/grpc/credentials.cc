#include "common/grpc/credentials.h"

#include <fcntl.h>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <sys/mman.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstddef>
#include <system_error>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "grpcpp/security/tls_certificate_provider.h"
#include "grpcpp/security/tls_credentials_options.h"

namespace swarmbell {
namespace {

constexpr std::size_t kMaxBytes = std::size_t{1} << 20;

// How often gRPC checks the files in memory, in seconds; it accepts no less.
constexpr unsigned int kRefreshSeconds = 1;

// The PEM files of one end of a connection, and their contents, in this order. Any may be empty, the
// certificate and its key only together.
enum : std::size_t { kCert, kKey, kAuthorities };
using Strings = std::vector<std::string>;
constexpr std::array<const char*, 3> kRoles = {"TLS certificate", "TLS key", "TLS CA"};

using Bio = std::unique_ptr<BIO, decltype(&BIO_free)>;
using Certificate = std::unique_ptr<X509, decltype(&X509_free)>;
using Key = std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)>;

// Keeps OpenSSL from asking on the terminal.
int NoPassphrase(char*, int, int, void*) { return -1; }

Bio Open(const std::string& content) {
  return Bio(BIO_new_mem_buf(content.data(), static_cast<int>(content.size())), &BIO_free);
}

absl::Status NoPem(std::size_t role, const Strings& files, const char* wanted) {
  ERR_clear_error();
  return absl::InvalidArgumentError(absl::StrCat("cannot use the ", kRoles[role], " file \"", files[role],
                                                 "\": it holds no ", wanted, " in PEM form"));
}

// All certificates of a file: at least one, and the last not cut off.
absl::StatusOr<std::vector<Certificate>> Certificates(std::size_t role, const Strings& files,
                                                      const Strings& contents) {
  ERR_clear_error();
  const Bio bio = Open(contents[role]);
  std::vector<Certificate> all;
  while (X509* next = PEM_read_bio_X509(bio.get(), nullptr, NoPassphrase, nullptr)) {
    all.emplace_back(next, &X509_free);
  }
  const bool at_end = ERR_GET_REASON(ERR_peek_last_error()) == PEM_R_NO_START_LINE;
  if (all.empty()) return NoPem(role, files, "certificate");
  if (!at_end) return NoPem(role, files, "whole chain of certificates");
  ERR_clear_error();
  return all;
}

absl::Status CheckPair(const Strings& files, const Strings& contents) {
  const auto certificates = Certificates(kCert, files, contents);
  if (!certificates.ok()) return certificates.status();
  const Bio bio = Open(contents[kKey]);
  const Key key(PEM_read_bio_PrivateKey(bio.get(), nullptr, NoPassphrase, nullptr), &EVP_PKEY_free);
  if (key == nullptr) return NoPem(kKey, files, "private key without passphrase");
  const bool match = X509_check_private_key(certificates->front().get(), key.get()) == 1;
  ERR_clear_error();
  if (match) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat("the TLS key file \"", files[kKey],
                                                 "\" does not belong to the TLS certificate file \"",
                                                 files[kCert], "\"; give the two that were made together"));
}

// Checks what gRPC would only log.
absl::Status CheckPem(const Strings& files, const Strings& contents) {
  if (!files[kCert].empty()) {
    if (absl::Status pair = CheckPair(files, contents); !pair.ok()) return pair;
  }
  if (files[kAuthorities].empty()) return absl::OkStatus();
  return Certificates(kAuthorities, files, contents).status();
}

absl::StatusOr<Strings> ReadPem(const Strings& files) {
  Strings contents;
  for (std::size_t role = 0; role < files.size(); ++role) {
    absl::StatusOr<std::string> content =
        files[role].empty() ? std::string() : ReadFile(files[role], kMaxBytes);
    if (!content.ok()) {
      return absl::Status(content.status().code(),
                          absl::StrCat("cannot read the ", kRoles[role], " file \"", files[role],
                                       "\": ", std::string(content.status().message()),
                                       "; check the path and its permissions"));
    }
    contents.push_back(*std::move(content));
  }
  if (absl::Status checked = CheckPem(files, contents); !checked.ok()) return checked;
  return contents;
}

// A file in memory, for readers in this process that need a path. A reader that opens it gets one whole
// content. Nothing is written to any disk.
class MemoryFile {
 public:
  MemoryFile() = default;
  ~MemoryFile() {
    if (fd_ >= 0) close(fd_);
  }
  MemoryFile(const MemoryFile&) = delete;
  MemoryFile& operator=(const MemoryFile&) = delete;

  // Sets the content. Readers that have opened the path keep reading the content before.
  absl::Status Put(const std::string& content) {
    const int fresh = memfd_create("swarmbell", MFD_CLOEXEC);
    if (fresh < 0) return Failed();
    absl::Status status = Write(fresh, content);
    if (status.ok() && fd_ < 0) {
      fd_ = fresh;
      return status;
    }
    if (status.ok() && dup3(fresh, fd_, O_CLOEXEC) < 0) status = Failed();
    close(fresh);
    return status;
  }

  // Valid as long as the object lives; empty before the first Put().
  std::string Path() const { return fd_ < 0 ? "" : absl::StrCat("/proc/self/fd/", fd_); }

 private:
  static absl::Status Failed() {
    return absl::InternalError(
        absl::StrCat("cannot make a file in memory: ", std::generic_category().message(errno)));
  }

  static absl::Status Write(int fd, const std::string& content) {
    for (std::size_t done = 0; done < content.size();) {
      const ssize_t written = write(fd, content.data() + done, content.size() - done);
      if (written <= 0) return Failed();
      done += static_cast<std::size_t>(written);
    }
    return absl::OkStatus();
  }

  int fd_ = -1;
};

using Provider = std::shared_ptr<grpc::experimental::CertificateProviderInterface>;

// PEM files as gRPC sees them. gRPC's own watcher would use whatever it finds at any moment: half a file, or
// a new certificate with the old key, after which every handshake fails. It therefore watches checked copies
// in memory.
class WatchedPem {
 public:
  static absl::StatusOr<std::shared_ptr<WatchedPem>> Load(Strings files, absl::Duration look_every) {
    const absl::StatusOr<Strings> contents = ReadPem(files);
    if (!contents.ok()) return contents.status();
    std::shared_ptr<WatchedPem> pem(new WatchedPem(std::move(files)));
    if (absl::Status applied = pem->Apply(*contents); !applied.ok()) return applied;
    WatchedFiles watched{.what = "the TLS files",
                         .files = pem->files_,
                         .contents = *contents,
                         .apply = [self = pem.get()](const Strings& fresh) { return self->Apply(fresh); }};
    pem->watch_ =
        std::make_unique<FileWatch>(std::vector<WatchedFiles>{std::move(watched)}, look_every, Clock::Real());
    return pem;
  }

  Provider MakeProvider() const {
    return std::make_shared<grpc::experimental::FileWatcherCertificateProvider>(
        identity_.Path(), identity_.Path(), authorities_.Path(), kRefreshSeconds);
  }

 private:
  explicit WatchedPem(Strings files) : files_(std::move(files)) {}

  absl::Status Apply(const Strings& contents) {
    if (absl::Status checked = CheckPem(files_, contents); !checked.ok()) return checked;
    if (!files_[kAuthorities].empty()) {
      if (absl::Status put = authorities_.Put(contents[kAuthorities]); !put.ok()) return put;
    }
    if (files_[kCert].empty()) return absl::OkStatus();
    return identity_.Put(absl::StrCat(contents[kKey], "\n", contents[kCert]));
  }

  const Strings files_;
  MemoryFile identity_;  // the key, then the certificates: gRPC reads both from one file
  MemoryFile authorities_;
  std::unique_ptr<FileWatch> watch_;  // last: uses everything above
};

// `credentials` that keep `pem` alive.
template <typename Credentials>
std::shared_ptr<Credentials> Keeping(std::shared_ptr<WatchedPem> pem,
                                     std::shared_ptr<Credentials> credentials) {
  const auto both = std::make_shared<std::pair<std::shared_ptr<WatchedPem>, std::shared_ptr<Credentials>>>(
      std::move(pem), std::move(credentials));
  return std::shared_ptr<Credentials>(both, both->second.get());
}

// gRPC's TLS options by their old names and by their new ones: from 1.8x on each half of the material has a
// provider of its own, and the one for both is deprecated. The templates choose by what the library has.

// Shows the other end the provider's certificate.
template <typename Options>
void UseIdentity(Options& options, Provider provider) {
  if constexpr (requires { options.set_identity_certificate_provider(provider); }) {
    options.set_identity_certificate_provider(std::move(provider));
  } else {
    options.set_certificate_provider(std::move(provider));
    options.watch_identity_key_cert_pairs();
  }
}

// Accepts the other end if its certificate is signed by one of the provider's CAs.
template <typename Options>
void UseAuthorities(Options& options, Provider provider) {
  if constexpr (requires { options.set_root_certificate_provider(provider); }) {
    options.set_root_certificate_provider(std::move(provider));
  } else {
    options.set_certificate_provider(std::move(provider));
    options.watch_root_certs();
  }
}

// A server's options, with its certificate.
template <typename Options = grpc::experimental::TlsServerCredentialsOptions>
Options ServerOptions(Provider provider) {
  if constexpr (requires { Options::Create(provider); }) {
    return *Options::Create(std::move(provider));
  } else {
    Options options(std::move(provider));
    options.watch_identity_key_cert_pairs();
    return options;
  }
}

}  // namespace

absl::StatusOr<std::shared_ptr<grpc::ServerCredentials>> MakeServerCredentials(const ServerTls& tls) {
  if (tls.cert_file.empty() && tls.key_file.empty() && tls.client_ca_file.empty()) {
    return grpc::InsecureServerCredentials();
  }
  if (tls.cert_file.empty() || tls.key_file.empty()) {
    return absl::InvalidArgumentError(
        "cannot serve TLS with only some of its files; give a certificate and its key (and a client CA to "
        "check clients), or none");
  }
  auto pem = WatchedPem::Load({tls.cert_file, tls.key_file, tls.client_ca_file}, tls.look_every);
  if (!pem.ok()) return pem.status();
  const Provider provider = (*pem)->MakeProvider();
  auto options = ServerOptions(provider);
  if (!tls.client_ca_file.empty()) {
    UseAuthorities(options, provider);
    options.set_cert_request_type(GRPC_SSL_REQUEST_AND_REQUIRE_CLIENT_CERTIFICATE_AND_VERIFY);
  }
  return Keeping(*std::move(pem), grpc::experimental::TlsServerCredentials(options));
}

absl::StatusOr<std::shared_ptr<grpc::ChannelCredentials>> MakeChannelCredentials(const ChannelTls& tls) {
  if (!tls.Wanted()) return grpc::InsecureChannelCredentials();
  if (tls.cert_file.empty() != tls.key_file.empty()) {
    return absl::InvalidArgumentError(
        "cannot present a client certificate with only one of its files; give the certificate and its key, "
        "or neither");
  }
  grpc::experimental::TlsChannelCredentialsOptions options;
  if (tls.ca_file.empty() && tls.cert_file.empty()) return grpc::experimental::TlsCredentials(options);
  auto pem = WatchedPem::Load({tls.cert_file, tls.key_file, tls.ca_file}, tls.look_every);
  if (!pem.ok()) return pem.status();
  const Provider provider = (*pem)->MakeProvider();
  if (!tls.ca_file.empty()) UseAuthorities(options, provider);
  if (!tls.cert_file.empty()) UseIdentity(options, provider);
  return Keeping(*std::move(pem), grpc::experimental::TlsCredentials(options));
}

}  // namespace swarmbell
