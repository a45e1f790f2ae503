#pragma once

#include <ostream>
#include <streambuf>
#include <string_view>

#include "absl/time/time.h"

namespace swarmbell {

// Writes the whole text to a file descriptor; false when that takes longer than `limit`, as for a pipe that
// nobody reads, or is refused. A part may have been written then. Thread-safe; two writers of one descriptor
// may mix their texts.
bool WriteWithin(int fd, std::string_view text, absl::Duration limit);

// A stream to a file descriptor that fails (badbit) instead of waiting longer than `limit` for a reader. It
// holds nothing back. One thread at a time.
class BoundedStream final : private std::streambuf, public std::ostream {
 public:
  BoundedStream(int fd, absl::Duration limit) : std::ostream(this), fd_(fd), limit_(limit) {}

 private:
  std::streamsize xsputn(const char* text, std::streamsize size) override;
  int overflow(int c) override;

  const int fd_;
  const absl::Duration limit_;
};

}  // namespace swarmbell
