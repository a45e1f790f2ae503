#pragma once

#include <spdlog/formatter.h>

#include <memory>

namespace swarmbell {

// Formats a log record as one JSON object on one line: time (RFC 3339, UTC, milliseconds), level, logger and
// message. Text that is not UTF-8 is replaced, so a line is always valid JSON.
class JsonFormatter : public spdlog::formatter {
 public:
  void format(const spdlog::details::log_msg& record, spdlog::memory_buf_t& line) override;
  std::unique_ptr<spdlog::formatter> clone() const override;
};

}  // namespace swarmbell
