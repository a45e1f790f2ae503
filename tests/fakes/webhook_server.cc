#include "tests/fakes/webhook_server.h"

#include <arpa/inet.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <csignal>
#include <cstdlib>
#include <mutex>
#include <stop_token>
#include <string_view>
#include <thread>

#include "absl/strings/str_cat.h"

namespace swarmbell {
namespace {

struct FreeTls {
  void operator()(SSL* tls) const { SSL_free(tls); }
  void operator()(SSL_CTX* context) const { SSL_CTX_free(context); }
};

std::shared_ptr<SSL_CTX> MakeContext(const std::string& folder) {
  SSL_CTX* context = SSL_CTX_new(TLS_server_method());
  if (SSL_CTX_use_certificate_file(context, (folder + "/server.pem").c_str(), SSL_FILETYPE_PEM) != 1 ||
      SSL_CTX_use_PrivateKey_file(context, (folder + "/server.key").c_str(), SSL_FILETYPE_PEM) != 1) {
    std::abort();
  }
  constexpr std::array<unsigned char, 4> kId = {'h', 'o', 'o', 'k'};
  SSL_CTX_set_session_id_context(context, kId.data(), kId.size());
  return {context, FreeTls()};
}

// True if there is something to read before the stop.
bool WaitFor(int fd, const std::stop_token& stop) {
  while (!stop.stop_requested()) {
    pollfd waited = {.fd = fd, .events = POLLIN, .revents = 0};
    if (poll(&waited, 1, 20) > 0) return true;
  }
  return false;
}

// Reads a whole post; false when the client is gone.
bool ReadPost(SSL* tls, int fd, const std::stop_token& stop) {
  std::string received;
  std::size_t whole = std::string::npos;
  while (received.size() < whole) {
    if (SSL_pending(tls) == 0 && !WaitFor(fd, stop)) return false;
    std::array<char, 4096> piece;
    const int size = SSL_read(tls, piece.data(), piece.size());
    if (size <= 0) return false;
    received.append(piece.data(), static_cast<std::size_t>(size));
    const std::size_t end = received.find("\r\n\r\n");
    constexpr std::string_view kLength = "Content-Length: ";
    const std::size_t length = received.find(kLength);
    if (whole != std::string::npos || end == std::string::npos || length == std::string::npos) continue;
    whole = end + 4 + std::strtoul(received.c_str() + length + kLength.size(), nullptr, 10);
  }
  return true;
}

}  // namespace

class WebhookServer::Impl {
 public:
  explicit Impl(const std::string& folder) : context_(MakeContext(folder)) {
    signal(SIGPIPE, SIG_IGN);  // NOLINT(cert-err33-c)
    listener_ = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address = {};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    auto* generic = reinterpret_cast<sockaddr*>(&address);
    if (bind(listener_, generic, size) != 0 || listen(listener_, 16) != 0 ||
        getsockname(listener_, generic, &size) != 0) {
      std::abort();
    }
    port_ = ntohs(address.sin_port);
    thread_ = std::jthread([this](std::stop_token stop) { Run(std::move(stop)); });
  }
  ~Impl() {
    thread_.request_stop();
    thread_.join();
    close(listener_);
  }

  int Port() const { return port_; }
  Counts Seen() const {
    const std::lock_guard lock(mutex_);
    return seen_;
  }
  void Show(const std::string& folder) {
    const std::lock_guard lock(mutex_);
    context_ = MakeContext(folder);
  }
  void HangUpAfterNext() { hang_up_ = true; }

 private:
  void Run(std::stop_token stop) {
    while (WaitFor(listener_, stop)) {
      const int fd = accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
      if (fd < 0) continue;
      Serve(fd, stop);
      close(fd);
    }
  }

  void Serve(int fd, const std::stop_token& stop) {
    const std::shared_ptr<SSL_CTX> context = [&] {
      const std::lock_guard lock(mutex_);
      ++seen_.connections;
      return context_;
    }();
    const std::unique_ptr<SSL, FreeTls> tls(SSL_new(context.get()));
    SSL_set_fd(tls.get(), fd);
    if (!WaitFor(fd, stop) || SSL_accept(tls.get()) != 1) return;
    if (SSL_session_reused(tls.get()) == 0) {
      const std::lock_guard lock(mutex_);
      ++seen_.full_handshakes;
    }
    constexpr std::string_view kAnswer = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
    bool open = true;
    while (open && ReadPost(tls.get(), fd, stop)) {
      {
        const std::lock_guard lock(mutex_);
        ++seen_.posts;
      }
      open = !hang_up_.exchange(false);
      if (SSL_write(tls.get(), kAnswer.data(), static_cast<int>(kAnswer.size())) <= 0) return;
    }
    SSL_shutdown(tls.get());
  }

  mutable std::mutex mutex_;
  std::shared_ptr<SSL_CTX> context_;  // guarded by mutex_
  Counts seen_;                       // guarded by mutex_
  std::atomic<bool> hang_up_ = false;
  int listener_ = -1;
  int port_ = 0;
  std::jthread thread_;  // last: uses everything above
};

WebhookServer::WebhookServer(const std::string& folder) : impl_(std::make_unique<Impl>(folder)) {}
WebhookServer::~WebhookServer() = default;
std::string WebhookServer::Url() const { return absl::StrCat("https://127.0.0.1:", impl_->Port(), "/hook"); }
WebhookServer::Counts WebhookServer::Seen() const { return impl_->Seen(); }
void WebhookServer::Show(const std::string& folder) { impl_->Show(folder); }
void WebhookServer::HangUpAfterNext() { impl_->HangUpAfterNext(); }

}  // namespace swarmbell
