#include "notifier/app/heartbeat.h"

#include <spdlog/spdlog.h>

#include <cstddef>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "common/process/logging.h"

namespace swarmbell {

Heartbeat::Heartbeat(HeartbeatOptions options, std::function<bool()> healthy, Clock& clock)
    : options_(std::move(options)),
      healthy_(std::move(healthy)),
      clock_(clock),
      thread_([this](std::stop_token stop) { Run(std::move(stop)); }) {}

void Heartbeat::Run(std::stop_token stop) {
  do {
    if (healthy_()) Beat(stop);
  } while (clock_.Sleep(options_.interval, stop));
}

void Heartbeat::Beat(std::stop_token stop) {
  HttpRequest request;
  request.display_name = "the heartbeat's receiver";
  request.url = options_.url;
  request.timeout = options_.timeout;
  request.tls.ca_file = options_.ca_file;
  request.max_body_bytes = std::size_t{64} << 10;
  const absl::StatusOr<HttpResponse> answer = http_.Send(request, stop);
  if (stop.stop_requested()) return;
  const bool heard = answer.ok() && answer->status >= 200 && answer->status < 300;
  const std::string why =
      answer.ok() ? absl::StrCat("answered ", answer->status) : std::string(answer.status().message());
  if (!heard && !failing_) spdlog::warn("The heartbeat was not accepted. reason={}", LogValue(why));
  if (heard && failing_) spdlog::info("The heartbeat is heard again.");
  failing_ = !heard;
}

}  // namespace swarmbell
