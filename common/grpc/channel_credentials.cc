#include "common/grpc/channel_credentials.h"

#include "absl/status/status.h"
#include "common/grpc/kept_pem.h"
#include "common/grpc/tls_options.h"

namespace swarmbell {
namespace {

struct KeptCredentials {
  std::shared_ptr<KeptPem> pem;
  std::shared_ptr<grpc::ChannelCredentials> credentials;
};

}  // namespace

absl::StatusOr<std::shared_ptr<grpc::ChannelCredentials>> MakeChannelCredentials(const ChannelTls& tls) {
  if (!tls.Wanted()) return grpc::InsecureChannelCredentials();
  if (tls.cert_file.empty() != tls.key_file.empty()) {
    return absl::InvalidArgumentError(
        "cannot present a client certificate with only one of its files; give the certificate and its key, "
        "or neither");
  }
  const auto kept = std::make_shared<KeptCredentials>();
  grpc::experimental::TlsChannelCredentialsOptions options;
  if (!tls.ca_file.empty() || !tls.cert_file.empty()) {
    absl::StatusOr<std::shared_ptr<KeptPem>> pem =
        KeptPem::Load({tls.cert_file, tls.key_file, tls.ca_file}, tls.look_every);
    if (!pem.ok()) return pem.status();
    kept->pem = *std::move(pem);
    const CertificateProvider provider = kept->pem->Provider();
    if (!tls.ca_file.empty()) UseAuthorities(options, provider);
    if (!tls.cert_file.empty()) UseIdentity(options, provider);
  }
  kept->credentials = grpc::experimental::TlsCredentials(options);
  return std::shared_ptr<grpc::ChannelCredentials>(kept, kept->credentials.get());
}

}  // namespace swarmbell
