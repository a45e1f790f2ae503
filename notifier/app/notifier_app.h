#pragma once

#include <atomic>
#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <ostream>
#include <set>
#include <stop_token>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/file/file.h"
#include "common/grpc/auth.h"
#include "common/grpc/grpc_server.h"
#include "common/metrics/metrics.h"
#include "common/metrics/metrics_server.h"
#include "common/sync/mutex.h"
#include "common/time/clock.h"
#include "notifier/app/heartbeat.h"
#include "notifier/app/last_words_requests.h"
#include "notifier/app/notifier_service.h"
#include "notifier/app/silencing.h"
#include "notifier/config/notifier_config.h"
#include "notifier/delivery/delivery_log.h"
#include "notifier/delivery/living_messages.h"
#include "notifier/delivery/receivers.h"
#include "notifier/feed/feed_set.h"
#include "notifier/feed/receipt.h"
#include "notifier/lease/lease.h"
#include "notifier/pipeline/pipeline_runner.h"
#include "notifier/rules/rule_set.h"
#include "notifier/web/timeline_page.h"
#include "swarmbell/v1/change_event.pb.h"

namespace swarmbell {

// Logs a warning for each label that is meant to steer alerts and does not, once for each object and value.
// Thread-safe.
class LabelWarnings {
 public:
  explicit LabelWarnings(std::vector<std::string> receivers, std::size_t capacity = 10'000);

  void Check(const v1::ChangeEvent& event);

  // Replaces the receivers; labels that are still wrong are logged again.
  void SetReceivers(std::vector<std::string> receivers);

 private:
  const std::size_t capacity_;
  Mutex mutex_;
  std::vector<std::string> receivers_ ABSL_GUARDED_BY(mutex_);
  std::set<std::string> logged_ ABSL_GUARDED_BY(mutex_);  // emptied when full
};

// A running notifier: all steps, connected in the order of the data: feeds, stages, cards, chats. With Redis
// it follows the collectors only while it is active.
class NotifierApp {
 public:
  // Listens, then starts to follow the collectors. Errors say which part could not start and why; a collector
  // that cannot be reached is not an error. `console` is where console receivers write; it must outlive the
  // app.
  static absl::StatusOr<std::unique_ptr<NotifierApp>> Start(const NotifierConfig& config,
                                                            std::ostream& console);

  // Stops following, posts waiting messages for at most 4 seconds, and joins every thread (except one in the
  // system's resolver: see LookUpHost).
  ~NotifierApp();
  NotifierApp(const NotifierApp&) = delete;
  NotifierApp& operator=(const NotifierApp&) = delete;

  // Applies the settings of alerts, receivers, delivery, the heartbeat and the token; the other settings need
  // a restart. No waiting message is lost. After an error nothing has changed. Not thread-safe.
  absl::Status Reload(const NotifierConfig& config);

  int Port() const { return server_->Port(); }
  int MetricsPort() const { return metrics_server_ ? metrics_server_->Port() : 0; }
  // The timeline's; 0 without one.
  int WebPort() const { return page_ ? page_->Port() : 0; }
  std::size_t Following() const;
  const DeliveryLog& Deliveries() const { return deliveries_; }

 private:
  NotifierApp(const NotifierConfig& config, RuleSet rules, FeedConnector connector);
  absl::Status StartSteps(const NotifierConfig& config, std::ostream& console);
  absl::Status Listen(const NotifierConfig& config);
  absl::Status Health() const;
  absl::Status CheckActive() const;
  void EmitReceiverEvent(const ReceiverNews& news, std::stop_token stop);
  bool AnyReceiverWorks() const;
  void ReloadToken(const NotifierConfig& config);
  absl::Status Follow(const NotifierConfig& config);
  void Unfollow();
  void StartLease(const NotifierConfig& config);
  void StartHeartbeat(const NotifierConfig& config);
  void MakePage(const NotifierConfig& config);
  nlohmann::json PageState();
  PipelineOptions StartOptions(const NotifierConfig& config);
  void ReadLastWords(const LastWordsSource& source, const std::shared_ptr<PendingLastWords>& wanted);
  std::optional<absl::Time> KnownUntil(const std::string& cluster_id) const;
  std::optional<Alert> Evaluate(const v1::ChangeEvent& event);

  Clock& clock_;
  const TlsConfig tls_;  // as started
  AuthToken token_;
  FeedConnector connector_;                 // made at the start: it watches the files that it has read
  std::unique_ptr<FileWatch> token_watch_;  // null when the token is in no file
  Metrics metrics_;
  RulesInForce rules_;
  LabelWarnings label_warnings_;
  DeliveryLog deliveries_;
  HandledChanges handled_;
  LivingMessages living_;
  HeardSwarms heard_swarms_;
  mutable Mutex feeds_mutex_;
  // Null while this notifier is the standby.
  std::unique_ptr<FeedSet> feeds_ ABSL_GUARDED_BY(feeds_mutex_);
  // From here on in the reverse order of the data: each passes to the one above. (The pipeline also asks the
  // feeds up to when they know a swarm.) The pointers up to `server_` are never null after the start.
  std::unique_ptr<Receivers> receivers_;
  std::unique_ptr<TimelinePage> page_;  // null without it
  LastWordsRequests last_words_;        // used by the pipeline's thread
  std::unique_ptr<PipelineRunner> pipeline_;
  std::unique_ptr<Silencing> silencing_;
  std::unique_ptr<NotifierServiceImpl> service_;
  std::unique_ptr<GrpcServer> server_;
  std::unique_ptr<MetricsServer> metrics_server_;  // null when switched off
  std::atomic<bool> followed_ = false;             // true once any collector was reached
  std::atomic<bool> standing_by_ = false;
  std::unique_ptr<Lease> lease_;          // null without Redis
  std::unique_ptr<Heartbeat> heartbeat_;  // null when there is no URL for it
};

}  // namespace swarmbell
