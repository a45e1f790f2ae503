#include "common/settings/read_file.h"

#include <cerrno>
#include <cstdio>
#include <memory>
#include <system_error>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"

namespace swarmbell {
namespace {

absl::Status ErrnoStatus(int error) {
  const std::string reason = std::generic_category().message(error);
  return error == ENOENT ? absl::NotFoundError(reason) : absl::FailedPreconditionError(reason);
}

}  // namespace

absl::StatusOr<std::string> ReadFile(const std::string& path, std::size_t max_bytes) {
  std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(std::fopen(path.c_str(), "rb"), &std::fclose);
  if (!file) return ErrnoStatus(errno);
  std::string content;
  char piece[4096];
  while (const std::size_t got = std::fread(piece, 1, sizeof piece, file.get())) {
    content.append(piece, got);
    if (content.size() > max_bytes) {
      return absl::ResourceExhaustedError(absl::StrCat("it is longer than ", max_bytes, " bytes"));
    }
  }
  if (std::ferror(file.get()) != 0) return ErrnoStatus(errno);
  return content;
}

}  // namespace swarmbell
