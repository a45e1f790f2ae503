#include "common/grpc/server_credentials.h"

#include "absl/status/status.h"
#include "common/grpc/kept_pem.h"
#include "common/grpc/tls_options.h"

namespace swarmbell {
namespace {

struct KeptCredentials {
  std::shared_ptr<KeptPem> pem;
  std::shared_ptr<grpc::ServerCredentials> credentials;
};

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
  absl::StatusOr<std::shared_ptr<KeptPem>> pem =
      KeptPem::Load({tls.cert_file, tls.key_file, tls.client_ca_file}, tls.look_every);
  if (!pem.ok()) return pem.status();
  const CertificateProvider provider = (*pem)->Provider();
  auto options = ServerOptions(provider);
  if (!tls.client_ca_file.empty()) {
    UseAuthorities(options, provider);
    options.set_cert_request_type(GRPC_SSL_REQUEST_AND_REQUIRE_CLIENT_CERTIFICATE_AND_VERIFY);
  }
  const auto kept = std::make_shared<KeptCredentials>();
  kept->pem = *std::move(pem);
  kept->credentials = grpc::experimental::TlsServerCredentials(options);
  return std::shared_ptr<grpc::ServerCredentials>(kept, kept->credentials.get());
}

}  // namespace swarmbell
