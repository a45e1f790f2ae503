#pragma once

#include <spdlog/sinks/base_sink.h>

#include <cstdint>
#include <mutex>
#include <string_view>

namespace swarmbell {

// Writes log lines to a file descriptor, with colours where it is a terminal. A log that nobody reads (a
// blocked log driver) must not hold up the program: after a short wait a line is dropped, and those behind it
// are dropped without a wait until the log takes lines again, which is then said with their number.
// Thread-safe.
class StderrSink final : public spdlog::sinks::base_sink<std::mutex> {
 public:
  explicit StderrSink(int fd);

 protected:
  void sink_it_(const spdlog::details::log_msg& record) override;
  void flush_() override {}

 private:
  bool Write(const spdlog::details::log_msg& record);
  bool WriteDropped();

  const int fd_;
  const bool colored_;
  std::uint64_t dropped_ = 0;  // since the log last took a line; guarded by the base's mutex
};

}  // namespace swarmbell
