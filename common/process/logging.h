#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <ostream>
#include <streambuf>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "common/sync/mutex.h"

namespace spdlog::sinks {
class sink;
}

namespace swarmbell {

// The log, and other output that somebody may have stopped reading.
//
// A log line is one sentence, then fields as `name=value`, with values as LogValue() writes them.

// Sets up spdlog's default logger on standard error, with MakeStderrSink(). `level` is trace, debug, info,
// warn, error or off. `format` is `text`, one line for people, or `json`, one object a line with time
// (RFC 3339, UTC, milliseconds), level, logger and message. INVALID_ARGUMENT for other values.
absl::Status InitLogging(const std::string& process, const std::string& level, const std::string& format);

// Changes the level of the logger that InitLogging() set up. A text that is no level changes nothing.
void SetLogLevel(const std::string& level);

// Number of log lines that this process has dropped because nobody read standard error. Thread-safe.
std::uint64_t DroppedLogLines();

// Writes log lines to a file descriptor, in colour where it is a terminal. A log that nobody reads (a blocked
// log driver) does not hold up the program: a line that cannot be written within 100 ms is dropped, and the
// lines after it are dropped without a wait until the log can be written again; their number is then logged.
// Thread-safe.
std::shared_ptr<spdlog::sinks::sink> MakeStderrSink(int fd);

// A value for a field of a log line that a program can read back: unchanged when it is one plain word,
// otherwise in double quotes with `"` and `\` escaped by a `\`. Line ends and other control characters are
// escaped later, when the line is formatted. Pure.
std::string LogValue(std::string_view value);

// Limits how often something is logged: each key once in `interval`. Remembers at most 200 keys: while there
// are as many, no new key is due. Thread-safe.
class Throttle {
 public:
  explicit Throttle(absl::Duration interval) : interval_(interval) {}

  // True if the key was not due within the last interval.
  bool Due(const std::string& key, absl::Time now);

 private:
  const absl::Duration interval_;
  Mutex mutex_;
  std::map<std::string, absl::Time> last_ ABSL_GUARDED_BY(mutex_);
};

// Writes the whole text to a file descriptor. Returns false when that takes longer than `limit`, as for a
// pipe that nobody reads, or fails; a part may have been written then. Thread-safe, but two writers of one
// descriptor may mix their texts.
bool WriteWithin(int fd, std::string_view text, absl::Duration limit);

// An unbuffered stream to a file descriptor that fails (badbit) instead of waiting longer than `limit` for a
// reader. Not thread-safe.
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
