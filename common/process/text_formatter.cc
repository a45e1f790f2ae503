#include "common/process/text_formatter.h"

#include <spdlog/pattern_formatter.h>

#include "absl/strings/str_cat.h"

namespace swarmbell {
namespace {

bool IsControl(char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }

}  // namespace

std::string EscapeControls(const std::string& text) {
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

TextFormatter::TextFormatter()
    : pattern_(std::make_unique<spdlog::pattern_formatter>("%Y-%m-%dT%H:%M:%S.%eZ %^%-8l%$ %n: %v",
                                                           spdlog::pattern_time_type::utc)) {}

void TextFormatter::format(const spdlog::details::log_msg& record, spdlog::memory_buf_t& line) {
  const std::string payload = EscapeControls(std::string(record.payload.data(), record.payload.size()));
  spdlog::details::log_msg escaped = record;
  escaped.payload = payload;
  pattern_->format(escaped, line);
  // Where the level's colour starts and ends, for a terminal.
  record.color_range_start = escaped.color_range_start;
  record.color_range_end = escaped.color_range_end;
}

std::unique_ptr<spdlog::formatter> TextFormatter::clone() const { return std::make_unique<TextFormatter>(); }

}  // namespace swarmbell
