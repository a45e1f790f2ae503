#pragma once

#include <spdlog/formatter.h>

#include <memory>
#include <string>

namespace swarmbell {

// Formats a log record as one line for people: time (UTC), level, logger, message. Control characters of the
// message are shown as escapes, so that text from outside can neither forge a line nor drive a terminal.
class TextFormatter : public spdlog::formatter {
 public:
  TextFormatter();
  void format(const spdlog::details::log_msg& record, spdlog::memory_buf_t& line) override;
  std::unique_ptr<spdlog::formatter> clone() const override;

 private:
  std::unique_ptr<spdlog::formatter> pattern_;
};

// `text` with control characters as `\n`, `\t` or `\xNN`.
std::string EscapeControls(const std::string& text);

}  // namespace swarmbell
