#pragma once

#include <atomic>
#include <cstddef>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <ostream>
#include <set>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/grpc/auth_token.h"
#include "common/grpc/grpc_server.h"
#include "common/http/http_client.h"
#include "common/metrics/metrics.h"
#include "common/metrics/metrics_server.h"
#include "common/time/clock.h"
#include "common/watch/file_watch.h"
#include "notifier/app/notifier_service.h"
#include "notifier/config/notifier_config.h"
#include "notifier/delivery/delivery_log.h"
#include "notifier/delivery/receivers.h"
#include "notifier/feed/feed_set.h"
#include "notifier/feed/receipt.h"
#include "notifier/lease/lease.h"
#include "notifier/pipeline/pipeline_runner.h"
#include "notifier/rules/rule_set.h"
#include "swarmbell/v1/change_event.pb.h"

namespace swarmbell {

// Warns in the log of labels that mean to steer alerts and do not: once for each object and value, so that
// who set them finds out and nobody is bored. Thread-safe.
class LabelWarnings {
 public:
  explicit LabelWarnings(std::vector<std::string> receivers, std::size_t capacity = 10'000);

  void Check(const v1::ChangeEvent& event);

  // Other receivers from now on; what was told is told again where it is still wrong.
  void SetReceivers(std::vector<std::string> receivers);

 private:
  const std::size_t capacity_;
  std::mutex mutex_;
  std::vector<std::string> receivers_;  // guarded by mutex_
  std::set<std::string> told_;          // emptied when full; guarded by mutex_
};

struct HeartbeatOptions {
  std::string url;  // a secret: never shown
  absl::Duration interval = absl::Minutes(1);
  absl::Duration timeout = absl::Seconds(10);
  std::string ca_file{};  // authorities that vouch for the receiver; the system's if empty

  friend bool operator==(const HeartbeatOptions&, const HeartbeatOptions&) = default;
};

// A dead man's switch: asks for a URL again and again as long as all is well, so that whoever waits there
// rings when it ends. On a thread of its own.
class Heartbeat {
 public:
  // `healthy` says whether all is well; called on the object's thread, must not block. `clock` must outlive
  // the object.
  Heartbeat(HeartbeatOptions options, std::function<bool()> healthy, Clock& clock);

  const HeartbeatOptions& Options() const { return options_; }

 private:
  void Run(std::stop_token stop);
  void Beat(std::stop_token stop);

  const HeartbeatOptions options_;
  const std::function<bool()> healthy_;
  Clock& clock_;
  HttpClient http_;  // the thread's own, as is all below
  bool failing_ = false;
  std::jthread thread_;  // last: uses everything above
};

// A running notifier: every step of the data's way, wired in its order. With Redis it follows the collectors
// only while it is on duty.
class NotifierApp {
 public:
  // Listens, then starts to follow the collectors. Errors say which part could not start and why; a collector
  // that cannot be reached is not an error. `console` is where console receivers write; it must outlive the
  // app.
  static absl::StatusOr<std::unique_ptr<NotifierApp>> Start(const NotifierConfig& config,
                                                            std::ostream& console);

  // Stops following, posts what is on its way as far as that takes less than 4 seconds, and joins every
  // thread.
  ~NotifierApp();
  NotifierApp(const NotifierApp&) = delete;
  NotifierApp& operator=(const NotifierApp&) = delete;

  // Puts what the new configuration says of alerts, receivers, delivery, the heartbeat and the token in
  // force; the rest of it needs a new app. Nothing that is on its way is lost. An error leaves everything as
  // it was. Not thread-safe.
  absl::Status Reload(const NotifierConfig& config);

  int Port() const { return server_->Port(); }
  int MetricsPort() const { return metrics_server_ ? metrics_server_->Port() : 0; }
  std::size_t Following() const;
  const DeliveryLog& Deliveries() const { return deliveries_; }

 private:
  NotifierApp(const NotifierConfig& config, RuleSet rules, FeedConnector connector);
  absl::Status StartSteps(const NotifierConfig& config, std::ostream& console);
  absl::Status Listen(const NotifierConfig& config);
  absl::Status Health() const;
  void TellOf(const ReceiverNews& news, std::stop_token stop);
  bool AnyReceiverWorks() const;
  void ChangeToken(const NotifierConfig& config);
  absl::Status Follow(const NotifierConfig& config);
  void Unfollow();
  void KeepLease(const NotifierConfig& config);
  void Beat(const NotifierConfig& config);
  PipelineOptions StartOptions(const NotifierConfig& config) const;
  std::optional<absl::Time> KnownUntil(const std::string& cluster_id) const;
  std::optional<Alert> Evaluate(const v1::ChangeEvent& event);

  Clock& clock_;
  const TlsConfig tls_;  // as started
  AuthToken token_;
  FeedConnector connector_;                 // made at the start: what it read then, it watches
  std::unique_ptr<FileWatch> token_watch_;  // null when the token is in no file
  Metrics metrics_;
  RulesInForce rules_;
  LabelWarnings label_warnings_;
  DeliveryLog deliveries_;
  Handled handled_;
  mutable std::mutex feeds_mutex_;
  std::unique_ptr<FeedSet> feeds_;  // null while another notifier is on duty; guarded by feeds_mutex_
  // From here on in the order of the data's way, backwards: each hands on to the one above. The pipeline asks
  // the feeds, though, until when they know a swarm. The first three are never null once it has started.
  std::unique_ptr<Receivers> receivers_;
  std::unique_ptr<PipelineRunner> pipeline_;
  std::unique_ptr<NotifierServiceImpl> service_;
  std::unique_ptr<GrpcServer> server_;
  std::unique_ptr<MetricsServer> metrics_server_;  // null when switched off
  std::atomic<bool> followed_ = false;             // whether any collector was ever reached
  std::atomic<bool> standing_by_ = false;
  std::unique_ptr<Lease> lease_;          // null without Redis
  std::unique_ptr<Heartbeat> heartbeat_;  // null when there is no URL for it
};

}  // namespace swarmbell
