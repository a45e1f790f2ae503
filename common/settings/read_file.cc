#include "common/settings/read_file.h"

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <system_error>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"

namespace swarmbell {
namespace {

using Steady = std::chrono::steady_clock;

// For what is no regular file, such as a pipe: who writes to it may never do so.
constexpr std::chrono::seconds kPatience{5};

absl::Status ErrnoStatus(int error) {
  const std::string reason = std::generic_category().message(error);
  return error == ENOENT ? absl::NotFoundError(reason) : absl::FailedPreconditionError(reason);
}

// Whether there is something to read, or the end, before the deadline.
bool WaitFor(int fd, Steady::time_point deadline) {
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - Steady::now()).count();
  pollfd waited = {.fd = fd, .events = POLLIN, .revents = 0};
  return left > 0 && poll(&waited, 1, static_cast<int>(left)) > 0;
}

absl::StatusOr<std::string> ReadAll(int fd, std::size_t max_bytes) {
  const Steady::time_point deadline = Steady::now() + kPatience;
  std::string content;
  std::array<char, 4096> piece{};
  while (true) {
    const ssize_t got = read(fd, piece.data(), piece.size());
    if (got == 0) return content;
    if (got > 0) {
      content.append(piece.data(), static_cast<std::size_t>(got));
      if (content.size() <= max_bytes) continue;
      return absl::ResourceExhaustedError(absl::StrCat("it is longer than ", max_bytes, " bytes"));
    }
    if (errno == EINTR) continue;
    if (errno != EAGAIN) return ErrnoStatus(errno);
    if (!WaitFor(fd, deadline))
      return absl::DeadlineExceededError("it is a pipe, and nobody wrote to it within 5s");
  }
}

}  // namespace

absl::StatusOr<std::string> ReadFile(const std::string& path, std::size_t max_bytes) {
  const int fd = open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (fd < 0) return ErrnoStatus(errno);
  absl::StatusOr<std::string> content = ReadAll(fd, max_bytes);
  close(fd);
  return content;
}

}  // namespace swarmbell
