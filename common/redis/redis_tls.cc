#include "common/redis/redis_tls.h"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <poll.h>

#include <algorithm>
#include <limits>
#include <utility>

#include "absl/strings/str_cat.h"

namespace swarmbell {
namespace {

struct Free {
  void operator()(SSL_CTX* context) const { SSL_CTX_free(context); }
  void operator()(SSL* ssl) const { SSL_free(ssl); }
};

std::string LastWords() {
  const unsigned long error = ERR_peek_last_error();
  ERR_clear_error();
  return error == 0 ? "the connection was closed" : ERR_reason_error_string(error);
}

}  // namespace

struct RedisTls::Session {
  int fd;
  std::unique_ptr<SSL_CTX, Free> context;
  std::unique_ptr<SSL, Free> ssl;

  // Repeats an operation of OpenSSL until it is done: what it returned then.
  template <typename Operation>
  absl::StatusOr<int> Do(const Operation& operation, SteadyTime deadline) {
    for (;;) {
      ERR_clear_error();
      const int result = operation();
      if (result > 0) return result;
      const int why = SSL_get_error(ssl.get(), result);
      if (why == SSL_ERROR_ZERO_RETURN) return absl::UnavailableError("it has closed the connection");
      if (why != SSL_ERROR_WANT_READ && why != SSL_ERROR_WANT_WRITE) {
        return absl::UnavailableError(absl::StrCat("TLS failed: ", LastWords()));
      }
      if (!WaitForSocket(fd, why == SSL_ERROR_WANT_READ ? POLLIN : POLLOUT, deadline)) {
        return absl::DeadlineExceededError("it does not answer in time");
      }
    }
  }

  absl::Status Prepare(const std::string& host, const std::string& ca_file) {
    context.reset(SSL_CTX_new(TLS_client_method()));
    if (!context) return absl::InternalError("cannot use OpenSSL");
    SSL_CTX_set_min_proto_version(context.get(), TLS1_2_VERSION);
    SSL_CTX_set_verify(context.get(), SSL_VERIFY_PEER, nullptr);
    const bool trusted = ca_file.empty()
                             ? SSL_CTX_set_default_verify_paths(context.get()) == 1
                             : SSL_CTX_load_verify_locations(context.get(), ca_file.c_str(), nullptr) == 1;
    if (!trusted) {
      return absl::FailedPreconditionError(absl::StrCat("cannot load CA certificates: ", LastWords()));
    }
    ssl.reset(SSL_new(context.get()));
    if (!ssl || SSL_set_fd(ssl.get(), fd) != 1) return absl::InternalError("cannot use OpenSSL");
    X509_VERIFY_PARAM* const wanted = SSL_get0_param(ssl.get());
    // An address is no name: it is found among the certificate's addresses, and not sent as the server's
    // name.
    if (X509_VERIFY_PARAM_set1_ip_asc(wanted, host.c_str()) == 1) return absl::OkStatus();
    std::string name = host;
    if (X509_VERIFY_PARAM_set1_host(wanted, host.c_str(), 0) != 1 ||
        // What the macro SSL_set_tlsext_host_name stands for.
        SSL_ctrl(ssl.get(), SSL_CTRL_SET_TLSEXT_HOSTNAME, TLSEXT_NAMETYPE_host_name, &name.front()) != 1) {
      return absl::InternalError("cannot use OpenSSL");
    }
    return absl::OkStatus();
  }
};

RedisTls::RedisTls(std::unique_ptr<Session> session) : session_(std::move(session)) {}
RedisTls::~RedisTls() = default;

absl::StatusOr<std::unique_ptr<RedisTls>> RedisTls::Handshake(int fd, const std::string& host,
                                                              const std::string& ca_file,
                                                              SteadyTime deadline) {
  auto session = std::make_unique<Session>();
  session->fd = fd;
  if (absl::Status status = session->Prepare(host, ca_file); !status.ok()) return status;
  SSL* const ssl = session->ssl.get();
  const auto done = session->Do([ssl] { return SSL_connect(ssl); }, deadline);
  if (!done.ok()) {
    const long verified = SSL_get_verify_result(ssl);
    if (verified == X509_V_OK) return done.status();
    return absl::UnauthenticatedError(
        absl::StrCat("its certificate is not trusted: ", X509_verify_cert_error_string(verified),
                     "; set redis.tls_ca to the CA that signed it"));
  }
  return std::unique_ptr<RedisTls>(new RedisTls(std::move(session)));
}

absl::Status RedisTls::Write(const std::string& bytes, SteadyTime deadline) {
  SSL* const ssl = session_->ssl.get();
  constexpr std::size_t kMost = std::size_t{1} << 20;
  for (std::size_t done = 0; done < bytes.size();) {
    const int size = static_cast<int>(std::min(bytes.size() - done, kMost));
    const auto sent = session_->Do([&] { return SSL_write(ssl, bytes.data() + done, size); }, deadline);
    if (!sent.ok()) return sent.status();
    done += static_cast<std::size_t>(*sent);
  }
  return absl::OkStatus();
}

absl::StatusOr<std::size_t> RedisTls::Read(char* buffer, std::size_t size, SteadyTime deadline) {
  SSL* const ssl = session_->ssl.get();
  const int most = static_cast<int>(std::min<std::size_t>(size, std::numeric_limits<int>::max()));
  const auto got = session_->Do([&] { return SSL_read(ssl, buffer, most); }, deadline);
  if (!got.ok()) return got.status();
  return static_cast<std::size_t>(*got);
}

}  // namespace swarmbell
