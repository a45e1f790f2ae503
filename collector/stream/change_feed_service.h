#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <vector>

#include "absl/time/time.h"
#include "collector/changelog/change_log.h"
#include "collector/changelog/subscription_book.h"
#include "collector/logs/task_logs.h"
#include "common/grpc/auth.h"
#include "common/metrics/metrics.h"
#include "swarmbell/v1/change_feed.grpc.pb.h"

namespace swarmbell {

class Subscribers;

// Subscribe writes messages that are encoded already.
using RawFeedService = v1::ChangeFeedService::WithRawCallbackMethod_Subscribe<
    v1::ChangeFeedService::WithCallbackMethod_Acknowledge<
        v1::ChangeFeedService::WithCallbackMethod_ListChanges<
            v1::ChangeFeedService::WithCallbackMethod_GetSnapshotSummary<
                v1::ChangeFeedService::WithCallbackMethod_GetTaskLog<v1::ChangeFeedService::Service>>>>>;

struct ChangeFeedOptions {
  // How often each subscriber is sent `progress`.
  absl::Duration progress_interval = absl::Seconds(5);
  std::size_t max_subscribers = 100;
  // The shortest time between two notifications of the subscribers. A change after a pause of this length is
  // sent at once; changes that follow sooner wait until the time is over and leave together, as messages of
  // their own: waking up costs more than a message.
  absl::Duration spacing = absl::Milliseconds(25);
  // The token that calls must carry (common/grpc/auth.h); if empty, none is required.
  AuthToken auth_token{};
  // The caller's certificate must have one of these names (common/grpc/auth.h); if empty, any passes.
  ClientNames client_names{};
  // Describes what is watched, without cursors and subscribers, which the service adds. Called from many
  // threads, also for each progress message; must not block. Its oldest `last_read_time` becomes the
  // subscribers' `poll_time`.
  std::function<v1::GetSnapshotSummaryResponse()> summary{};
  // Receives the alarms that a subscriber brings from a log that is lost (KnownSwarm::open_alarms). Called
  // from many threads; must not block. May be null.
  std::function<void(const std::vector<v1::ChangeEvent>& alarms)> adopt{};
  // Reads the logs of failed tasks; must outlive the service. Null if no logs are read.
  TaskLogs* task_logs = nullptr;
};

// Serves a change log as proto/swarmbell/v1/change_feed.proto says. A slow subscriber delays nobody and holds
// no memory; it gets a gap when the log has dropped its position.
//
// Thread-safe. Errors are those of the proto.
class ChangeFeedServiceImpl final : public RawFeedService {
 public:
  // `log`, `book` and `metrics` must outlive the service, and the service must outlive the server that it is
  // registered with. Declares its metrics.
  ChangeFeedServiceImpl(ChangeLog& log, SubscriptionBook& book, Metrics& metrics, ChangeFeedOptions options);
  ~ChangeFeedServiceImpl() override;

  // Ends every subscription with UNAVAILABLE and refuses new ones. Returns without waiting for subscribers;
  // shut the server down next.
  void Shutdown();

  grpc::ServerWriteReactor<grpc::ByteBuffer>* Subscribe(grpc::CallbackServerContext* context,
                                                        const grpc::ByteBuffer* request) override;
  grpc::ServerUnaryReactor* Acknowledge(grpc::CallbackServerContext* context,
                                        const v1::AcknowledgeRequest* request,
                                        v1::AcknowledgeResponse* response) override;
  grpc::ServerUnaryReactor* ListChanges(grpc::CallbackServerContext* context,
                                        const v1::ListChangesRequest* request,
                                        v1::ListChangesResponse* response) override;
  grpc::ServerUnaryReactor* GetSnapshotSummary(grpc::CallbackServerContext* context,
                                               const v1::GetSnapshotSummaryRequest* request,
                                               v1::GetSnapshotSummaryResponse* response) override;
  grpc::ServerUnaryReactor* GetTaskLog(grpc::CallbackServerContext* context,
                                       const v1::GetTaskLogRequest* request,
                                       v1::GetTaskLogResponse* response) override;

 private:
  void AdoptAlarms(const v1::SubscribeRequest& request);

  ChangeLog& log_;
  SubscriptionBook& book_;
  const ChangeFeedOptions options_;
  CallerCheck callers_;
  std::unique_ptr<Subscribers> subscribers_;
};

}  // namespace swarmbell
