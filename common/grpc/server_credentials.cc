#include "common/grpc/server_credentials.h"

#include "absl/status/status.h"
#include "common/grpc/pem_files.h"
#include "grpcpp/security/tls_certificate_provider.h"
#include "grpcpp/security/tls_credentials_options.h"

namespace swarmbell {
namespace {

absl::Status Check(const ServerTls& tls) {
  if (tls.cert_file.empty() || tls.key_file.empty()) {
    return absl::InvalidArgumentError(
        "cannot serve TLS with only some of its files; give a certificate and its key (and a client CA to "
        "check clients), or none");
  }
  const absl::Status pair = CheckCertificateAndKey(tls.cert_file, tls.key_file);
  if (!pair.ok() || tls.client_ca_file.empty()) return pair;
  return CheckAuthorities(tls.client_ca_file);
}

}  // namespace

absl::StatusOr<std::shared_ptr<grpc::ServerCredentials>> MakeServerCredentials(const ServerTls& tls) {
  if (tls.cert_file.empty() && tls.key_file.empty() && tls.client_ca_file.empty()) {
    return grpc::InsecureServerCredentials();
  }
  const absl::Status checked = Check(tls);
  if (!checked.ok()) return checked;
  grpc::experimental::TlsServerCredentialsOptions options(
      std::make_shared<grpc::experimental::FileWatcherCertificateProvider>(
          tls.key_file, tls.cert_file, tls.client_ca_file, tls.refresh_seconds));
  options.watch_identity_key_cert_pairs();
  if (!tls.client_ca_file.empty()) {
    options.watch_root_certs();
    options.set_cert_request_type(GRPC_SSL_REQUEST_AND_REQUIRE_CLIENT_CERTIFICATE_AND_VERIFY);
  }
  return grpc::experimental::TlsServerCredentials(options);
}

}  // namespace swarmbell
