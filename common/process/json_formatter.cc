#include "common/process/json_formatter.h"

#include <nlohmann/json.hpp>
#include <string>

#include "absl/time/time.h"

namespace swarmbell {
namespace {

std::string Text(spdlog::string_view_t view) { return std::string(view.data(), view.size()); }

}  // namespace

void JsonFormatter::format(const spdlog::details::log_msg& record, spdlog::memory_buf_t& line) {
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

std::unique_ptr<spdlog::formatter> JsonFormatter::clone() const { return std::make_unique<JsonFormatter>(); }

}  // namespace swarmbell
