#include "common/grpc/memory_file.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <system_error>
#include <utility>

#include "absl/strings/str_cat.h"

namespace swarmbell {
namespace {

absl::Status Failed() {
  return absl::InternalError(
      absl::StrCat("cannot keep a file in memory: ", std::generic_category().message(errno)));
}

absl::StatusOr<int> NewFile(const std::string& content) {
  const int fd = memfd_create("swarmbell", MFD_CLOEXEC);
  if (fd < 0) return Failed();
  for (std::size_t done = 0; done < content.size();) {
    const ssize_t written = write(fd, content.data() + done, content.size() - done);
    if (written <= 0) {
      const absl::Status failed = Failed();
      close(fd);
      return failed;
    }
    done += static_cast<std::size_t>(written);
  }
  return fd;
}

}  // namespace

absl::StatusOr<MemoryFile> MemoryFile::Create(const std::string& content) {
  const absl::StatusOr<int> fd = NewFile(content);
  if (!fd.ok()) return fd.status();
  MemoryFile file;
  file.fd_ = *fd;
  return file;
}

MemoryFile::MemoryFile(MemoryFile&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}

MemoryFile& MemoryFile::operator=(MemoryFile&& other) noexcept {
  std::swap(fd_, other.fd_);
  return *this;
}

MemoryFile::~MemoryFile() {
  if (fd_ >= 0) close(fd_);
}

absl::Status MemoryFile::Replace(const std::string& content) const {
  const absl::StatusOr<int> fresh = NewFile(content);
  if (!fresh.ok()) return fresh.status();
  // Whoever opens the path sees the old file or the new one.
  const bool replaced = dup3(*fresh, fd_, O_CLOEXEC) >= 0;
  absl::Status status = replaced ? absl::OkStatus() : Failed();
  close(*fresh);
  return status;
}

std::string MemoryFile::Path() const { return fd_ < 0 ? "" : absl::StrCat("/proc/self/fd/", fd_); }

}  // namespace swarmbell
