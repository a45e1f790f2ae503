#pragma once

#include <condition_variable>
#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "common/metrics/metrics.h"
#include "common/sync/mutex.h"
#include "common/time/backoff.h"
#include "common/time/clock.h"
#include "grpcpp/channel.h"
#include "notifier/feed/collector_calls.h"
#include "notifier/feed/feed_events.h"
#include "notifier/feed/feed_history.h"
#include "notifier/feed/feed_target.h"
#include "notifier/feed/feed_threads.h"
#include "notifier/feed/receipt.h"
#include "notifier/feed/task_log_calls.h"

namespace swarmbell {

// The state of a feed.
enum class FeedState {
  kConnecting,  // asks for a subscription
  kFollowing,   // the collector has accepted it
  kWaiting,     // to connect again
  kStopped,
};

// `connecting`, `following`, `waiting` or `stopped`.
const char* FeedStateName(FeedState state);

// Where a feed starts when neither this process nor the collector knows a position.
struct FeedStart {
  // With the oldest change that the collector has, else at the present.
  bool from_oldest = false;
  // Changes observed before this are skipped when the stream starts with the oldest change, because it is not
  // known which of them have been posted.
  absl::Time news_since = absl::InfinitePast();
  // The swarm of the collector that this one replaces; empty if it replaces none.
  v1::Cluster successor_for{};
};

struct FeedOptions {
  SubscriptionOptions stream{};
  // The name under which collectors store what is settled; see SubscribeRequest.subscription. Empty: they do
  // not store it.
  std::string subscription{};
  BackoffOptions backoff = {absl::Seconds(1), absl::Seconds(30)};
  // An outage this long is reported; see Outage.
  absl::Duration disconnected_after = absl::Seconds(60);
  FeedStart start{};
  // How far back the collector's log is listed as history, before the connection and before changes that are
  // sent again. 0: not at all.
  absl::Duration history;
  // If false, only changes of services and nodes are listed.
  bool history_of_all_kinds = false;
  // Returns more about why a collector cannot be reached, for a person; empty if nothing is known. May be
  // null. Called on a helper thread after a connection failed, unless many such calls are running; may take
  // seconds, but returns moments after the stop.
  std::function<std::string(const FeedPeer& peer, std::stop_token stop)> explain{};
  // Called after each change of state; must not wait. May be null.
  std::function<void(FeedState)> on_state{};
};

// Accepts the batches of a feed. It may wait, until the token's stop, which makes the feeds that share its
// threads wait too. Returns true if it accepted the batch.
using FeedSink = std::function<bool(FeedBatch batch, std::stop_token stop)>;

// Follows one collector until it is stopped: connects, resumes after the last position received, and emits
// the changes of each read to the sink. A gap, a long outage and its end are emitted as changes too.
//
// Within one process it resumes after the last position that the sink accepted. The settled position (see
// receipt.h) is acknowledged to the collector: the first connection of the next process starts there, as does
// one that reaches another collector at the same address. The changes in the collector's log
// that come shortly before are passed on as history.
//
// Thread-safe. Destruction takes moments whatever the collector does.
class FeedClient final : private FeedThreads::Timed {
 public:
  // `knowledge`, `handled`, `threads` and `metrics` must outlive the client. Metrics: see DeclareFeedMetrics.
  FeedClient(FeedPeer peer, FeedOptions options, const FeedConnector& connect, FeedSink sink,
             SharedKnowledge& knowledge, HandledChanges& handled, FeedThreads& threads, Metrics& metrics);
  ~FeedClient() override;

  const FeedPeer& peer() const { return peer_; }
  FeedState State() const;
  // As far as known.
  v1::Cluster Cluster() const { return Identity().cluster; }
  // The node of its collector; empty until the collector has sent something.
  std::string ObserverNode() const;
  // When it began to follow the swarm of this identifier without a break since; unset if it does not.
  std::optional<absl::Time> FollowingSince(const std::string& cluster_id) const;
  std::optional<FeedPosition> Received() const { return positions_.Received(); }
  std::optional<FeedPosition> Settled() const { return positions_.Settled(); }

  // Asks the collector for the log of a failed task. False, without asking, if it is not followed or too many
  // logs are asked for.
  bool ReadTaskLog(TaskLogCall call);

  // Starts to end the feed, without waiting.
  void RequestStop();

  // Ends the stream; changes that are settled later are still acknowledged. Returns the event to emit when
  // other feeds replace this one: the end of an outage that was reported.
  std::optional<v1::ChangeEvent> Stop();

  // Acknowledge does not wait; FlushAcknowledgements waits until the collector has everything, at most
  // `limit`.
  void Acknowledge() { acknowledger_.Send(); }
  void FlushAcknowledgements(absl::Duration limit) { acknowledger_.Flush(limit); }

 private:
  void Connect();
  v1::SubscribeRequest MakeRequest() const;
  void OnEnded(const absl::Status& why);
  bool Explain(const std::string& reason);
  void WaitToReconnect(const std::string& reason);
  void ScheduleReconnect();
  void OnTime() override;
  void End();

  void Handle(v1::SubscribeResponse& response);
  void HandleOpened(const v1::Opened& opened, const FeedPosition& position);
  void RestoreStored(const v1::Opened& opened);
  void ListHistory(absl::Time before);
  void EmitHistory(std::vector<v1::ChangeEvent> changes);
  void EmitFollowed();
  void HandleChanges(v1::ChangeBatch& changes, const FeedPosition& position);
  void SetClusterIfUnknown(const v1::Cluster& cluster);
  void SetObserver(const v1::Observer& observer);
  void HandleProgress(const v1::Progress& progress);
  void HandleGap(const v1::Gap& gap, const FeedPosition& position);
  void EmitGapOfSuccessor(const v1::Opened& opened, const FeedPosition& position);
  void EmitGap(const std::string& reason, absl::Time since, const FeedPosition& position);
  void EmitEvent(v1::ChangeEvent event, const std::shared_ptr<Receipt>& receipt = nullptr);
  void ChangeState(FeedState state, const std::string& why);
  FeedIdentity Identity() const;

  const FeedPeer peer_;
  const FeedOptions options_;
  const FeedSink sink_;
  FeedThreads& threads_;
  Clock& clock_;
  Metrics& metrics_;
  SharedKnowledge& knowledge_;
  HandledChanges& handled_;
  const std::unique_ptr<v1::ChangeFeedService::Stub> stub_;
  PositionTracker positions_;
  Acknowledger acknowledger_;

  TaskLogCalls task_logs_;
  FeedStream stream_;
  std::stop_source stop_;
  FeedHistory history_;

  // A feed does one thing at a time: the stream is open, a helper looks for the reason of its end, or it
  // waits to connect again. These need no lock: only the thread that does that uses them.
  Outage outage_;
  Backoff backoff_;
  Instant last_seen_;  // when the last connection ended; the start before the first
  MonotonicTime reconnect_at_;
  int failures_ = 0;  // in a row
  // True while the changes come that the collector had when the stream started with the oldest.
  bool replaying_ = false;

  mutable Mutex mutex_;
  std::condition_variable_any ended_;
  FeedState state_ ABSL_GUARDED_BY(mutex_) = FeedState::kWaiting;
  bool is_ended_ ABSL_GUARDED_BY(mutex_) = false;
  v1::Cluster cluster_ ABSL_GUARDED_BY(mutex_);
  std::string observer_node_ ABSL_GUARDED_BY(mutex_);
  std::optional<Instant> following_since_ ABSL_GUARDED_BY(mutex_);
};

// To be called once, before any feed is made.
void DeclareFeedMetrics(Metrics& metrics);

}  // namespace swarmbell
