#pragma once

#include <cstddef>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <stop_token>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "common/metrics/metrics.h"
#include "common/sync/mutex.h"
#include "common/time/clock.h"
#include "notifier/feed/feed_client.h"
#include "notifier/feed/feed_target.h"
#include "notifier/feed/feed_threads.h"
#include "notifier/feed/last_words.h"
#include "notifier/feed/pending_last_words.h"

namespace swarmbell {

// One feed, for people.
struct FeedStatus {
  std::string name;
  std::string swarm;  // its name, as far as known
  FeedState state = FeedState::kWaiting;
};

// Follows every address of every configured collector. Names are looked up repeatedly: a new address is
// followed, with the changes that its collector has logged since the set was made; an address that is gone is
// no longer followed. While a name cannot be looked up, its known addresses stay. If an answer may lack some
// addresses, this is reported as a gap, once for each name, and collectors that are followed stay.
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
    // While a name has never been found, or was reported as not found and no collector is followed there yet.
    absl::Duration look_up_again = absl::Seconds(2);
    LookUp look_up = LookUpHost;
    // An answer with as many addresses may lack others.
    std::size_t most_addresses = MostAddresses();
  };

  // INVALID_ARGUMENT for a target of another form than FeedTarget's. `handled`, `clock` and `metrics` must
  // outlive the set. A collector that cannot be reached is not an error.
  static absl::StatusOr<std::unique_ptr<FeedSet>> Start(const std::vector<std::string>& targets,
                                                        Options options, FeedConnector connect, FeedSink sink,
                                                        HandledChanges& handled, Clock& clock,
                                                        Metrics& metrics);

  // As Stop().
  ~FeedSet() override;

  // Ends every stream; takes moments. Changes that are settled later are still acknowledged.
  void Stop();

  // Acknowledge does not wait; FlushAcknowledgements waits until the collectors have everything, at most
  // `limit` for each one that does not answer.
  void Acknowledge();
  void FlushAcknowledgements(absl::Duration limit);

  // Asks the collector that saw a task fail for its last words, and, if that one cannot give them, other
  // collectors of its swarm. Sets `wanted`, soon or at once, unless its deadline comes first. Never waits.
  void ReadLastWords(const LastWordsSource& source, const std::shared_ptr<PendingLastWords>& wanted);

  // As KnownSwarms::Until.
  std::optional<absl::Time> KnownUntil(const std::string& cluster_id) const {
    return knowledge_.swarms.Until(cluster_id);
  }

  // How many feeds there are, and how many of them follow their collector.
  std::size_t Size() const;
  std::size_t Following() const;
  std::vector<FeedStatus> Status() const;

 private:
  struct Target {
    FeedTarget target;
    // While the name has never been found; if that was reported, until a collector is followed there.
    Outage unknown;
    std::string last_error;
    bool found = false;
    bool truncation_reported = false;
    v1::Cluster vacated;  // the swarm of a feed that is gone, until another feed replaces it
  };
  using FeedKey = std::pair<const Target*, std::string>;  // the target and the address

  FeedSet(std::vector<FeedTarget> targets, Options options, FeedConnector connect, FeedSink sink,
          HandledChanges& handled, Clock& clock, Metrics& metrics);

  struct Answer {
    Target* target = nullptr;
    Addresses addresses;
  };

  // The way of one request from collector to collector.
  struct LogSearch {
    LastWordsSource source;
    std::weak_ptr<PendingLastWords> wanted;
    std::set<std::string> asked;  // the targets of the collectors
    LastWords answer;             // of the first one, if none had the log
    bool answered = false;
  };

  void OnTime() override;
  void LookUpAll();
  void HandleAnswers();
  bool IsTruncated(const std::vector<std::string>& addresses) const;
  void ReportTruncation(Target& target);
  // Removes and returns the feeds whose addresses are gone.
  std::vector<std::unique_ptr<FeedClient>> RemoveGone(Target& target,
                                                      const std::vector<std::string>& addresses);
  void HandleFound(Target& target, const std::vector<std::string>& addresses);
  void EndUnknown(Target& target);
  bool IsFollowed(const Target& target) const;
  void HandleNotFound(Target& target, const absl::Status& why);
  std::unique_ptr<FeedClient> MakeFeed(const Target& target, const std::string& address);
  std::vector<FeedClient*> All() const;  // valid after Stop()
  bool Covered(const std::string& cluster_id, absl::Time since) const;
  void AskNext(const std::shared_ptr<LogSearch>& search);
  bool AskOne(const std::shared_ptr<LogSearch>& search);
  void EmitEvent(const std::string& name, v1::ChangeEvent event);
  absl::Duration NextWait() const;
  void EmitFeeds();

  const Options options_;
  const FeedConnector connect_;
  const FeedSink sink_;
  HandledChanges& handled_;
  Clock& clock_;
  Metrics& metrics_;
  const Instant start_;
  SharedKnowledge knowledge_;
  FeedThreads threads_;
  std::stop_source stop_;
  // Used only by the thread for times, as are the two below; never resized.
  std::vector<Target> targets_;
  std::size_t unanswered_ = 0;
  MonotonicTime next_look_up_;
  std::set<std::string> emitted_feeds_;

  mutable Mutex mutex_;  // never held while a feed is made or stopped: feeds call Covered
  std::map<FeedKey, std::unique_ptr<FeedClient>> feeds_ ABSL_GUARDED_BY(mutex_);
  std::deque<Answer> answers_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace swarmbell
