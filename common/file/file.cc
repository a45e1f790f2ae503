#include "common/file/file.h"

#include <fcntl.h>
#include <poll.h>
#include <spdlog/spdlog.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstddef>
#include <system_error>
#include <thread>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/process/logging.h"

namespace swarmbell {
namespace {

using Steady = std::chrono::steady_clock;

// For files that are not regular, such as a pipe: its writer may never write.
constexpr std::chrono::seconds kPatience{5};

absl::Status ErrnoStatus(int error) {
  return absl::Status(absl::ErrnoToStatusCode(error), std::generic_category().message(error));
}

// Between two checks of a pipe that its last writer has left; poll() does not wait for the next writer.
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

constexpr std::size_t kMaxWatchedBytes = std::size_t{1} << 20;

absl::StatusOr<std::vector<std::string>> ReadEach(const std::vector<std::string>& files) {
  std::vector<std::string> contents;
  for (const std::string& file : files) {
    absl::StatusOr<std::string> content = file.empty() ? std::string() : ReadFile(file, kMaxWatchedBytes);
    if (!content.ok()) {
      return absl::Status(
          content.status().code(),
          absl::StrCat("cannot read \"", file, "\": ", std::string(content.status().message())));
    }
    contents.push_back(*std::move(content));
  }
  return contents;
}

bool IsChanged(const WatchedFiles& watched, const std::vector<std::string>& contents) {
  if (!watched.same) return contents != watched.contents;
  return !std::equal(contents.begin(), contents.end(), watched.contents.begin(), watched.contents.end(),
                     watched.same);
}

// Logs why files cannot be reloaded, each reason once.
void Complain(const WatchedFiles& watched, const absl::Status& why, std::string& last) {
  if (last == why.message()) return;
  last = std::string(why.message());
  spdlog::warn("Cannot reload {}; the old content stays in use. reason={}", watched.what, LogValue(last));
}

}  // namespace

absl::StatusOr<std::string> ReadFile(const std::string& path, std::size_t max_bytes) {
  const int fd = open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (fd < 0) return ErrnoStatus(errno);
  absl::StatusOr<std::string> content = ReadAll(fd, max_bytes);
  close(fd);
  return content;
}

FileWatch::FileWatch(std::vector<WatchedFiles> watched, absl::Duration every, Clock& clock)
    : every_(every), clock_(clock) {
  for (WatchedFiles& files : watched) {
    State state{std::move(files), {}, ""};
    state.seen = state.watched.contents;
    states_.push_back(std::move(state));
  }
  thread_ = std::jthread([this](std::stop_token stop) { Run(std::move(stop)); });
}

void FileWatch::Run(std::stop_token stop) {
  while (clock_.Sleep(every_, stop)) {
    for (State& state : states_) Check(state);
  }
}

void FileWatch::Check(State& state) {
  WatchedFiles& watched = state.watched;
  absl::StatusOr<std::vector<std::string>> contents = ReadEach(watched.files);
  if (!contents.ok()) {
    state.seen = watched.contents;
    return Complain(watched, contents.status(), state.complaint);
  }
  if (!IsChanged(watched, *contents)) {
    state.seen = watched.contents;
    state.complaint.clear();
    return;
  }
  if (*contents != state.seen) {
    state.seen = *std::move(contents);
    return;
  }
  if (const absl::Status applied = watched.apply(*contents); !applied.ok()) {
    return Complain(watched, applied, state.complaint);
  }
  watched.contents = *std::move(contents);
  state.complaint.clear();
  std::vector<std::string> files = watched.files;
  std::erase(files, "");
  spdlog::info("Reloaded {}. files={}", watched.what, LogValue(absl::StrJoin(files, ",")));
}

}  // namespace swarmbell
