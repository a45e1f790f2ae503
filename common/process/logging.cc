#include "common/process/logging.h"

#include <poll.h>
#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/sink.h>
#include <spdlog/spdlog.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <climits>
#include <cstddef>
#include <cstdlib>
#include <iterator>
#include <nlohmann/json.hpp>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"

namespace swarmbell {
namespace {

using SteadyClock = std::chrono::steady_clock;

constexpr std::size_t kMostKeys = 200;

// A reader that is merely slow catches up within this.
constexpr absl::Duration kPatience = absl::Milliseconds(100);

std::atomic<std::uint64_t> all_dropped = 0;

bool IsControl(char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }

bool NeedsQuotes(char c) { return IsControl(c) || c == ' ' || c == '"' || c == '\\' || c == '='; }

// `text` with control characters as `\n`, `\t` or `\xNN`.
std::string EscapeControls(std::string_view text) {
  std::string escaped;
  escaped.reserve(text.size());
  for (const char c : text) {
    if (!IsControl(c)) {
      escaped.push_back(c);
    } else if (c == '\n') {
      escaped += "\\n";
    } else if (c == '\t') {
      escaped += "\\t";
    } else {
      absl::StrAppend(&escaped, "\\x", absl::Hex(static_cast<unsigned char>(c), absl::kZeroPad2));
    }
  }
  return escaped;
}

std::string Text(spdlog::string_view_t view) { return std::string(view.data(), view.size()); }

// One line for people: time (UTC), level, logger, message. Control characters of the message are shown as
// escapes, so that text from outside can neither forge a line nor control a terminal.
class TextFormatter final : public spdlog::formatter {
 public:
  void format(const spdlog::details::log_msg& record, spdlog::memory_buf_t& line) override {
    const std::string payload = EscapeControls(Text(record.payload));
    spdlog::details::log_msg escaped = record;
    escaped.payload = payload;
    pattern_.format(escaped, line);
    // Where the level's colour starts and ends, for a terminal.
    record.color_range_start = escaped.color_range_start;
    record.color_range_end = escaped.color_range_end;
  }

  std::unique_ptr<spdlog::formatter> clone() const override { return std::make_unique<TextFormatter>(); }

 private:
  spdlog::pattern_formatter pattern_{"%Y-%m-%dT%H:%M:%S.%eZ %^%-8l%$ %n: %v", spdlog::pattern_time_type::utc};
};

// One JSON object a line. Text that is not UTF-8 is replaced, so that a line is always valid JSON.
class JsonFormatter final : public spdlog::formatter {
 public:
  void format(const spdlog::details::log_msg& record, spdlog::memory_buf_t& line) override {
    nlohmann::ordered_json object;
    object["time"] =
        absl::FormatTime("%Y-%m-%dT%H:%M:%E3SZ", absl::FromChrono(record.time), absl::UTCTimeZone());
    object["level"] = Text(spdlog::level::to_string_view(record.level));
    object["logger"] = Text(record.logger_name);
    object["message"] = Text(record.payload);
    const std::string text =
        object.dump(-1, ' ', /*ensure_ascii=*/false, nlohmann::ordered_json::error_handler_t::replace) + "\n";
    line.append(text.data(), text.data() + text.size());
  }

  std::unique_ptr<spdlog::formatter> clone() const override { return std::make_unique<JsonFormatter>(); }
};

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
  return absl::StrCat(std::string(line.substr(0, start)), std::string(ColorOf(record.level)),
                      std::string(line.substr(start, end - start)), "\033[m", std::string(line.substr(end)));
}

class StderrSink final : public spdlog::sinks::sink {
 public:
  explicit StderrSink(int fd) : fd_(fd), colored_(IsColorTerminal(fd)) {}

  void log(const spdlog::details::log_msg& record) override {
    const MutexLock lock(mutex_);
    if ((dropped_ == 0 || WriteDropped()) && Write(record)) return;
    ++dropped_;
    ++all_dropped;
  }

  void flush() override {}

  void set_pattern(const std::string& pattern) override {
    set_formatter(std::make_unique<spdlog::pattern_formatter>(pattern));
  }

  void set_formatter(std::unique_ptr<spdlog::formatter> formatter) override {
    const MutexLock lock(mutex_);
    formatter_ = std::move(formatter);
  }

 private:
  bool Write(const spdlog::details::log_msg& record) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    record.color_range_start = 0;
    record.color_range_end = 0;
    spdlog::memory_buf_t buffer;
    formatter_->format(record, buffer);
    const std::string_view line(buffer.data(), buffer.size());
    const absl::Duration limit = dropped_ == 0 ? kPatience : absl::ZeroDuration();
    return WriteWithin(fd_, colored_ ? Colored(line, record) : std::string(line), limit);
  }

  bool WriteDropped() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    // The line before may have been cut.
    if (!WriteWithin(fd_, "\n", absl::ZeroDuration())) return false;
    const std::string text = absl::StrCat("Dropped log lines: nobody read standard error. lines=", dropped_);
    if (!Write(spdlog::details::log_msg("log", spdlog::level::warn, text))) return false;
    dropped_ = 0;
    return true;
  }

  const int fd_;
  const bool colored_;
  Mutex mutex_;
  std::unique_ptr<spdlog::formatter> formatter_ ABSL_GUARDED_BY(mutex_) =
      std::make_unique<spdlog::pattern_formatter>();
  std::uint64_t dropped_ ABSL_GUARDED_BY(mutex_) = 0;  // since a line was last written
};

std::optional<spdlog::level::level_enum> ParseLevel(const std::string& level) {
  if (level == "trace") return spdlog::level::trace;
  if (level == "debug") return spdlog::level::debug;
  if (level == "info") return spdlog::level::info;
  if (level == "warn") return spdlog::level::warn;
  if (level == "error") return spdlog::level::err;
  if (level == "off") return spdlog::level::off;
  return std::nullopt;
}

// Waits until the descriptor can be written; false after the deadline.
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

absl::Status InitLogging(const std::string& process, const std::string& level, const std::string& format) {
  const auto parsed = ParseLevel(level);
  if (!parsed.has_value()) {
    return absl::InvalidArgumentError(
        absl::StrCat("log.level: \"", level, "\" is no level; use trace, debug, info, warn, error or off"));
  }
  if (format != "text" && format != "json") {
    return absl::InvalidArgumentError(
        absl::StrCat("log.format: \"", format, "\" is no format; use text or json"));
  }
  auto logger = std::make_shared<spdlog::logger>(process, MakeStderrSink(STDERR_FILENO));
  logger->set_level(*parsed);
  logger->flush_on(spdlog::level::trace);
  if (format == "json") {
    logger->set_formatter(std::make_unique<JsonFormatter>());
  } else {
    logger->set_formatter(std::make_unique<TextFormatter>());
  }
  spdlog::set_default_logger(std::move(logger));
  return absl::OkStatus();
}

void SetLogLevel(const std::string& level) {
  if (const auto parsed = ParseLevel(level)) spdlog::default_logger_raw()->set_level(*parsed);
}

std::uint64_t DroppedLogLines() { return all_dropped; }

std::shared_ptr<spdlog::sinks::sink> MakeStderrSink(int fd) { return std::make_shared<StderrSink>(fd); }

std::string LogValue(std::string_view value) {
  if (!value.empty() && std::none_of(value.begin(), value.end(), NeedsQuotes)) return std::string(value);
  std::string quoted = "\"";
  for (const char c : value) {
    if (c == '"' || c == '\\') quoted += '\\';
    quoted += c;
  }
  return quoted + '"';
}

bool Throttle::Due(const std::string& key, absl::Time now) {
  const MutexLock lock(mutex_);
  std::erase_if(last_, [&](const auto& entry) { return now - entry.second >= interval_; });
  if (last_.size() >= kMostKeys) return false;
  return last_.emplace(key, now).second;
}

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
