#pragma once

#include <memory>
#include <utility>

#include "grpcpp/security/tls_credentials_options.h"

namespace swarmbell {

// gRPC's TLS options by their old names and by their new ones: from 1.8x on each half of the material has a
// provider of its own, and the one for both is deprecated. The templates choose by what the library has.

using CertificateProvider = std::shared_ptr<grpc::experimental::CertificateProviderInterface>;

// Shows the other end the certificate that `provider` has.
template <typename Options>
void UseIdentity(Options& options, CertificateProvider provider) {
  if constexpr (requires { options.set_identity_certificate_provider(provider); }) {
    options.set_identity_certificate_provider(std::move(provider));
  } else {
    options.set_certificate_provider(std::move(provider));
    options.watch_identity_key_cert_pairs();
  }
}

// Trusts the other end if one of `provider`'s authorities vouches for it.
template <typename Options>
void UseAuthorities(Options& options, CertificateProvider provider) {
  if constexpr (requires { options.set_root_certificate_provider(provider); }) {
    options.set_root_certificate_provider(std::move(provider));
  } else {
    options.set_certificate_provider(std::move(provider));
    options.watch_root_certs();
  }
}

// A server's options, with its certificate. `provider` is not null.
template <typename Options = grpc::experimental::TlsServerCredentialsOptions>
Options ServerOptions(CertificateProvider provider) {
  if constexpr (requires { Options::Create(provider); }) {
    return *Options::Create(std::move(provider));
  } else {
    Options options(std::move(provider));
    options.watch_identity_key_cert_pairs();
    return options;
  }
}

}  // namespace swarmbell
