#include "common/process/logging.h"

#include <spdlog/spdlog.h>
#include <unistd.h>

#include <memory>
#include <optional>

#include "absl/strings/str_cat.h"
#include "common/process/json_formatter.h"
#include "common/process/stderr_sink.h"
#include "common/process/text_formatter.h"

namespace swarmbell {
namespace {

std::optional<spdlog::level::level_enum> ParseLevel(const std::string& level) {
  if (level == "trace") return spdlog::level::trace;
  if (level == "debug") return spdlog::level::debug;
  if (level == "info") return spdlog::level::info;
  if (level == "warn") return spdlog::level::warn;
  if (level == "error") return spdlog::level::err;
  if (level == "off") return spdlog::level::off;
  return std::nullopt;
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
  auto logger = std::make_shared<spdlog::logger>(process, std::make_shared<StderrSink>(STDERR_FILENO));
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

}  // namespace swarmbell
