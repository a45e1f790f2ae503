#include "notifier/feed/subscription.h"

#include <memory>
#include <optional>

#include "absl/strings/str_cat.h"
#include "common/grpc/auth_token.h"
#include "common/grpc/status.h"
#include "notifier/feed/watchdog.h"

namespace swarmbell {
namespace {

// Progress more often than this would be a fault of the collector.
constexpr absl::Duration kShortestInterval = absl::Milliseconds(100);

absl::Duration SilenceLimit(const v1::Opened& opened, int missed_intervals) {
  const absl::Duration interval = absl::Seconds(opened.progress_interval().seconds()) +
                                  absl::Nanoseconds(opened.progress_interval().nanos());
  // A collector that names no interval is left to the transport's own keep-alive.
  if (interval < kShortestInterval) return absl::InfiniteDuration();
  return missed_intervals * interval;
}

}  // namespace

absl::Status Follow(v1::ChangeFeedService::Stub& stub, const v1::SubscribeRequest& request,
                    const SubscriptionOptions& options,
                    absl::FunctionRef<void(const v1::SubscribeResponse&)> handle, Clock& clock,
                    std::stop_token stop) {
  grpc::ClientContext context;
  AddAuthToken(context, options.auth_token);
  const std::stop_callback cancel_on_stop(stop, [&context] { context.TryCancel(); });
  const auto cancel = [&context] { context.TryCancel(); };
  std::optional<Watchdog> watchdog;
  watchdog.emplace(options.open_timeout, cancel, clock);

  const std::unique_ptr<grpc::ClientReader<v1::SubscribeResponse>> reader = stub.Subscribe(&context, request);
  bool opened = false;
  absl::Duration limit = options.open_timeout;
  v1::SubscribeResponse response;
  while (reader->Read(&response)) {
    watchdog->Heard();
    if (response.has_opened() && !opened) {
      opened = true;
      limit = SilenceLimit(response.opened(), options.missed_intervals);
      watchdog.emplace(limit, cancel, clock);
      watchdog->Heard();
    }
    handle(response);
    watchdog->Listen();
  }
  const grpc::Status status = reader->Finish();
  if (stop.stop_requested()) return absl::CancelledError("stopped");
  if (watchdog->barked()) {
    return absl::UnavailableError(absl::StrCat(opened ? "nothing was heard for " : "not accepted within ",
                                               absl::FormatDuration(limit)));
  }
  if (status.ok()) return absl::UnavailableError("the collector ended the stream");
  return ToAbslStatus(status);
}

}  // namespace swarmbell
