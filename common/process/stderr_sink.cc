#include "common/process/stderr_sink.h"

#include <unistd.h>

#include <atomic>
#include <cstdlib>
#include <string>

#include "absl/strings/str_cat.h"
#include "common/process/bounded_write.h"
#include "common/process/logging.h"

namespace swarmbell {
namespace {

// A reader that is merely slow catches up within this.
constexpr absl::Duration kPatience = absl::Milliseconds(100);

std::atomic<std::uint64_t> all_dropped = 0;

bool IsColorTerminal(int fd) {
  const char* term = std::getenv("TERM");
  return isatty(fd) != 0 && term != nullptr && std::string_view(term) != "dumb";
}

std::string_view ColorOf(spdlog::level::level_enum level) {
  switch (level) {
    case spdlog::level::debug:
      return "\033[36m";
    case spdlog::level::info:
      return "\033[32m";
    case spdlog::level::warn:
      return "\033[33m\033[1m";
    case spdlog::level::err:
      return "\033[31m\033[1m";
    case spdlog::level::critical:
      return "\033[1m\033[41m";
    default:
      return "\033[37m";
  }
}

// The line with its level in the level's colour.
std::string Colored(std::string_view line, const spdlog::details::log_msg& record) {
  const std::size_t start = record.color_range_start;
  const std::size_t end = record.color_range_end;
  if (end <= start || end > line.size()) return std::string(line);
  std::string colored(line.substr(0, start));
  colored += ColorOf(record.level);
  colored += line.substr(start, end - start);
  colored += "\033[m";
  colored += line.substr(end);
  return colored;
}

}  // namespace

StderrSink::StderrSink(int fd) : fd_(fd), colored_(IsColorTerminal(fd)) {}

void StderrSink::sink_it_(const spdlog::details::log_msg& record) {
  if ((dropped_ == 0 || WriteDropped()) && Write(record)) return;
  ++dropped_;
  ++all_dropped;
}

bool StderrSink::Write(const spdlog::details::log_msg& record) {
  record.color_range_start = 0;
  record.color_range_end = 0;
  spdlog::memory_buf_t buffer;
  formatter_->format(record, buffer);
  const std::string_view line(buffer.data(), buffer.size());
  const absl::Duration limit = dropped_ == 0 ? kPatience : absl::ZeroDuration();
  return WriteWithin(fd_, colored_ ? Colored(line, record) : std::string(line), limit);
}

bool StderrSink::WriteDropped() {
  // The line before may have been cut.
  if (!WriteWithin(fd_, "\n", absl::ZeroDuration())) return false;
  const std::string words = absl::StrCat("Dropped log lines: nobody read standard error. lines=", dropped_);
  if (!Write(spdlog::details::log_msg("log", spdlog::level::warn, words))) return false;
  dropped_ = 0;
  return true;
}

std::uint64_t DroppedLogLines() { return all_dropped; }

}  // namespace swarmbell
