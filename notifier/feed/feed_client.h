#pragma once

#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>

#include "absl/time/time.h"
#include "common/metrics/metrics.h"
#include "common/time/backoff.h"
#include "common/time/clock.h"
#include "grpcpp/channel.h"
#include "notifier/feed/collector_calls.h"
#include "notifier/feed/receipt.h"
#include "notifier/feed/feed_events.h"
#include "notifier/feed/feed_target.h"
#include "notifier/feed/feed_threads.h"

namespace swarmbell {

// The state of a feed.
enum class FeedState {
  kConnecting,  // asks for a subscription
  kFollowing,   // the collector has accepted it
  kWaiting,     // to connect again
  kStopped,
};

struct FeedOptions {
  SubscriptionOptions stream{};
  std::string subscriber_name = "swarmbell-notifier";
  // The name under which collectors keep what is settled; see SubscribeRequest.subscription. Empty: not kept.
  std::string subscription{};
  BackoffOptions backoff = {absl::Seconds(1), absl::Seconds(30)};
  // A connection this long starts the back-off anew.
  absl::Duration healthy_after = absl::Seconds(60);
  // Being cut off this long is told; see Outage.
  absl::Duration disconnected_after = absl::Seconds(60);
  // Where the first connection starts when the collector keeps nothing for the subscription: with the oldest
  // change that it has, or at the present.
  bool from_oldest = false;
  // Changes observed before this are skipped when the stream starts over with the oldest change, because
  // nobody knows which of them have been posted.
  absl::Time news_since = absl::InfinitePast();
  // True if other feeds followed this swarm without a break since that time, so that a gap of this one has
  // lost nothing. May be null; must not wait.
  std::function<bool(const std::string& cluster_id, absl::Time since)> covered_by_others{};
  // Until when the swarms are known, shared with other feeds. May be null: nothing is known then.
  KnownSwarms* known_swarms = nullptr;
  // Which collectors cannot read their swarm, shared with other feeds. May be null: the end is then told only
  // by a collector that lived to see it.
  StaleCollectors* stale_collectors = nullptr;
  // The swarm that a collector watched whose place this one takes; empty if it takes none's.
  v1::Cluster successor_for{};
  // More about why a collector is not reached, for a person; empty if nothing is known. May be null. Called
  // on a helper's thread after a connection failed, unless many are asked already; may take seconds, but
  // moments after the stop.
  std::function<std::string(const FeedPeer& peer, std::stop_token stop)> explain{};
  // Called after each change of state; must not wait. May be null.
  std::function<void(FeedState)> on_state{};
};

// Takes the changes of a feed; may wait, until the token's stop, and makes the feeds that share its threads
// wait. Returns true if the changes were taken.
using FeedSink = std::function<bool(FeedBatch batch, std::stop_token stop)>;

// How a feed gets its channel.
using FeedConnector = std::function<std::shared_ptr<grpc::Channel>(const FeedPeer& peer)>;

// Follows one collector until it is stopped: connects, resumes after the last position received, and hands on
// each read's changes. A gap, a long outage and its end are handed on as changes too.
//
// It resumes after the last position handed to the sink: within one process nothing that was handed on is
// lost. The settled position follows the changes that receivers have accepted, and is acknowledged to the
// collector: the first connection of the next process starts there, as does one that reaches another
// collector behind the same address.
//
// Thread-safe. Destruction takes moments whatever the collector does.
class FeedClient final : private FeedThreads::Timed {
 public:
  // `handled`, `threads` and `metrics` must outlive the client. Metrics: see DeclareFeedMetrics.
  FeedClient(FeedPeer peer, FeedOptions options, const FeedConnector& connect, FeedSink sink,
             Handled& handled, FeedThreads& threads, Metrics& metrics);
  ~FeedClient() override;

  const FeedPeer& peer() const { return peer_; }
  FeedState State() const;
  // As far as known.
  v1::Cluster Cluster() const { return Identity().cluster; }
  // Since when it follows the swarm of this identifier without a break; unset if it does not.
  std::optional<absl::Time> FollowingSince(const std::string& cluster_id) const;
  std::optional<FeedPosition> Received() const { return positions_.Received(); }
  std::optional<FeedPosition> Settled() const { return positions_.Settled(); }

  // Begins to end the feed, without waiting.
  void RequestStop();

  // Ends the stream; what gets settled is still acknowledged. Returns what is to be told when others take its
  // place: that a told outage is over.
  std::optional<v1::ChangeEvent> Stop();

  // Tells the collector what is new, without waiting; then waits until it is told, at most `limit`.
  void Acknowledge() { acknowledger_.Poke(); }
  void FlushAcknowledgements(absl::Duration limit) { acknowledger_.Flush(limit); }

 private:
  void Connect();
  v1::SubscribeRequest MakeRequest() const;
  void OnEnded(const absl::Status& why);
  bool Explain(const std::string& reason);
  void WaitToReconnect(const std::string& reason);
  void Wait();
  void OnTime() override;
  void End();

  void Handle(v1::SubscribeResponse& response);
  void HandleOpened(const v1::Opened& opened, const FeedPosition& position);
  void TakeKept(const v1::Opened& opened);
  void HandleChanges(v1::ChangeBatch& changes, const FeedPosition& position);
  void LearnLate(const v1::Cluster& cluster);
  void HandleProgress(const v1::Progress& progress);
  void HandleGap(const v1::Gap& gap, const FeedPosition& position);
  void TellSuccession(const v1::Opened& opened, const FeedPosition& position);
  void TellGap(const std::string& reason, absl::Time since, const FeedPosition& position);
  void Tell(v1::ChangeEvent event, const std::shared_ptr<Receipt>& receipt = nullptr);
  void ChangeState(FeedState state, const std::string& why);
  FeedIdentity Identity() const;

  const FeedPeer peer_;
  const FeedOptions options_;
  const FeedSink sink_;
  FeedThreads& threads_;
  Clock& clock_;
  Metrics& metrics_;
  Handled& handled_;
  const std::unique_ptr<v1::ChangeFeedService::Stub> stub_;
  PositionTracker positions_;
  Acknowledger acknowledger_;

  FeedStream stream_;
  std::stop_source stop_;

  // A feed does one thing at a time: the stream is open, a helper looks for the reason of its end, or it
  // waits to connect again. These belong to whoever does that.
  Outage outage_;
  Backoff backoff_;
  Instant last_seen_;  // when the last connection ended; the start before the first
  MonotonicTime reconnect_at_;
  int failures_ = 0;  // in a row
  // True while changes come that are older than the stream's restart with the oldest.
  bool replaying_ = false;

  mutable std::mutex mutex_;
  std::condition_variable ended_;
  FeedState state_ = FeedState::kWaiting;  // guarded by mutex_, as is all below
  bool is_ended_ = false;
  v1::Cluster cluster_;
  std::optional<Instant> following_since_;
};

// To be called once, before any feed is made.
void DeclareFeedMetrics(Metrics& metrics);

}  // namespace swarmbell
