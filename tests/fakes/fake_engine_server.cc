#include "tests/fakes/fake_engine_server.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <iostream>
#include <optional>
#include <system_error>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"

namespace swarmbell {
namespace {

constexpr std::chrono::seconds kPatience{30};

void Require(bool good, const char* what) {
  if (good) return;
  std::cerr << "fake server: " << what << ": " << std::generic_category().message(errno) << "\n";
  std::abort();
}

template <typename Address>
const sockaddr* AsSockaddr(const Address& address) {
  return reinterpret_cast<const sockaddr*>(&address);
}

// Waits until the socket can be read; false when the server stops.
bool WaitReadable(int socket, int stop_event) {
  pollfd fds[] = {{socket, POLLIN, 0}, {stop_event, POLLIN, 0}};
  while (poll(fds, 2, -1) < 0) {
  }
  return fds[1].revents == 0;
}

bool SendAll(int socket, const std::string& data) {
  std::size_t sent = 0;
  while (sent < data.size()) {
    const ssize_t n = send(socket, data.data() + sent, data.size() - sent, MSG_NOSIGNAL);
    if (n <= 0) return false;
    sent += static_cast<std::size_t>(n);
  }
  return true;
}

std::string Chunk(const std::string& data) {
  return data.empty() ? "" : absl::StrCat(absl::Hex(data.size()), "\r\n", data, "\r\n");
}

std::string PathOf(const std::string& target) {
  std::string path = target.substr(0, target.find('?'));
  if (path.size() > 3 && path[1] == 'v' && std::isdigit(static_cast<unsigned char>(path[2]))) {
    const std::size_t slash = path.find('/', 1);
    if (slash != path.npos) path = path.substr(slash);
  }
  return path;
}

FakeRequest ParseHead(const std::string& head) {
  FakeRequest request;
  std::size_t line_end = head.find("\r\n");
  const std::string first = head.substr(0, line_end);
  const std::size_t space = first.find(' ');
  request.method = first.substr(0, space);
  request.target = first.substr(space + 1, first.rfind(' ') - space - 1);
  request.path = PathOf(request.target);
  while (line_end != head.npos && line_end + 2 < head.size()) {
    const std::size_t start = line_end + 2;
    line_end = head.find("\r\n", start);
    const std::string line = head.substr(start, line_end - start);
    const std::size_t colon = line.find(':');
    if (colon == line.npos) continue;
    std::string value = line.substr(colon + 1);
    absl::StripAsciiWhitespace(&value);
    request.headers[absl::AsciiStrToLower(line.substr(0, colon))] = value;
  }
  return request;
}

// Reads one request, with its body; what came after it stays in `buffer`. Unset at the connection's end.
std::optional<FakeRequest> ReadRequest(int socket, int stop_event, std::string& buffer) {
  std::optional<FakeRequest> request;
  std::size_t body_size = 0;
  while (true) {
    if (!request) {
      const std::size_t end = buffer.find("\r\n\r\n");
      if (end != buffer.npos) {
        request = ParseHead(buffer.substr(0, end + 2));
        buffer.erase(0, end + 4);
        static_cast<void>(absl::SimpleAtoi(request->headers["content-length"], &body_size));
      }
    }
    if (request && buffer.size() >= body_size) {
      request->body = buffer.substr(0, body_size);
      buffer.erase(0, body_size);
      return request;
    }
    if (!WaitReadable(socket, stop_event)) return std::nullopt;
    char piece[65536];
    const ssize_t n = recv(socket, piece, sizeof piece, 0);
    if (n <= 0) return std::nullopt;
    buffer.append(piece, static_cast<std::size_t>(n));
  }
}

std::string Head(const FakeAnswer& answer, const std::vector<std::pair<std::string, std::string>>& headers) {
  std::string head = absl::StrCat("HTTP/1.1 ", answer.status, " Scripted\r\n");
  for (const auto& [name, value] : headers) absl::StrAppend(&head, name, ": ", value, "\r\n");
  for (const auto& [name, value] : answer.headers) absl::StrAppend(&head, name, ": ", value, "\r\n");
  if (answer.announced != 0) return absl::StrCat(head, "Content-Length: ", answer.announced, "\r\n\r\n");
  switch (answer.ending) {
    case FakeEnding::kChunked:
    case FakeEnding::kChunkedCut:
    case FakeEnding::kEndless:
    case FakeEnding::kStream:
      absl::StrAppend(&head, "Transfer-Encoding: chunked\r\n");
      break;
    case FakeEnding::kTruncated:
      absl::StrAppend(&head, "Content-Length: ", answer.body.size() + 100, "\r\n");
      break;
    default:
      absl::StrAppend(&head, "Content-Length: ", answer.body.size(), "\r\n");
  }
  return head + "\r\n";
}

}  // namespace

FakeEngineServer::FakeEngineServer() {
  const int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  Require(bind(listener, AsSockaddr(address), sizeof address) == 0, "bind");
  socklen_t size = sizeof address;
  Require(getsockname(listener, reinterpret_cast<sockaddr*>(&address), &size) == 0, "getsockname");
  port_ = ntohs(address.sin_port);
  Listen(listener);
}

FakeEngineServer::FakeEngineServer(const std::string& socket_path) : socket_path_(socket_path) {
  const int listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  Require(socket_path.size() < sizeof address.sun_path, "socket path too long");
  std::memcpy(address.sun_path, socket_path.c_str(), socket_path.size());
  unlink(socket_path.c_str());
  Require(bind(listener, AsSockaddr(address), sizeof address) == 0, "bind");
  Listen(listener);
}

FakeEngineServer::~FakeEngineServer() {
  accepting_.request_stop();
  const std::uint64_t one = 1;
  Require(write(stop_event_, &one, sizeof one) == sizeof one, "stop");
  accepting_.join();
  for (std::jthread& thread : serving_) thread.request_stop();
  serving_.clear();
  close(listener_);
  close(stop_event_);
  if (!socket_path_.empty()) unlink(socket_path_.c_str());
}

void FakeEngineServer::Listen(int socket) {
  listener_ = socket;
  Require(listen(socket, 64) == 0, "listen");
  stop_event_ = eventfd(0, EFD_CLOEXEC);
  Require(stop_event_ >= 0, "eventfd");
  accepting_ = std::jthread([this](std::stop_token stop) { Accept(stop); });
}

std::string FakeEngineServer::Url(const std::string& path) const {
  return absl::StrCat("http://127.0.0.1:", port_, path);
}

std::string FakeEngineServer::DockerHost() const {
  return socket_path_.empty() ? absl::StrCat("tcp://127.0.0.1:", port_)
                              : absl::StrCat("unix://", socket_path_);
}

void FakeEngineServer::Answer(const std::string& path, FakeAnswer answer) {
  std::lock_guard lock(mutex_);
  answers_[path] = std::move(answer);
}

void FakeEngineServer::AnswerOnce(const std::string& path, FakeAnswer answer) {
  std::lock_guard lock(mutex_);
  once_[path].push_back(std::move(answer));
}

void FakeEngineServer::SetHeader(const std::string& name, const std::string& value) {
  std::lock_guard lock(mutex_);
  std::erase_if(headers_, [&](const auto& header) { return header.first == name; });
  headers_.emplace_back(name, value);
}

void FakeEngineServer::StreamTo(const std::string& path, const std::string& text) {
  std::lock_guard lock(mutex_);
  for (Stream& stream : streams_) {
    if (stream.path == path) stream.waiting += text;
  }
  changed_.notify_all();
}

void FakeEngineServer::EndStreams() {
  std::lock_guard lock(mutex_);
  for (Stream& stream : streams_) stream.ended = true;
  changed_.notify_all();
}

bool FakeEngineServer::WaitForStreams(const std::string& path, std::size_t opened) {
  std::unique_lock lock(mutex_);
  return changed_.wait_for(lock, kPatience, [&] { return opened_[path] >= opened; });
}

std::vector<FakeRequest> FakeEngineServer::Requests() const {
  std::lock_guard lock(mutex_);
  return requests_;
}

std::size_t FakeEngineServer::Count(const std::string& path) const {
  std::lock_guard lock(mutex_);
  return static_cast<std::size_t>(std::count_if(requests_.begin(), requests_.end(),
                                                [&](const FakeRequest& r) { return r.path == path; }));
}

bool FakeEngineServer::WaitForRequests(const std::string& path, std::size_t count) {
  std::unique_lock lock(mutex_);
  return changed_.wait_for(lock, kPatience, [&] {
    return static_cast<std::size_t>(std::count_if(requests_.begin(), requests_.end(),
                                                  [&](const auto& r) { return r.path == path; })) >= count;
  });
}

std::size_t FakeEngineServer::Connections() const {
  std::lock_guard lock(mutex_);
  return connections_;
}

void FakeEngineServer::Accept(std::stop_token stop) {
  while (!stop.stop_requested() && WaitReadable(listener_, stop_event_)) {
    const int socket = accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    if (socket < 0) continue;
    const int on = 1;
    setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);  // no effect on a unix socket
    {
      std::lock_guard lock(mutex_);
      ++connections_;
    }
    serving_.emplace_back([this, socket](std::stop_token stopping) {
      Serve(socket, stopping);
      close(socket);
    });
  }
}

void FakeEngineServer::Serve(int socket, std::stop_token stop) {
  std::string buffer;
  while (const auto request = ReadRequest(socket, stop_event_, buffer)) {
    const FakeAnswer answer = Take(*request);
    if (!Send(socket, *request, answer, stop)) return;
  }
}

FakeAnswer FakeEngineServer::Take(const FakeRequest& request) {
  std::lock_guard lock(mutex_);
  requests_.push_back(request);
  changed_.notify_all();
  if (auto once = once_.find(request.path); once != once_.end() && !once->second.empty()) {
    FakeAnswer answer = std::move(once->second.front());
    once->second.pop_front();
    return answer;
  }
  if (auto answer = answers_.find(request.path); answer != answers_.end()) return answer->second;
  return {.status = 404, .body = R"({"message":"page not found"})"};
}

// Says whether the connection can go on.
bool FakeEngineServer::Send(int socket, const FakeRequest& request, const FakeAnswer& answer,
                            std::stop_token stop) {
  std::unique_lock lock(mutex_);
  if (answer.delay > absl::ZeroDuration()) {
    changed_.wait_for(lock, stop, absl::ToChronoNanoseconds(answer.delay), [] { return false; });
  }
  const auto headers = headers_;
  lock.unlock();

  if (answer.ending == FakeEnding::kHangsUp || stop.stop_requested()) return false;
  if (answer.ending == FakeEnding::kNeverAnswers) {
    WaitReadable(socket, stop_event_);
    return false;
  }
  if (answer.ending == FakeEnding::kStream) {
    SendStream(socket, request.path, Head(answer, headers), answer.body, stop);
    return false;
  }
  if (!SendAll(socket, Head(answer, headers))) return false;
  switch (answer.ending) {
    case FakeEnding::kComplete:
      return SendAll(socket, answer.body);
    case FakeEnding::kTruncated:
      SendAll(socket, answer.body);
      return false;
    case FakeEnding::kHeadersOnly:
      WaitReadable(socket, stop_event_);
      return false;
    case FakeEnding::kEndless:
      while (!stop.stop_requested() &&
             SendAll(socket, answer.announced != 0 ? answer.body : Chunk(answer.body))) {
      }
      return false;
    case FakeEnding::kDrip:
      return SendDrip(socket, answer.body, stop);
    default:
      break;
  }
  for (std::size_t at = 0; at < answer.body.size(); at += 1000) {
    if (!SendAll(socket, Chunk(answer.body.substr(at, 1000)))) return false;
  }
  if (answer.ending == FakeEnding::kChunkedCut) return false;
  return SendAll(socket, "0\r\n\r\n");
}

bool FakeEngineServer::SendDrip(int socket, const std::string& body, std::stop_token stop) {
  for (const char byte : body) {
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, stop, std::chrono::seconds(1), [] { return false; });
    lock.unlock();
    if (stop.stop_requested() || !SendAll(socket, std::string(1, byte))) return false;
  }
  return true;
}

// The stream is there before its client hears of it, and may then want its end.
void FakeEngineServer::SendStream(int socket, const std::string& path, const std::string& head,
                                  const std::string& body, std::stop_token stop) {
  std::unique_lock lock(mutex_);
  const auto stream = streams_.insert(streams_.end(), Stream{path, body, false});
  ++opened_[path];
  changed_.notify_all();
  lock.unlock();
  const bool begun = SendAll(socket, head);
  lock.lock();
  while (begun && !stop.stop_requested()) {
    changed_.wait(lock, stop, [&] { return stream->ended || !stream->waiting.empty(); });
    const std::string text = std::exchange(stream->waiting, "");
    const bool ended = stream->ended;
    lock.unlock();
    const bool sent = SendAll(socket, Chunk(text));
    if (ended) SendAll(socket, "0\r\n\r\n");
    lock.lock();
    if (!sent || ended) break;
  }
  streams_.erase(stream);
}

}  // namespace swarmbell
