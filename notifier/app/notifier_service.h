#pragma once

#include <memory>
#include <stop_token>
#include <string>
#include <utility>

#include "common/grpc/auth.h"
#include "common/sync/mutex.h"
#include "common/time/clock.h"
#include "notifier/app/silencing.h"
#include "notifier/delivery/delivery_log.h"
#include "notifier/delivery/receivers.h"
#include "notifier/rules/rule_set.h"
#include "swarmbell/v1/notifier.grpc.pb.h"

namespace swarmbell {

// The rules, which a reload may replace while they are used. Thread-safe.
class RulesInForce {
 public:
  explicit RulesInForce(RuleSet rules) { Replace(std::move(rules)); }

  std::shared_ptr<const RuleSet> Get() const {
    const MutexLock lock(mutex_);
    return rules_;
  }

  void Replace(RuleSet rules) {
    auto fresh = std::make_shared<const RuleSet>(std::move(rules));
    const MutexLock lock(mutex_);
    rules_ = std::move(fresh);
  }

 private:
  mutable Mutex mutex_;
  std::shared_ptr<const RuleSet> rules_ ABSL_GUARDED_BY(mutex_);
};

// Serves NotifierService as proto/swarmbell/v1/notifier.proto says. Thread-safe.
class NotifierServiceImpl final : public v1::NotifierService::Service {
 public:
  // Everything given must outlive the service. Calls must carry `auth_token` unless it is empty.
  NotifierServiceImpl(const RulesInForce& rules, Receivers& receivers, const DeliveryLog& log,
                      Silencing& silencing, AuthToken auth_token, Clock& clock);

  // Ends calls that wait.
  void Stop() { stop_.request_stop(); }

  grpc::Status Preview(grpc::ServerContext* context, const v1::PreviewRequest* request,
                       v1::PreviewResponse* response) override;
  grpc::Status SendTest(grpc::ServerContext* context, const v1::SendTestRequest* request,
                        v1::SendTestResponse* response) override;
  grpc::Status ListDeliveries(grpc::ServerContext* context, const v1::ListDeliveriesRequest* request,
                              v1::ListDeliveriesResponse* response) override;
  grpc::Status Silence(grpc::ServerContext* context, const v1::SilenceRequest* request,
                       v1::SilenceResponse* response) override;
  grpc::Status ListSilences(grpc::ServerContext* context, const v1::ListSilencesRequest* request,
                            v1::ListSilencesResponse* response) override;
  grpc::Status Unsilence(grpc::ServerContext* context, const v1::UnsilenceRequest* request,
                         v1::UnsilenceResponse* response) override;

 private:
  grpc::Status Authorize(const grpc::ServerContext& context);

  const RulesInForce& rules_;
  Receivers& receivers_;
  const DeliveryLog& log_;
  Silencing& silencing_;
  CallerCheck callers_;
  Clock& clock_;
  std::stop_source stop_;
};

}  // namespace swarmbell
