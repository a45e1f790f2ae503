#pragma once

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "common/metrics/metrics.h"
#include "common/time/clock.h"
#include "notifier/feed/feed_client.h"
#include "notifier/feed/feed_target.h"
#include "notifier/feed/feed_threads.h"

namespace swarmbell {

// Follows every address of every configured collector. A name is looked up again and again: an address that
// comes is followed from what its collector kept since the set was made, one that goes is no longer; while a
// name cannot be looked up its addresses stay.
//
// Thread-safe.
class FeedSet final : private FeedThreads::Timed {
 public:
  using Addresses = absl::StatusOr<std::vector<std::string>>;
  // Called for several names at a time. Must return moments after the stop.
  using LookUp = std::function<Addresses(const std::string& host, std::stop_token stop)>;

  struct Options {
    FeedOptions feed{};
    absl::Duration look_up_every = absl::Seconds(30);
    // As long as a name has never been found, or that was told and nobody is followed there yet.
    absl::Duration look_up_again = absl::Seconds(2);
    LookUp look_up = LookUpHost;
  };

  // INVALID_ARGUMENT for a target of another form than FeedTarget's. `handled`, `clock` and `metrics` must
  // outlive the set.
  static absl::StatusOr<std::unique_ptr<FeedSet>> Start(const std::vector<std::string>& targets,
                                                        Options options, FeedConnector connect, FeedSink sink,
                                                        Handled& handled, Clock& clock, Metrics& metrics);

  // As Stop().
  ~FeedSet() override;

  // Ends every stream; takes moments. Changes that are settled afterwards are still acknowledged.
  void Stop();

  // Tells every collector what is handled, without waiting; then waits until they are told, at most `limit`
  // for each that does not answer.
  void Acknowledge();
  void FlushAcknowledgements(absl::Duration limit);

  // True if a collector of this swarm has answered.
  bool KnowsSwarm(const std::string& cluster_id) const { return known_swarms_.Until(cluster_id).has_value(); }

  // As KnownSwarms::Until.
  std::optional<absl::Time> KnownUntil(const std::string& cluster_id) const {
    return known_swarms_.Until(cluster_id);
  }

  // How many feeds there are, and how many of them follow their collector.
  std::size_t Size() const;
  std::size_t Following() const;

 private:
  struct Target {
    FeedTarget target;
    Outage unknown;  // while the name has never been found; if told, until somebody is followed there
    std::string last_error;
    std::map<std::string, std::unique_ptr<FeedClient>> feeds;  // by address; changed under mutex_
    bool found = false;
    v1::Cluster vacated;  // what a feed watched that is gone, until another takes its place
  };

  FeedSet(std::vector<FeedTarget> targets, Options options, FeedConnector connect, FeedSink sink,
          Handled& handled, Clock& clock, Metrics& metrics);

  struct Answer {
    Target* target = nullptr;
    Addresses addresses;
  };

  void OnTime() override;
  void LookUpAll();
  void TakeAnswers();
  // Takes away the feeds whose addresses are gone.
  std::vector<std::unique_ptr<FeedClient>> Release(Target& target, const std::vector<std::string>& addresses);
  void Adopt(Target& target, const std::vector<std::string>& addresses);
  void EndUnknown(Target& target);
  bool IsFollowed(const Target& target) const;
  void NotFound(Target& target, const absl::Status& why);
  std::unique_ptr<FeedClient> MakeFeed(const Target& target, const std::string& address);
  std::vector<FeedClient*> All() const;  // to be called after Stop()
  bool Covered(const std::string& cluster_id, absl::Time since) const;
  void Tell(const std::string& name, v1::ChangeEvent event);
  absl::Duration NextWait() const;

  const Options options_;
  const FeedConnector connect_;
  const FeedSink sink_;
  Handled& handled_;
  Clock& clock_;
  Metrics& metrics_;
  const Instant start_;
  KnownSwarms known_swarms_;
  StaleCollectors stale_collectors_;
  FeedThreads threads_;
  std::stop_source stop_;
  mutable std::mutex mutex_;     // never held while a feed is made or stopped: feeds ask Covered
  std::vector<Target> targets_;  // changed by the thread for times; others read `feeds` under mutex_
  std::deque<Answer> answers_;   // guarded by mutex_
  std::size_t unanswered_ = 0;   // of the thread for times, as is all below
  MonotonicTime next_look_up_;
};

}  // namespace swarmbell
