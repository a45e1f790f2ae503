#include "common/process/bounded_write.h"

#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <climits>
#include <cstddef>
#include <cstdint>

namespace swarmbell {
namespace {

using SteadyClock = std::chrono::steady_clock;

bool WaitToWrite(int fd, SteadyClock::time_point deadline) {
  for (;;) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - SteadyClock::now());
    pollfd wanted{.fd = fd, .events = POLLOUT, .revents = 0};
    const int ready = poll(&wanted, 1, static_cast<int>(std::max<std::int64_t>(left.count(), 0)));
    if (ready > 0) return true;
    if (ready == 0 || errno != EINTR) return false;
  }
}

}  // namespace

bool WriteWithin(int fd, std::string_view text, absl::Duration limit) {
  const auto deadline = SteadyClock::now() + absl::ToChronoNanoseconds(limit);
  while (!text.empty()) {
    if (!WaitToWrite(fd, deadline)) return false;
    // A descriptor that is ready takes this many bytes without waiting (pipe(7)).
    const ssize_t written = write(fd, text.data(), std::min<std::size_t>(text.size(), PIPE_BUF));
    if (written < 0 && errno != EINTR && errno != EAGAIN) return false;
    if (written > 0) text.remove_prefix(static_cast<std::size_t>(written));
  }
  return true;
}

std::streamsize BoundedStream::xsputn(const char* text, std::streamsize size) {
  return WriteWithin(fd_, std::string_view(text, static_cast<std::size_t>(size)), limit_) ? size : 0;
}

int BoundedStream::overflow(int c) {
  using Traits = std::streambuf::traits_type;
  if (Traits::eq_int_type(c, Traits::eof())) return Traits::not_eof(c);
  const char one = Traits::to_char_type(c);
  return xsputn(&one, 1) == 1 ? c : Traits::eof();
}

}  // namespace swarmbell
