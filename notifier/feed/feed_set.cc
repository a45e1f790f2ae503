#include "notifier/feed/feed_set.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <atomic>
#include <utility>

#include "common/process/logging.h"

namespace swarmbell {
namespace {

constexpr std::size_t kMostLookupsAtOnce = 16;

}  // namespace

absl::StatusOr<std::unique_ptr<FeedSet>> FeedSet::Start(const std::vector<std::string>& targets,
                                                        Options options, FeedConnector connect, FeedSink sink,
                                                        Handled& handled, Clock& clock, Metrics& metrics) {
  std::vector<FeedTarget> parsed;
  for (const std::string& setting : targets) {
    absl::StatusOr<FeedTarget> target = ParseFeedTarget(setting);
    if (!target.ok()) return target.status();
    parsed.push_back(*std::move(target));
  }
  return std::unique_ptr<FeedSet>(new FeedSet(std::move(parsed), std::move(options), std::move(connect),
                                              std::move(sink), handled, clock, metrics));
}

FeedSet::FeedSet(std::vector<FeedTarget> targets, Options options, FeedConnector connect, FeedSink sink,
                 Handled& handled, Clock& clock, Metrics& metrics)
    : options_(std::move(options)),
      connect_(std::move(connect)),
      sink_(std::move(sink)),
      handled_(handled),
      clock_(clock),
      metrics_(metrics),
      start_(clock.Both()),
      threads_(clock) {
  for (FeedTarget& target : targets) {
    Target entry{std::move(target), Outage(options_.feed.disconnected_after), "", {}, false, {}};
    entry.unknown.Begin("its name has not been found yet", start_);
    targets_.push_back(std::move(entry));
  }
  for (Target& target : targets_) {
    if (!NeedsLookup(target.target)) Adopt(target, {""});
  }
  handled_.OnNews([this] { Acknowledge(); });
  threads_.Schedule(*this, MonotonicTime::InfinitePast());
}

FeedSet::~FeedSet() {
  Stop();
  handled_.OnNews(nullptr);
}

void FeedSet::Stop() {
  if (!stop_.request_stop()) return;
  {
    std::lock_guard lock(mutex_);
    for (const Target& target : targets_) {
      for (const auto& [address, feed] : target.feeds) feed->RequestStop();
    }
  }
  // A look-up that began before the stop may still start helpers, whose answers wake this set.
  threads_.Drain(*this);
  threads_.JoinHelpers();
  threads_.Drain(*this);
  for (FeedClient* feed : All()) feed->Stop();
}

void FeedSet::Acknowledge() {
  std::lock_guard lock(mutex_);
  for (const Target& target : targets_) {
    for (const auto& [address, feed] : target.feeds) feed->Acknowledge();
  }
}

void FeedSet::FlushAcknowledgements(absl::Duration limit) {
  Acknowledge();
  for (FeedClient* feed : All()) feed->FlushAcknowledgements(limit);
}

// Only look-ups let feeds go, and Stop() has ended them.
std::vector<FeedClient*> FeedSet::All() const {
  std::lock_guard lock(mutex_);
  std::vector<FeedClient*> all;
  for (const Target& target : targets_) {
    for (const auto& [address, feed] : target.feeds) all.push_back(feed.get());
  }
  return all;
}

std::size_t FeedSet::Size() const {
  std::lock_guard lock(mutex_);
  std::size_t size = 0;
  for (const Target& target : targets_) size += target.feeds.size();
  return size;
}

std::size_t FeedSet::Following() const {
  std::lock_guard lock(mutex_);
  std::size_t following = 0;
  for (const Target& target : targets_) {
    for (const auto& [address, feed] : target.feeds) following += feed->State() == FeedState::kFollowing;
  }
  return following;
}

void FeedSet::OnTime() {
  TakeAnswers();
  if (stop_.stop_requested() || unanswered_ > 0) return;  // the next answer brings it here again
  if (clock_.Steady() >= next_look_up_) return LookUpAll();
  threads_.Schedule(*this, next_look_up_);
}

// Many at once: a name server that is silent for one name holds up no other.
void FeedSet::LookUpAll() {
  const auto asked = std::make_shared<std::vector<Target*>>();
  for (Target& target : targets_) {
    if (NeedsLookup(target.target)) asked->push_back(&target);
  }
  unanswered_ = asked->size();
  const auto next = std::make_shared<std::atomic<std::size_t>>(0);
  const auto ask = [this, asked, next] {
    for (std::size_t at = (*next)++; at < asked->size(); at = (*next)++) {
      Target& target = *(*asked)[at];
      Answer answer{&target, options_.look_up(target.target.host, stop_.get_token())};
      const std::lock_guard lock(mutex_);
      answers_.push_back(std::move(answer));
      threads_.Schedule(*this, MonotonicTime::InfinitePast());
    }
  };
  std::size_t askers = 0;
  while (askers < unanswered_ && threads_.Help(ask, kMostLookupsAtOnce)) ++askers;
  if (askers == 0) ask();
}

void FeedSet::TakeAnswers() {
  while (!stop_.stop_requested()) {
    std::unique_lock lock(mutex_);
    if (answers_.empty()) return;
    const Answer answer = std::move(answers_.front());
    answers_.pop_front();
    lock.unlock();
    if (answer.addresses.ok()) {
      Adopt(*answer.target, *answer.addresses);
    } else {
      NotFound(*answer.target, answer.addresses.status());
    }
    if (--unanswered_ == 0) next_look_up_ = clock_.Steady() + NextWait();
  }
}

std::vector<std::unique_ptr<FeedClient>> FeedSet::Release(Target& target,
                                                          const std::vector<std::string>& addresses) {
  std::vector<std::unique_ptr<FeedClient>> gone;
  const std::lock_guard lock(mutex_);
  for (auto feed = target.feeds.begin(); feed != target.feeds.end();) {
    const bool stays = std::find(addresses.begin(), addresses.end(), feed->first) != addresses.end();
    if (!stays) {
      target.vacated = feed->second->Cluster();
      gone.push_back(std::move(feed->second));
    }
    feed = stays ? std::next(feed) : target.feeds.erase(feed);
  }
  return gone;
}

void FeedSet::Adopt(Target& target, const std::vector<std::string>& addresses) {
  const std::vector<std::unique_ptr<FeedClient>> gone = Release(target, addresses);
  for (const std::string& address : addresses) {
    if (target.feeds.contains(address)) continue;
    // Not under the mutex: a feed that starts asks KnownSwarms, which asks Covered.
    std::unique_ptr<FeedClient> feed = MakeFeed(target, address);
    target.vacated.Clear();
    const std::lock_guard lock(mutex_);
    target.feeds.emplace(address, std::move(feed));
  }
  target.found = true;
  target.last_error.clear();
  EndUnknown(target);
  for (const std::unique_ptr<FeedClient>& feed : gone) feed->RequestStop();
  for (const std::unique_ptr<FeedClient>& feed : gone) {
    spdlog::info("A collector's address is gone and no longer followed. collector={}",
                 LogValue(feed->peer().name));
    if (auto over = feed->Stop()) Tell(feed->peer().name, *std::move(over));
  }
}

// That the name is found says nothing yet of who is behind it.
void FeedSet::EndUnknown(Target& target) {
  if (target.unknown.told() && !IsFollowed(target)) return;
  const FeedIdentity identity{target.target.setting};
  if (auto over = target.unknown.End(identity, clock_.Both())) {
    Tell(identity.name, *std::move(over));
  }
}

bool FeedSet::IsFollowed(const Target& target) const {
  std::lock_guard lock(mutex_);
  return std::any_of(target.feeds.begin(), target.feeds.end(),
                     [](const auto& feed) { return feed.second->State() == FeedState::kFollowing; });
}

void FeedSet::NotFound(Target& target, const absl::Status& why) {
  const std::string error(why.message());
  if (error != target.last_error) {
    spdlog::warn("A collector's name is not found. collector={} reason={}", LogValue(target.target.setting),
                 LogValue(error));
    target.last_error = error;
  }
  if (target.found) return;  // the addresses known go on
  target.unknown.Begin(error, start_);
  const FeedIdentity identity{target.target.setting};
  if (auto cut_off = target.unknown.Check(identity, clock_.Both())) {
    Tell(identity.name, *std::move(cut_off));
  }
}

std::unique_ptr<FeedClient> FeedSet::MakeFeed(const Target& target, const std::string& address) {
  FeedOptions options = options_.feed;
  // A late feed may bring changes that nobody has reported.
  options.from_oldest = target.found || !target.last_error.empty();
  options.news_since = start_.wall;
  options.known_swarms = &known_swarms_;
  options.stale_collectors = &stale_collectors_;
  options.successor_for = target.vacated;
  options.covered_by_others = [this](const std::string& cluster_id, absl::Time since) {
    return Covered(cluster_id, since);
  };
  return std::make_unique<FeedClient>(PeerAt(target.target, address), std::move(options), connect_, sink_,
                                      handled_, threads_, metrics_);
}

bool FeedSet::Covered(const std::string& cluster_id, absl::Time since) const {
  if (cluster_id.empty()) return false;
  std::lock_guard lock(mutex_);
  for (const Target& target : targets_) {
    for (const auto& [address, feed] : target.feeds) {
      const std::optional<absl::Time> following = feed->FollowingSince(cluster_id);
      if (following && *following < since) return true;
    }
  }
  return false;
}

void FeedSet::Tell(const std::string& name, v1::ChangeEvent event) {
  FeedBatch batch;
  batch.collector = name + " (feed)";
  batch.events.push_back(std::move(event));
  sink_(std::move(batch), stop_.get_token());
}

absl::Duration FeedSet::NextWait() const {
  const bool all_well = std::all_of(targets_.begin(), targets_.end(), [](const Target& target) {
    return target.found && !target.unknown.told();
  });
  return all_well ? options_.look_up_every : options_.look_up_again;
}

}  // namespace swarmbell
