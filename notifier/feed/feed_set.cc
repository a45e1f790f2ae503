#include "notifier/feed/feed_set.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <atomic>
#include <utility>

#include "common/process/logging.h"

namespace swarmbell {
namespace {

constexpr char kTruncatedLookUps[] = "swarmbell_feed_truncated_lookups_total";

constexpr std::size_t kMostLookUpsAtOnce = 16;

// The number of collectors that are asked for one log.
constexpr std::size_t kMostAsked = 3;

}  // namespace

absl::StatusOr<std::unique_ptr<FeedSet>> FeedSet::Start(const std::vector<std::string>& targets,
                                                        Options options, FeedConnector connect, FeedSink sink,
                                                        HandledChanges& handled, Clock& clock,
                                                        Metrics& metrics) {
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
                 HandledChanges& handled, Clock& clock, Metrics& metrics)
    : options_(std::move(options)),
      connect_(std::move(connect)),
      sink_(std::move(sink)),
      handled_(handled),
      clock_(clock),
      metrics_(metrics),
      start_(clock.Both()),
      threads_(clock) {
  for (FeedTarget& target : targets) {
    Target entry{std::move(target), Outage(options_.feed.disconnected_after), "", false, false, {}};
    entry.unknown.Start("its name has not been resolved yet", start_);
    targets_.push_back(std::move(entry));
  }
  knowledge_.covered = [this](const std::string& cluster_id, absl::Time since) {
    return Covered(cluster_id, since);
  };
  for (Target& target : targets_) {
    if (!NeedsLookup(target.target)) HandleFound(target, {""});
  }
  handled_.SetListener([this] { Acknowledge(); });
  threads_.Schedule(*this, MonotonicTime::InfinitePast());
}

FeedSet::~FeedSet() {
  Stop();
  handled_.SetListener(nullptr);
}

void FeedSet::Stop() {
  if (!stop_.request_stop()) return;
  {
    const MutexLock lock(mutex_);
    for (const auto& [key, feed] : feeds_) feed->RequestStop();
  }
  // A look-up that started before the stop may still start helpers, whose answers schedule this set.
  threads_.Drain(*this);
  threads_.JoinHelpers();
  threads_.Drain(*this);
  for (FeedClient* feed : All()) feed->Stop();
}

void FeedSet::Acknowledge() {
  const MutexLock lock(mutex_);
  for (const auto& [key, feed] : feeds_) feed->Acknowledge();
}

void FeedSet::FlushAcknowledgements(absl::Duration limit) {
  Acknowledge();
  for (FeedClient* feed : All()) feed->FlushAcknowledgements(limit);
}

// Only look-ups remove feeds, and Stop() has ended them.
std::vector<FeedClient*> FeedSet::All() const {
  const MutexLock lock(mutex_);
  std::vector<FeedClient*> all;
  for (const auto& [key, feed] : feeds_) all.push_back(feed.get());
  return all;
}

std::size_t FeedSet::Size() const {
  const MutexLock lock(mutex_);
  return feeds_.size();
}

std::size_t FeedSet::Following() const {
  const MutexLock lock(mutex_);
  std::size_t following = 0;
  for (const auto& [key, feed] : feeds_) following += feed->State() == FeedState::kFollowing;
  return following;
}

std::vector<FeedStatus> FeedSet::Status() const {
  const MutexLock lock(mutex_);
  std::vector<FeedStatus> status;
  for (const auto& [key, feed] : feeds_)
    status.push_back({feed->peer().name, feed->Cluster().name(), feed->State()});
  return status;
}

void FeedSet::OnTime() {
  HandleAnswers();
  if (stop_.stop_requested() || unanswered_ > 0) return;  // the next answer schedules it again
  if (clock_.Steady() >= next_look_up_) return LookUpAll();
  threads_.Schedule(*this, next_look_up_);
}

// Many at once: a name server that does not answer for one name must not delay the others.
void FeedSet::LookUpAll() {
  const auto asked = std::make_shared<std::vector<Target*>>();
  for (Target& target : targets_) {
    if (NeedsLookup(target.target)) asked->push_back(&target);
  }
  unanswered_ = asked->size();
  if (asked->empty()) return EmitFeeds();
  const auto next = std::make_shared<std::atomic<std::size_t>>(0);
  const auto ask = [this, asked, next] {
    for (std::size_t at = (*next)++; at < asked->size(); at = (*next)++) {
      Target& target = *(*asked)[at];
      Answer answer{&target, options_.look_up(target.target.host, stop_.get_token())};
      const MutexLock lock(mutex_);
      answers_.push_back(std::move(answer));
      threads_.Schedule(*this, MonotonicTime::InfinitePast());
    }
  };
  std::size_t askers = 0;
  while (askers < unanswered_ && threads_.StartHelper(ask, kMostLookUpsAtOnce)) ++askers;
  if (askers == 0) ask();
}

void FeedSet::HandleAnswers() {
  while (!stop_.stop_requested()) {
    MutexLock lock(mutex_);
    if (answers_.empty()) return;
    const Answer answer = std::move(answers_.front());
    answers_.pop_front();
    lock.unlock();
    if (answer.addresses.ok()) {
      HandleFound(*answer.target, *answer.addresses);
      if (IsTruncated(*answer.addresses)) ReportTruncation(*answer.target);
    } else {
      HandleNotFound(*answer.target, answer.addresses.status());
    }
    if (--unanswered_ > 0) continue;
    EmitFeeds();
    next_look_up_ = clock_.Steady() + NextWait();
  }
}

// The process before may have reported that another collector is lost, which is no longer followed.
void FeedSet::EmitFeeds() {
  FeedBatch batch;
  std::set<std::string>& names = batch.feeds.emplace();
  // A name that was not found yet may have any address.
  for (const Target& target : targets_) {
    if (!target.found) return;
    if (target.unknown.reported()) names.insert(target.target.setting);
  }
  {
    const MutexLock lock(mutex_);
    for (const auto& [key, feed] : feeds_) names.insert(feed->peer().name);
  }
  if (names == emitted_feeds_) return;
  emitted_feeds_ = names;
  batch.collector = "feeds";
  sink_(std::move(batch), stop_.get_token());
}

std::vector<std::unique_ptr<FeedClient>> FeedSet::RemoveGone(Target& target,
                                                             const std::vector<std::string>& addresses) {
  std::vector<std::unique_ptr<FeedClient>> gone;
  const MutexLock lock(mutex_);
  for (auto feed = feeds_.begin(); feed != feeds_.end();) {
    const auto& [of, address] = feed->first;
    const bool named = std::find(addresses.begin(), addresses.end(), address) != addresses.end();
    const bool left_out = IsTruncated(addresses) && feed->second->State() == FeedState::kFollowing;
    const bool stays = of != &target || named || left_out;
    if (!stays) {
      target.vacated = feed->second->Cluster();
      gone.push_back(std::move(feed->second));
    }
    feed = stays ? std::next(feed) : feeds_.erase(feed);
  }
  return gone;
}

void FeedSet::HandleFound(Target& target, const std::vector<std::string>& addresses) {
  const std::vector<std::unique_ptr<FeedClient>> gone = RemoveGone(target, addresses);
  for (const std::string& address : addresses) {
    const FeedKey key(&target, address);
    {
      const MutexLock lock(mutex_);
      if (feeds_.contains(key)) continue;
    }
    // Without the mutex: a feed that starts calls KnownSwarms, which calls Covered.
    std::unique_ptr<FeedClient> feed = MakeFeed(target, address);
    target.vacated.Clear();
    const MutexLock lock(mutex_);
    feeds_.emplace(key, std::move(feed));
  }
  target.found = true;
  target.last_error.clear();
  EndUnknown(target);
  for (const std::unique_ptr<FeedClient>& feed : gone) feed->RequestStop();
  for (const std::unique_ptr<FeedClient>& feed : gone) {
    spdlog::info("A collector's address is gone and no longer followed. collector={}",
                 LogValue(feed->peer().name));
    if (auto over = feed->Stop()) EmitEvent(feed->peer().name, *std::move(over));
  }
}

bool FeedSet::IsTruncated(const std::vector<std::string>& addresses) const {
  return addresses.size() >= options_.most_addresses;
}

void FeedSet::ReportTruncation(Target& target) {
  const std::string& setting = target.target.setting;
  metrics_.Add(kTruncatedLookUps, {{"collector", setting}});
  if (std::exchange(target.truncation_reported, true)) return;
  const std::string reason =
      absl::StrCat("this system's resolver returns at most ", options_.most_addresses,
                   " addresses of a name: the collectors at the others may not be followed");
  spdlog::warn("A collector's name may have more addresses. collector={} reason={}", LogValue(setting),
               LogValue(reason));
  EmitEvent(setting, MakeFeedGap({setting}, absl::StrCat("addresses:", absl::ToUnixNanos(start_.wall)),
                                 reason, clock_.Now()));
}

// A name that is found may still have no collector.
void FeedSet::EndUnknown(Target& target) {
  if (target.unknown.reported() && !IsFollowed(target)) return;
  const FeedIdentity identity{target.target.setting};
  if (auto over = target.unknown.End(identity, clock_.Both())) {
    EmitEvent(identity.name, *std::move(over));
  }
}

bool FeedSet::IsFollowed(const Target& target) const {
  const MutexLock lock(mutex_);
  return std::any_of(feeds_.begin(), feeds_.end(), [&](const auto& feed) {
    return feed.first.first == &target && feed.second->State() == FeedState::kFollowing;
  });
}

void FeedSet::HandleNotFound(Target& target, const absl::Status& why) {
  const std::string error(why.message());
  if (error != target.last_error) {
    spdlog::warn("Cannot resolve a collector's name. collector={} reason={}", LogValue(target.target.setting),
                 LogValue(error));
    target.last_error = error;
  }
  if (target.found) return;  // the known addresses stay
  target.unknown.Start(error, start_);
  const FeedIdentity identity{target.target.setting};
  if (auto cut_off = target.unknown.Check(identity, clock_.Both())) {
    EmitEvent(identity.name, *std::move(cut_off));
  }
}

std::unique_ptr<FeedClient> FeedSet::MakeFeed(const Target& target, const std::string& address) {
  FeedOptions options = options_.feed;
  // A feed that is added later may bring changes that nobody has reported.
  options.start.from_oldest = target.found || !target.last_error.empty();
  options.start.news_since = start_.wall;
  options.start.successor_for = target.vacated;
  return std::make_unique<FeedClient>(PeerAt(target.target, address), std::move(options), connect_, sink_,
                                      knowledge_, handled_, threads_, metrics_);
}

bool FeedSet::Covered(const std::string& cluster_id, absl::Time since) const {
  if (cluster_id.empty()) return false;
  const MutexLock lock(mutex_);
  return std::any_of(feeds_.begin(), feeds_.end(), [&](const auto& entry) {
    const std::optional<absl::Time> following = entry.second->FollowingSince(cluster_id);
    return following && *following < since;
  });
}

void FeedSet::ReadLastWords(const LastWordsSource& source, const std::shared_ptr<PendingLastWords>& wanted) {
  const auto search = std::make_shared<LogSearch>();
  search->source = source;
  search->wanted = wanted;
  search->answer.missing = "no collector of this swarm is connected, or too many logs are being read";
  AskNext(search);
}

void FeedSet::AskNext(const std::shared_ptr<LogSearch>& search) {
  if (AskOne(search)) return;
  if (const auto wanted = search->wanted.lock()) wanted->Set(search->answer);
}

// False if no other collector can be asked.
bool FeedSet::AskOne(const std::shared_ptr<LogSearch>& search) {
  const auto on_answer = [this, search](const absl::StatusOr<v1::GetTaskLogResponse>& answer) {
    const bool may_be_elsewhere = MayBeElsewhere(answer.status());
    const bool first = !std::exchange(search->answered, true);
    if (first || !may_be_elsewhere) search->answer = LastWordsOf(answer);
    if (may_be_elsewhere) return AskNext(search);
    if (const auto wanted = search->wanted.lock()) wanted->Set(search->answer);
  };
  const MutexLock lock(mutex_);
  for (const bool observer : {true, false}) {
    for (const auto& [key, feed] : feeds_) {
      if (stop_.stop_requested() || search->asked.size() >= kMostAsked) return false;
      if (feed->Cluster().id() != search->source.cluster_id) continue;
      if (observer && feed->ObserverNode() != search->source.node_id) continue;
      if (!search->asked.insert(feed->peer().target).second) continue;
      if (feed->ReadTaskLog({search->source.task_id, search->wanted, on_answer})) return true;
    }
  }
  return false;
}

void FeedSet::EmitEvent(const std::string& name, v1::ChangeEvent event) {
  FeedBatch batch;
  batch.collector = name + " (feed)";
  batch.events.push_back(std::move(event));
  sink_(std::move(batch), stop_.get_token());
}

absl::Duration FeedSet::NextWait() const {
  const bool all_well = std::all_of(targets_.begin(), targets_.end(), [](const Target& target) {
    return target.found && !target.unknown.reported();
  });
  return all_well ? options_.look_up_every : options_.look_up_again;
}

}  // namespace swarmbell
