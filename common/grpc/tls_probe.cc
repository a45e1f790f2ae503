#include "common/grpc/tls_probe.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <ctime>
#include <memory>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "absl/time/clock.h"

namespace swarmbell {
namespace {

struct Free {
  void operator()(SSL_CTX* context) const { SSL_CTX_free(context); }
  void operator()(SSL* ssl) const { SSL_free(ssl); }
  void operator()(BIO* bio) const { BIO_free(bio); }
};

class Socket {
 public:
  explicit Socket(int fd) : fd_(fd) {}
  ~Socket() {
    if (fd_ >= 0) close(fd_);
  }
  Socket(const Socket&) = delete;
  Socket& operator=(const Socket&) = delete;
  int Fd() const { return fd_; }

 private:
  int fd_;
};

// Waits until a time limit or a stop request.
class Patience {
 public:
  Patience(absl::Duration limit, std::stop_token stop)
      : until_(absl::Now() + limit), stop_(std::move(stop)) {}

  bool Wait(int fd, short events) const {
    while (!stop_.stop_requested() && absl::Now() < until_) {
      pollfd polled{fd, events, 0};
      if (poll(&polled, 1, 50) > 0) return true;
    }
    return false;
  }

 private:
  const absl::Time until_;
  const std::stop_token stop_;
};

int Connect(const std::string& target, const Patience& patience) {
  sockaddr_storage storage{};
  socklen_t size = 0;
  absl::string_view text = target;
  if (absl::ConsumePrefix(&text, "unix:")) {
    auto* address = reinterpret_cast<sockaddr_un*>(&storage);
    if (text.size() >= sizeof address->sun_path) return -1;
    address->sun_family = AF_UNIX;
    std::memcpy(address->sun_path, text.data(), text.size());
    size = sizeof *address;
  } else {
    const bool six = absl::ConsumePrefix(&text, "ipv6:[");
    if (!six && !absl::ConsumePrefix(&text, "ipv4:")) return -1;
    const std::size_t colon = text.rfind(':');
    std::uint32_t port = 0;
    if (colon == text.npos || !absl::SimpleAtoi(text.substr(colon + 1), &port) || port > 65535) return -1;
    const std::string host(text.substr(0, six ? colon - 1 : colon));
    auto* four = reinterpret_cast<sockaddr_in*>(&storage);
    auto* address = reinterpret_cast<sockaddr_in6*>(&storage);
    storage.ss_family = six ? AF_INET6 : AF_INET;
    (six ? address->sin6_port : four->sin_port) = htons(static_cast<std::uint16_t>(port));
    void* const place = six ? static_cast<void*>(&address->sin6_addr) : &four->sin_addr;
    if (inet_pton(storage.ss_family, host.c_str(), place) != 1) return -1;
    size = six ? sizeof *address : sizeof *four;
  }
  const int fd = socket(storage.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd < 0) return -1;
  int error = 0;
  socklen_t error_size = sizeof error;
  const bool connected = connect(fd, reinterpret_cast<sockaddr*>(&storage), size) == 0 ||
                         (errno == EINPROGRESS && patience.Wait(fd, POLLOUT) &&
                          getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &error_size) == 0 && error == 0);
  if (connected) return fd;
  close(fd);
  return -1;
}

// The text that `print` writes.
template <typename Print>
std::string Printed(const Print& print) {
  const std::unique_ptr<BIO, Free> out(BIO_new(BIO_s_mem()));
  print(out.get());
  char* text = nullptr;
  const long size = BIO_get_mem_data(out.get(), &text);
  return std::string(text, static_cast<std::size_t>(std::max(0L, size)));
}

std::string OneLine(const X509_NAME* name) {
  return Printed([&](BIO* out) { X509_NAME_print_ex(out, name, 0, XN_FLAG_RFC2253); });
}

std::string OneLine(const ASN1_TIME* time) {
  return Printed([&](BIO* out) { ASN1_TIME_print(out, time); });
}

// Called when the server asks for a certificate and there is none to give.
int NoteAsked(SSL* ssl, X509**, EVP_PKEY**) {
  *static_cast<bool*>(SSL_get_ex_data(ssl, 0)) = true;
  return 0;
}

class Probe {
 public:
  Probe(const ChannelTls& tls, std::string server, int fd, const Patience& patience)
      : tls_(tls), server_(std::move(server)), fd_(fd), patience_(patience) {}

  std::string Run() {
    if (!Prepare()) return "";
    const bool shook_hands = Do([this] { return SSL_connect(ssl_.get()); });
    if (!tls_.Wanted()) return SpokeTls(shook_hands) ? "the collector asks for TLS: set tls.ca here" : "";
    if (!shook_hands) return WhyNoHandshake();
    if (asked_) return "the collector asks for a client certificate: set tls.cert and tls.key here";
    std::string own = OwnFault();
    return own.empty() ? WhatFollows() : own;
  }

 private:
  bool Prepare() {
    context_.reset(SSL_CTX_new(TLS_client_method()));
    if (!context_) return false;
    SSL_CTX_set_min_proto_version(context_.get(), TLS1_2_VERSION);
    SSL_CTX_set_verify(context_.get(), tls_.Wanted() ? SSL_VERIFY_PEER : SSL_VERIFY_NONE, nullptr);
    if (tls_.ca_file.empty()) {
      SSL_CTX_set_default_verify_paths(context_.get());
    } else if (SSL_CTX_load_verify_locations(context_.get(), tls_.ca_file.c_str(), nullptr) != 1) {
      return false;
    }
    if (tls_.cert_file.empty()) {
      SSL_CTX_set_client_cert_cb(context_.get(), NoteAsked);
    } else if (SSL_CTX_use_certificate_chain_file(context_.get(), tls_.cert_file.c_str()) != 1 ||
               SSL_CTX_use_PrivateKey_file(context_.get(), tls_.key_file.c_str(), SSL_FILETYPE_PEM) != 1) {
      return false;
    }
    ssl_.reset(SSL_new(context_.get()));
    static constexpr unsigned char kHttp2[] = "\x02h2";
    return ssl_ != nullptr && SSL_set_fd(ssl_.get(), fd_) == 1 &&
           SSL_set_ex_data(ssl_.get(), 0, &asked_) == 1 &&
           SSL_set_alpn_protos(ssl_.get(), kHttp2, sizeof kHttp2 - 1) == 0 && ExpectName();
  }

  bool ExpectName() {
    X509_VERIFY_PARAM* const wanted = SSL_get0_param(ssl_.get());
    if (X509_VERIFY_PARAM_set1_ip_asc(wanted, server_.c_str()) == 1) return true;
    return X509_VERIFY_PARAM_set1_host(wanted, server_.c_str(), 0) == 1 &&
           SSL_ctrl(ssl_.get(), SSL_CTRL_SET_TLSEXT_HOSTNAME, TLSEXT_NAMETYPE_host_name, server_.data()) == 1;
  }

  template <typename Operation>
  bool Do(const Operation& operation) {
    for (;;) {
      ERR_clear_error();
      const int result = operation();
      if (result > 0) return true;
      const int why = SSL_get_error(ssl_.get(), result);
      const bool waits = why == SSL_ERROR_WANT_READ || why == SSL_ERROR_WANT_WRITE;
      if (waits && patience_.Wait(fd_, why == SSL_ERROR_WANT_READ ? POLLIN : POLLOUT)) continue;
      timed_out_ = waits;
      error_ = ERR_peek_last_error();
      ERR_clear_error();
      return false;
    }
  }

  // True if the other side answered in TLS at all.
  bool SpokeTls(bool shook_hands) const {
    return shook_hands ||
           (ERR_GET_LIB(error_) == ERR_LIB_SSL && ERR_GET_REASON(error_) >= SSL_AD_REASON_OFFSET);
  }

  std::string WhyNoHandshake() const {
    const long verified = SSL_get_verify_result(ssl_.get());
    if (verified != X509_V_OK) return WhyNotTrusted(verified);
    if (timed_out_) return "the collector does not answer a TLS handshake: perhaps it is something else";
    if (ERR_GET_REASON(error_) == SSL_R_WRONG_VERSION_NUMBER ||
        ERR_GET_REASON(error_) == SSL_R_UNEXPECTED_MESSAGE) {
      return "the collector does not speak TLS: set its tls.cert and tls.key, or no TLS here";
    }
    if (error_ == 0) return "the collector closed the connection during the TLS handshake: its log says why";
    return absl::StrCat("the TLS handshake failed: ", ERR_reason_error_string(error_));
  }

  std::string WhyNotTrusted(long verified) const {
    const std::string said =
        absl::StrCat("the collector's certificate is not trusted: ", X509_verify_cert_error_string(verified));
    if (verified == X509_V_ERR_HOSTNAME_MISMATCH || verified == X509_V_ERR_IP_ADDRESS_MISMATCH) {
      return absl::StrCat(said, "; it is not for \"", server_,
                          "\": reach the collector by a name of its certificate, or make one for this name");
    }
    if (verified == X509_V_ERR_CERT_HAS_EXPIRED) return absl::StrCat(said, "; give the collector a new one");
    return absl::StrCat(said, "; set tls.ca here to the CA that signed the collector's tls.cert");
  }

  // The fault of the own certificate, as far as the client can see.
  std::string OwnFault() const {
    const X509* const own = SSL_get_certificate(ssl_.get());
    if (own == nullptr) return "";
    if (ASN1_TIME_cmp_time_t(X509_get0_notAfter(own), std::time(nullptr)) == -1) {
      return absl::StrCat("tls.cert here has expired on ", OneLine(X509_get0_notAfter(own)),
                          ": give a new one");
    }
    const STACK_OF(X509_NAME)* const wanted = SSL_get0_peer_CA_list(ssl_.get());
    const int count = wanted == nullptr ? 0 : sk_X509_NAME_num(wanted);
    for (int i = 0; i < count; ++i) {
      if (X509_NAME_cmp(sk_X509_NAME_value(wanted, i), X509_get_issuer_name(own)) == 0) return "";
    }
    if (count == 0) return "";
    return absl::StrCat("tls.cert here was signed by \"", OneLine(X509_get_issuer_name(own)),
                        "\", and the collector asks for one of \"", OneLine(sk_X509_NAME_value(wanted, 0)),
                        "\" (its tls.client_ca)");
  }

  // With TLS 1.3 a server refuses a client's certificate only after the handshake.
  std::string WhatFollows() {
    char byte = 0;
    if (Do([&] { return SSL_read(ssl_.get(), &byte, 1); }) || timed_out_ || tls_.cert_file.empty()) return "";
    return "the collector does not accept tls.cert: it has expired or is not signed by its tls.client_ca";
  }

  const ChannelTls& tls_;
  std::string server_;
  const int fd_;
  const Patience& patience_;
  std::unique_ptr<SSL_CTX, Free> context_;
  std::unique_ptr<SSL, Free> ssl_;
  bool asked_ = false;
  bool timed_out_ = false;
  unsigned long error_ = 0;
};

}  // namespace

std::string ProbeTls(const std::string& target, const std::string& server, const ChannelTls& tls,
                     absl::Duration limit, std::stop_token stop) {
  const Patience patience(limit, std::move(stop));
  const Socket socket(Connect(target, patience));
  if (socket.Fd() < 0) return "";
  return Probe(tls, server, socket.Fd(), patience).Run();
}

}  // namespace swarmbell
