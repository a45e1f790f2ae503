#include "common/grpc/channel_credentials.h"

#include "absl/status/status.h"
#include "common/grpc/pem_files.h"
#include "grpcpp/security/tls_certificate_provider.h"
#include "grpcpp/security/tls_credentials_options.h"

namespace swarmbell {
namespace {

absl::Status Check(const ChannelTls& tls) {
  if (tls.cert_file.empty() != tls.key_file.empty()) {
    return absl::InvalidArgumentError(
        "cannot present a client certificate with only one of its files; give the certificate and its key, "
        "or "
        "neither");
  }
  if (!tls.cert_file.empty()) {
    const absl::Status pair = CheckCertificateAndKey(tls.cert_file, tls.key_file);
    if (!pair.ok()) return pair;
  }
  return tls.ca_file.empty() ? absl::OkStatus() : CheckAuthorities(tls.ca_file);
}

}  // namespace

absl::StatusOr<std::shared_ptr<grpc::ChannelCredentials>> MakeChannelCredentials(const ChannelTls& tls) {
  if (!tls.Wanted()) return grpc::InsecureChannelCredentials();
  const absl::Status checked = Check(tls);
  if (!checked.ok()) return checked;
  grpc::experimental::TlsChannelCredentialsOptions options;
  if (!tls.ca_file.empty() || !tls.cert_file.empty()) {
    options.set_certificate_provider(std::make_shared<grpc::experimental::FileWatcherCertificateProvider>(
        tls.key_file, tls.cert_file, tls.ca_file, tls.refresh_seconds));
  }
  if (!tls.ca_file.empty()) options.watch_root_certs();
  if (!tls.cert_file.empty()) options.watch_identity_key_cert_pairs();
  return grpc::experimental::TlsCredentials(options);
}

}  // namespace swarmbell
