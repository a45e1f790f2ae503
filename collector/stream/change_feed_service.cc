#include "collector/stream/change_feed_service.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "collector/stream/change_filters.h"
#include "collector/stream/change_list.h"
#include "collector/stream/failed_task.h"
#include "collector/stream/subscribers.h"
#include "common/grpc/status.h"
#include "common/time/proto_time.h"
#include "grpcpp/support/proto_buffer_reader.h"

namespace swarmbell {
namespace {

constexpr std::size_t kMaxNameLength = 64;  // characters
constexpr std::size_t kMaxNameBytes = kMaxNameLength * 4;
constexpr std::size_t kMaxState = std::size_t{256} << 10;
constexpr std::size_t kMaxMark = 1024;

// A Subscribe call that ends before it begins.
class Refusal final : public grpc::ServerWriteReactor<grpc::ByteBuffer> {
 public:
  explicit Refusal(const absl::Status& status) { Finish(ToGrpcStatus(status)); }

 private:
  void OnDone() override { delete this; }
};

grpc::ServerUnaryReactor* Answer(grpc::CallbackServerContext& context, const absl::Status& status) {
  auto* reactor = context.DefaultReactor();
  reactor->Finish(ToGrpcStatus(status));
  return reactor;
}

absl::StatusOr<v1::SubscribeRequest> Decode(const grpc::ByteBuffer& bytes) {
  v1::SubscribeRequest request;
  grpc::ByteBuffer copy = bytes;  // reading takes it
  grpc::ProtoBufferReader reader(&copy);
  if (!reader.status().ok() || !request.ParseFromZeroCopyStream(&reader)) {
    return absl::InvalidArgumentError(
        "the request is not a swarmbell.v1.SubscribeRequest; use the published protos");
  }
  return request;
}

// At most the first 64 characters, none of them cut.
std::string Shortened(const std::string& name) {
  std::size_t characters = 0;
  for (std::size_t i = 0; i < name.size(); ++i) {
    const bool starts_character = (static_cast<unsigned char>(name[i]) & 0xC0) != 0x80;
    if (starts_character && ++characters > kMaxNameLength) return name.substr(0, i);
  }
  return name;
}

std::string Label(const v1::SubscribeRequest& request, const std::string& peer) {
  return absl::StrCat("subscriber=\"", absl::Utf8SafeCEscape(Shortened(request.subscriber_name())),
                      "\" peer=", peer);
}

absl::Status CheckSubscriptionName(const std::string& name) {
  if (name.size() <= kMaxNameBytes) return absl::OkStatus();
  return absl::InvalidArgumentError("the name of a subscription has at most 64 characters");
}

// The start of a Subscribe call.
struct FeedStart {
  LogPosition position;
  bool resumed = false;     // at the position kept for its subscription
  SubscriptionRecord kept;  // for its subscription; empty if it has none
};

// A position of this log that the request carries comes first, then the one kept for its subscription.
FeedStart FindStart(const v1::SubscribeRequest& request, const ChangeLog& log, SubscriptionBook& book) {
  const LogPosition newest = log.Newest();
  const bool has_own = request.has_resume_after();
  const bool own_is_of_log = has_own && request.resume_after().log_id() == newest.log_id;
  FeedStart start;
  start.position = has_own                 ? ToPosition(request.resume_after())
                   : request.from_oldest() ? log.Oldest()
                                           : newest;
  if (request.subscription().empty()) return start;

  // After a position of another log, reading continues before the oldest change.
  const LogPosition here = has_own && !own_is_of_log ? log.Oldest() : start.position;
  SubscriptionBook::Opened opened = book.Open(request.subscription(), here);
  start.resumed = opened.resumed && !own_is_of_log;
  if (start.resumed) start.position = opened.record.position;
  start.kept = std::move(opened.record);
  return start;
}

absl::Status CheckSizes(const v1::AcknowledgeRequest& request) {
  if (request.subscription().empty()) {
    return absl::InvalidArgumentError("nothing can be acknowledged without the name of a subscription");
  }
  if (request.state().size() > kMaxState) {
    return absl::InvalidArgumentError(absl::StrCat("the state of a subscription takes at most ", kMaxState,
                                                   " bytes, not ", request.state().size()));
  }
  for (const std::string& mark : request.marks()) {
    if (mark.size() > kMaxMark) {
      return absl::InvalidArgumentError(
          absl::StrCat("a mark takes at most ", kMaxMark, " bytes, not ", mark.size()));
    }
  }
  return CheckSubscriptionName(request.subscription());
}

absl::Status MoveSubscription(const v1::AcknowledgeRequest& request, const ChangeLog& log,
                              SubscriptionBook& book) {
  if (absl::Status sizes = CheckSizes(request); !sizes.ok()) return sizes;
  std::optional<LogPosition> position;
  if (request.has_cursor()) {
    position = ToPosition(request.cursor());
    const LogPosition newest = log.Newest();
    if (position->log_id != newest.log_id || position->sequence > newest.sequence) {
      return absl::FailedPreconditionError(
          "the position to acknowledge is not of this log: the collector was restarted, or watches another "
          "swarm now; subscribe again");
    }
  }
  std::optional<std::string> state;
  if (request.has_state()) state = request.state();
  book.Acknowledge(request.subscription(), position,
                   std::vector<std::string>(request.marks().begin(), request.marks().end()),
                   std::move(state));
  return absl::OkStatus();
}

// These are read only when they are needed, so that their age says nothing.
bool IsReadOnDemand(const v1::EndpointSummary& endpoint) {
  static constexpr std::array<std::string_view, 5> kOnDemand = {"/info", "/networks", "/secrets", "/configs",
                                                                "/swarm"};
  return std::find(kOnDemand.begin(), kOnDemand.end(), endpoint.endpoint()) != kOnDemand.end();
}

// The poll time is the oldest read time, and unset until everything has been read.
v1::Progress ProgressOf(const v1::GetSnapshotSummaryResponse& summary) {
  v1::Progress progress;
  if (summary.has_cluster()) *progress.mutable_cluster() = summary.cluster();
  if (summary.has_observer()) *progress.mutable_observer() = summary.observer();
  progress.set_stale(summary.stale());
  for (const v1::EndpointSummary& endpoint : summary.endpoints()) {
    if (IsReadOnDemand(endpoint)) continue;
    if (!endpoint.has_last_read_time()) {
      progress.clear_poll_time();
      return progress;
    }
    if (!progress.has_poll_time() || FromProto(endpoint.last_read_time()) < FromProto(progress.poll_time())) {
      *progress.mutable_poll_time() = endpoint.last_read_time();
    }
  }
  return progress;
}

v1::Opened OpenedOf(const v1::GetSnapshotSummaryResponse& summary, absl::Duration progress_interval,
                    const FeedStart& start) {
  v1::Opened opened;
  opened.set_resumed(start.resumed);
  opened.mutable_marks()->Assign(start.kept.marks.begin(), start.kept.marks.end());
  opened.set_state(start.kept.state);
  const std::int64_t millis = absl::ToInt64Milliseconds(progress_interval);
  opened.mutable_progress_interval()->set_seconds(millis / 1000);
  opened.mutable_progress_interval()->set_nanos(static_cast<std::int32_t>(millis % 1000 * 1'000'000));
  if (summary.has_cluster()) *opened.mutable_cluster() = summary.cluster();
  return opened;
}

}  // namespace

ChangeFeedServiceImpl::ChangeFeedServiceImpl(ChangeLog& log, SubscriptionBook& book, Metrics& metrics,
                                             ChangeFeedOptions options)
    : log_(log),
      book_(book),
      options_(std::move(options)),
      callers_(options_.auth_token, options_.client_names, Clock::Real()),
      subscribers_(std::make_unique<Subscribers>(
          log_, metrics,
          SubscribersOptions{.progress_interval = options_.progress_interval,
                             .spacing = options_.spacing,
                             .max = options_.max_subscribers,
                             .progress = [this] { return ProgressOf(options_.summary()); }})) {}

ChangeFeedServiceImpl::~ChangeFeedServiceImpl() = default;

void ChangeFeedServiceImpl::Shutdown() {
  subscribers_->Shutdown();
  if (options_.task_logs != nullptr) options_.task_logs->Stop();
}

grpc::ServerWriteReactor<grpc::ByteBuffer>* ChangeFeedServiceImpl::Subscribe(
    grpc::CallbackServerContext* context, const grpc::ByteBuffer* request) {
  const absl::Status allowed = callers_.Check(*context);
  if (!allowed.ok()) return new Refusal(allowed);
  const auto decoded = Decode(*request);
  if (!decoded.ok()) return new Refusal(decoded.status());
  auto filters = ChangeFilters::Make(decoded->filters(), decoded->update_progress());
  if (!filters.ok()) return new Refusal(filters.status());
  const absl::Status named = CheckSubscriptionName(decoded->subscription());
  if (!named.ok()) return new Refusal(named);
  v1::KnownSwarm known = decoded->known();
  known.clear_open_alarms();  // not needed while the call lasts
  const FeedStart start = FindStart(*decoded, log_, book_);
  const auto call = subscribers_->Start(
      {.filters = *std::move(filters), .join_reads = decoded->join_reads(), .known = std::move(known)},
      start.position, OpenedOf(options_.summary(), options_.progress_interval, start),
      Label(*decoded, context->peer()));
  if (!call.ok()) return new Refusal(call.status());
  AdoptAlarms(*decoded);
  return *call;
}

// Only after a loss of the log: otherwise the log has the end of each alarm, or will have it.
void ChangeFeedServiceImpl::AdoptAlarms(const v1::SubscribeRequest& request) {
  const auto& alarms = request.known().open_alarms();
  const bool lost = request.has_resume_after() && request.resume_after().log_id() != log_.Newest().log_id;
  if (lost && !alarms.empty() && options_.adopt) options_.adopt({alarms.begin(), alarms.end()});
}

grpc::ServerUnaryReactor* ChangeFeedServiceImpl::Acknowledge(grpc::CallbackServerContext* context,
                                                             const v1::AcknowledgeRequest* request,
                                                             v1::AcknowledgeResponse*) {
  const absl::Status allowed = callers_.Check(*context);
  return Answer(*context, allowed.ok() ? MoveSubscription(*request, log_, book_) : allowed);
}

grpc::ServerUnaryReactor* ChangeFeedServiceImpl::ListChanges(grpc::CallbackServerContext* context,
                                                             const v1::ListChangesRequest* request,
                                                             v1::ListChangesResponse* response) {
  const absl::Status allowed = callers_.Check(*context);
  if (!allowed.ok()) return Answer(*context, allowed);
  auto page = swarmbell::ListChanges(log_, *request);
  if (!page.ok()) return Answer(*context, page.status());
  *response = *std::move(page);
  return Answer(*context, absl::OkStatus());
}

grpc::ServerUnaryReactor* ChangeFeedServiceImpl::GetSnapshotSummary(
    grpc::CallbackServerContext* context, const v1::GetSnapshotSummaryRequest*,
    v1::GetSnapshotSummaryResponse* response) {
  const absl::Status allowed = callers_.Check(*context);
  if (!allowed.ok()) return Answer(*context, allowed);
  *response = options_.summary();
  *response->mutable_oldest_cursor() = ToCursor(log_.Oldest());
  *response->mutable_newest_cursor() = ToCursor(log_.Newest());
  response->set_subscribers(static_cast<std::uint32_t>(subscribers_->Count()));
  return Answer(*context, absl::OkStatus());
}

grpc::ServerUnaryReactor* ChangeFeedServiceImpl::GetTaskLog(grpc::CallbackServerContext* context,
                                                            const v1::GetTaskLogRequest* request,
                                                            v1::GetTaskLogResponse* response) {
  absl::Status allowed = callers_.Check(*context);
  if (allowed.ok() && options_.task_logs == nullptr) {
    allowed = absl::FailedPreconditionError(
        "this collector reads no logs of tasks; set logs.lines (SWARMBELL_LOGS_LINES) to 8 or less");
  }
  if (!allowed.ok()) return Answer(*context, allowed);
  const auto failed = FindFailedTask(log_, request->task_id());
  if (!failed.ok()) return Answer(*context, failed.status());
  if (OptsOutOfLogs(*failed)) {
    response->set_missing("the service has the label swarmbell.logs=false");
    return Answer(*context, absl::OkStatus());
  }
  auto* reactor = context->DefaultReactor();
  options_.task_logs->Read({.task_id = request->task_id(),
                            .is_abandoned = [context] { return context->IsCancelled(); },
                            .done =
                                [response, reactor](TaskLog log) {
                                  for (std::string& line : log.lines) response->add_lines(std::move(line));
                                  response->set_missing(std::move(log.missing));
                                  reactor->Finish(grpc::Status::OK);
                                }});
  return reactor;
}

}  // namespace swarmbell
