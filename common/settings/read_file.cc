#include "common/settings/read_file.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <system_error>
#include <thread>

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

// Between two looks at a pipe that its last writer has left; poll() does not wait for the next one.
constexpr std::chrono::milliseconds kPause{10};

bool IsPipe(int fd) {
  struct stat status = {};
  return fstat(fd, &status) == 0 && S_ISFIFO(status.st_mode);
}

// True if there is something to read before the deadline, or, if `end_counts`, the end.
bool WaitFor(int fd, Steady::time_point deadline, bool end_counts) {
  while (true) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - Steady::now()).count();
    if (left <= 0) return false;
    pollfd waited = {.fd = fd, .events = POLLIN, .revents = 0};
    const int ready = poll(&waited, 1, static_cast<int>(left));
    if (ready == 0) return false;
    if (ready > 0 && (end_counts || (waited.revents & ~POLLHUP) != 0)) return true;
    if (ready > 0) std::this_thread::sleep_for(kPause);
  }
}

absl::StatusOr<std::string> ReadAll(int fd, std::size_t max_bytes) {
  Steady::time_point deadline = Steady::now() + kPatience;
  const bool pipe = IsPipe(fd);
  std::string content;
  std::array<char, 4096> piece{};
  while (true) {
    const ssize_t got = read(fd, piece.data(), piece.size());
    // A pipe that nobody has opened to write seems to end at once.
    const bool may_begin = pipe && content.empty();
    if (got == 0 && !may_begin) return content;
    if (got > 0) {
      deadline = Steady::now() + kPatience;
      content.append(piece.data(), static_cast<std::size_t>(got));
      if (content.size() <= max_bytes) continue;
      return absl::ResourceExhaustedError(absl::StrCat("it is longer than ", max_bytes, " bytes"));
    }
    if (got < 0 && errno == EINTR) continue;
    if (got < 0 && errno != EAGAIN) return ErrnoStatus(errno);
    if (!WaitFor(fd, deadline, !may_begin))
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
