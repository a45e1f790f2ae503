#pragma once

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace swarmbell {

// A file in memory, for readers in this process that need a path. They always open one whole content: a new
// one replaces the old at once. Nothing is written to any disk.
class MemoryFile {
 public:
  static absl::StatusOr<MemoryFile> Create(const std::string& content);

  MemoryFile() = default;  // no file
  MemoryFile(MemoryFile&& other) noexcept;
  MemoryFile& operator=(MemoryFile&& other) noexcept;
  ~MemoryFile();

  absl::Status Replace(const std::string& content) const;

  // Good as long as the object lives; empty if there is no file.
  std::string Path() const;

 private:
  int fd_ = -1;
};

}  // namespace swarmbell
