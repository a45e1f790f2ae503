#include "notifier/feed/feed_client.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/process/logging.h"
#include "common/time/proto_time.h"

namespace swarmbell {
namespace {

constexpr char kFeedConnected[] = "swarmbell_feed_connected";
constexpr char kSubscriberName[] = "swarmbell-notifier";
constexpr char kEventsReceived[] = "swarmbell_events_received_total";

// A connection this long resets the back-off.
constexpr absl::Duration kHealthyAfter = absl::Seconds(60);

// How many feeds look for the reason of a failure at a time; the others report none.
constexpr std::size_t kMostExplanations = 8;

// Feeds with the same gap follow again within moments of each other.
constexpr absl::Duration kFollowingMoment = absl::Seconds(1);

std::string Describe(const std::optional<FeedPosition>& position) {
  return position ? absl::StrCat(position->log_id, "/", position->sequence) : "none";
}

std::string Reason(v1::GapReason reason) {
  switch (reason) {
    case v1::GAP_REASON_COMPACTED:
      return "the collector no longer keeps the changes since the last connection";
    case v1::GAP_REASON_LOG_RESET:
      return "the collector was restarted and had kept nothing in Redis, or watches another swarm now";
    default:
      return "the collector does not say why";
  }
}

}  // namespace

const char* FeedStateName(FeedState state) {
  switch (state) {
    case FeedState::kConnecting:
      return "connecting";
    case FeedState::kFollowing:
      return "following";
    case FeedState::kWaiting:
      return "waiting";
    case FeedState::kStopped:
      return "stopped";
  }
  return "";
}

void DeclareFeedMetrics(Metrics& metrics) {
  metrics.Declare(MetricKind::kGauge, kFeedConnected,
                  "How many addresses of a configured collector are followed; 0: cut off.");
  metrics.Declare(
      MetricKind::kCounter, "swarmbell_feed_truncated_lookups_total",
      "Look-ups of a collector's name that may lack addresses: the resolver returned its maximum.");
  metrics.Declare(MetricKind::kCounter, kEventsReceived, "Changes received from collectors, with repeats.");
}

FeedClient::FeedClient(FeedPeer peer, FeedOptions options, const FeedConnector& connect, FeedSink sink,
                       SharedKnowledge& knowledge, HandledChanges& handled, FeedThreads& threads,
                       Metrics& metrics)
    : peer_(std::move(peer)),
      options_(std::move(options)),
      sink_(std::move(sink)),
      threads_(threads),
      clock_(threads.clock()),
      metrics_(metrics),
      knowledge_(knowledge),
      handled_(handled),
      stub_(v1::ChangeFeedService::NewStub(connect(peer_))),
      positions_([this] { acknowledger_.Send(); }),
      acknowledger_(*stub_, {.subscription = options_.subscription, .auth_token = options_.stream.auth_token},
                    threads_, positions_, handled_),
      task_logs_(*stub_, options_.stream.auth_token, threads_),
      stream_(
          *stub_, options_.stream, threads_, [this](v1::SubscribeResponse& response) { Handle(response); },
          [this](const absl::Status& why) { OnEnded(why); }),
      history_(*stub_, {.auth_token = options_.stream.auth_token, .all_kinds = options_.history_of_all_kinds},
               threads_, [this](std::vector<v1::ChangeEvent> changes) { EmitHistory(std::move(changes)); }),
      outage_(options_.disconnected_after),
      backoff_(options_.backoff),
      last_seen_(clock_.Both()),
      cluster_(options_.start.successor_for) {
  metrics_.Add(kFeedConnected, {{"collector", peer_.setting}}, 0);
  outage_.Start("it has not been reached yet", last_seen_);
  Connect();
}

FeedClient::~FeedClient() {
  Stop();
  // Receipts may be settled later than this; the acknowledger is destroyed by then.
  positions_.RemoveListener();
}

void FeedClient::RequestStop() {
  if (!stop_.request_stop()) return;
  stream_.Cancel();
  history_.Cancel();
  task_logs_.RequestStop();
  MutexLock lock(mutex_);
  const bool waits = threads_.Cancel(*this);
  lock.unlock();
  if (waits) End();  // else the thread that works for this feed calls it
}

std::optional<v1::ChangeEvent> FeedClient::Stop() {
  RequestStop();
  {
    MutexLock lock(mutex_);
    ended_.wait(lock, [this] {
      mutex_.AssertHeld();
      return is_ended_;
    });
  }
  task_logs_.Stop();
  threads_.Drain(*this);
  std::optional<v1::ChangeEvent> over = outage_.End(Identity(), clock_.Both());
  if (over) over->mutable_feed_connected()->set_address_gone(true);
  return over;
}

FeedState FeedClient::State() const {
  const MutexLock lock(mutex_);
  return state_;
}

std::optional<absl::Time> FeedClient::FollowingSince(const std::string& cluster_id) const {
  const MutexLock lock(mutex_);
  if (!following_since_ || cluster_.id() != cluster_id) return std::nullopt;
  return following_since_->wall;
}

bool FeedClient::ReadTaskLog(TaskLogCall call) {
  return State() == FeedState::kFollowing && task_logs_.Start(std::move(call));
}

void FeedClient::Connect() {
  ChangeState(FeedState::kConnecting, Describe(positions_.Received()));
  stream_.Start(MakeRequest());
}

v1::SubscribeRequest FeedClient::MakeRequest() const {
  v1::SubscribeRequest request;
  request.set_subscriber_name(kSubscriberName);
  request.set_subscription(options_.subscription);
  request.set_update_progress(true);
  if (const std::optional<FeedPosition> position = positions_.Received()) {
    request.mutable_resume_after()->set_log_id(position->log_id);
    request.mutable_resume_after()->set_sequence(position->sequence);
  } else {
    request.set_from_oldest(options_.start.from_oldest);
  }
  const std::string cluster_id = Identity().cluster.id();
  if (const std::optional<absl::Time> until = knowledge_.swarms.Until(cluster_id)) {
    request.mutable_known()->set_cluster_id(cluster_id);
    *request.mutable_known()->mutable_until() = ToProto(*until);
    AddOpenAlarms(handled_.State(), *request.mutable_known());
  }
  return request;
}

void FeedClient::OnEnded(const absl::Status& why) {
  // Changes that are settled after the end of the feed are still acknowledged.
  if (stop_.stop_requested()) return End();
  acknowledger_.Close();
  if (State() == FeedState::kFollowing) {
    last_seen_ = clock_.Both();
    const MutexLock lock(mutex_);
    if (last_seen_.steady - following_since_->steady >= kHealthyAfter) backoff_.Reset();
  }
  const std::string reason(why.message());
  if (!absl::IsUnavailable(why) || !Explain(reason)) WaitToReconnect(reason);
}

// True if a helper thread continues from here.
bool FeedClient::Explain(const std::string& reason) {
  if (!options_.explain) return false;
  const auto explain = [this, reason] {
    const std::string more = options_.explain(peer_, stop_.get_token());
    WaitToReconnect(more.empty() ? reason : absl::StrCat(more, " (", reason, ")"));
  };
  return threads_.StartHelper(explain, kMostExplanations);
}

void FeedClient::WaitToReconnect(const std::string& reason) {
  ChangeState(FeedState::kWaiting, reason);
  outage_.Start(reason, last_seen_);
  reconnect_at_ = clock_.Steady() + backoff_.Next();
  ScheduleReconnect();
}

void FeedClient::ScheduleReconnect() {
  MutexLock lock(mutex_);
  if (!stop_.stop_requested()) {
    return threads_.Schedule(*this, std::min(reconnect_at_, outage_.Deadline()));
  }
  lock.unlock();
  End();
}

void FeedClient::OnTime() {
  const Instant now = clock_.Both();
  if (stop_.stop_requested()) return End();
  if (now.steady >= reconnect_at_) return Connect();
  if (std::optional<v1::ChangeEvent> cut_off = outage_.Check(Identity(), now)) EmitEvent(*cut_off);
  ScheduleReconnect();
}

void FeedClient::End() {
  ChangeState(FeedState::kStopped, "");
  const MutexLock lock(mutex_);
  is_ended_ = true;
  ended_.notify_all();
}

void FeedClient::Handle(v1::SubscribeResponse& response) {
  const FeedPosition position{response.cursor().log_id(), response.cursor().sequence()};
  switch (response.payload_case()) {
    case v1::SubscribeResponse::kOpened:
      HandleOpened(response.opened(), position);
      break;
    case v1::SubscribeResponse::kChanges:
      HandleChanges(*response.mutable_changes(), position);
      return;
    case v1::SubscribeResponse::kGap:
      HandleGap(response.gap(), position);
      return;
    case v1::SubscribeResponse::kProgress:
      HandleProgress(response.progress());
      break;
    case v1::SubscribeResponse::PAYLOAD_NOT_SET:
      break;
  }
  if (!response.has_cursor()) return;
  positions_.Advance(position);
  spdlog::debug("A feed's position moved. collector={} received={} settled={}", LogValue(peer_.name),
                Describe(Received()), Describe(Settled()));
}

void FeedClient::HandleOpened(const v1::Opened& opened, const FeedPosition& position) {
  {
    const MutexLock lock(mutex_);
    if (opened.has_cluster()) cluster_ = opened.cluster();
  }
  replaying_ = !opened.resumed() && !positions_.Received() && options_.start.from_oldest;
  EmitGapOfSuccessor(opened, position);
  RestoreStored(opened);
  acknowledger_.Open(position.log_id);
  ListHistory(clock_.Now());
  ChangeState(FeedState::kFollowing, "");
  if (std::optional<v1::ChangeEvent> over = outage_.End(Identity(), clock_.Both())) EmitEvent(*over);
  EmitFollowed();
}

// The process before may have reported an outage that this one does not know of.
void FeedClient::EmitFollowed() {
  FeedBatch batch;
  batch.collector = absl::StrCat(peer_.name, " (feed)");
  batch.followed = peer_.name;
  batch.swarm = Cluster();
  sink_(std::move(batch), stop_.get_token());
}

void FeedClient::RestoreStored(const v1::Opened& opened) {
  if (opened.resumed()) {
    spdlog::info("A feed resumes after the last settled change. collector={} marks={}", LogValue(peer_.name),
                 opened.marks_size());
  }
  handled_.Merge({opened.marks().begin(), opened.marks().end()});
  if (opened.state().empty()) return;
  knowledge_.stale_collectors.Restore(opened.state());
  FeedBatch batch;
  batch.collector = absl::StrCat(peer_.name, " (feed)");
  batch.state = opened.state();
  sink_(std::move(batch), stop_.get_token());
}

void FeedClient::ListHistory(absl::Time before) {
  if (options_.history > absl::ZeroDuration()) history_.List(before - options_.history);
}

void FeedClient::EmitHistory(std::vector<v1::ChangeEvent> changes) {
  FeedBatch batch;
  batch.collector = absl::StrCat(peer_.name, " (feed)");
  const std::size_t count = changes.size();
  batch.history = std::move(changes);
  sink_(std::move(batch), stop_.get_token());
  spdlog::debug("A collector listed earlier changes. collector={} changes={}", LogValue(peer_.name), count);
}

void FeedClient::HandleChanges(v1::ChangeBatch& changes, const FeedPosition& position) {
  metrics_.Add(kEventsReceived, {}, changes.events_size());
  FeedBatch batch;
  batch.collector = peer_.name;
  batch.continued = changes.continued();
  batch.receipt = positions_.Receive(position);
  if (!changes.events().empty()) {
    SetClusterIfUnknown(changes.events(0).cluster());
    SetObserver(changes.events(0).observer());
  }
  for (v1::ChangeEvent& event : *changes.mutable_events()) {
    const bool old =
        replaying_ && event.has_observe_time() && FromProto(event.observe_time()) < options_.start.news_since;
    if (old) continue;
    knowledge_.stale_collectors.Heard(event);
    batch.events.push_back(std::move(event));
  }
  // These may be older than the connection.
  if (!batch.events.empty() && batch.events.front().has_observe_time()) {
    ListHistory(FromProto(batch.events.front().observe_time()));
  }
  const std::shared_ptr<Receipt> receipt = batch.receipt;
  if (!sink_(std::move(batch), stop_.get_token())) receipt->MarkLost();
}

// A collector does not know its swarm before its first read.
void FeedClient::SetClusterIfUnknown(const v1::Cluster& cluster) {
  const MutexLock lock(mutex_);
  if (cluster_.id().empty()) cluster_ = cluster;
}

void FeedClient::SetObserver(const v1::Observer& observer) {
  if (observer.node_id().empty()) return;
  const MutexLock lock(mutex_);
  observer_node_ = observer.node_id();
}

std::string FeedClient::ObserverNode() const {
  const MutexLock lock(mutex_);
  return observer_node_;
}

void FeedClient::HandleProgress(const v1::Progress& progress) {
  replaying_ = false;
  SetClusterIfUnknown(progress.cluster());
  SetObserver(progress.observer());
  if (progress.has_poll_time()) {
    knowledge_.swarms.Heard(Identity().cluster.id(), FromProto(progress.poll_time()));
  }
  if (auto recovered = knowledge_.stale_collectors.Heard(progress, clock_.Now())) {
    EmitEvent(*std::move(recovered));
  }
  acknowledger_.Send();
}

void FeedClient::HandleGap(const v1::Gap& gap, const FeedPosition& position) {
  acknowledger_.Open(position.log_id);
  replaying_ = gap.reason() == v1::GAP_REASON_LOG_RESET;
  EmitGap(Reason(gap.reason()), last_seen_.wall, position);
}

// A collector that replaces another one and has nothing of its log sends no gap.
void FeedClient::EmitGapOfSuccessor(const v1::Opened& opened, const FeedPosition& position) {
  const std::string& cluster_id = options_.start.successor_for.id();
  if (cluster_id.empty()) return;
  const bool other_swarm = opened.has_cluster() && opened.cluster().id() != cluster_id;
  if (opened.resumed() || positions_.Received() || other_swarm) return;
  const std::optional<absl::Time> until = knowledge_.swarms.Until(cluster_id);
  if (!until) return;
  EmitGap("another collector has taken the place of the one that was followed", *until, position);
}

void FeedClient::EmitGap(const std::string& reason, absl::Time since, const FeedPosition& position) {
  const FeedIdentity identity = Identity();
  const auto covered = [&](absl::Time then) {
    return knowledge_.covered && knowledge_.covered(identity.cluster.id(), then);
  };
  if (covered(since)) {
    spdlog::info("A feed has a gap, but another feed followed the swarm meanwhile. collector={} reason={}",
                 LogValue(peer_.name), LogValue(reason));
    return positions_.Advance(position);
  }
  const auto followed = [&](absl::Time then) {
    return !knowledge_.covered || covered(then + kFollowingMoment);
  };
  if (!knowledge_.swarms.ClaimGap(identity.cluster.id(), since, clock_.Now(), followed)) {
    spdlog::info("A feed has a gap that another feed has already reported. collector={} reason={}",
                 LogValue(peer_.name), LogValue(reason));
    return positions_.Advance(position);
  }
  spdlog::warn("Changes were lost on the way from a collector. collector={} reason={}", LogValue(peer_.name),
               LogValue(reason));
  EmitEvent(MakeFeedGap(identity, Describe(position), reason, clock_.Now()), positions_.Receive(position));
}

void FeedClient::EmitEvent(v1::ChangeEvent event, const std::shared_ptr<Receipt>& receipt) {
  FeedBatch batch;
  batch.collector = absl::StrCat(peer_.name, " (feed)");
  batch.events.push_back(std::move(event));
  batch.receipt = receipt;
  if (!sink_(std::move(batch), stop_.get_token()) && receipt) receipt->MarkLost();
}

void FeedClient::ChangeState(FeedState state, const std::string& why) {
  bool was_following = false;
  {
    const MutexLock lock(mutex_);
    was_following = state_ == FeedState::kFollowing;
    state_ = state;
    following_since_ = state == FeedState::kFollowing ? std::optional(clock_.Both()) : std::nullopt;
  }
  const bool is_following = state == FeedState::kFollowing;
  if (is_following != was_following) {
    metrics_.Add(kFeedConnected, {{"collector", peer_.setting}}, is_following ? 1 : -1);
  }
  if (is_following) failures_ = 0;
  const bool news = is_following || (state == FeedState::kWaiting && failures_++ == 0);
  const auto level = !news ? spdlog::level::debug : is_following ? spdlog::level::info : spdlog::level::warn;
  spdlog::log(level, "A feed is {}. collector={}{}{}", FeedStateName(state), LogValue(peer_.name),
              why.empty()                       ? ""
              : state == FeedState::kConnecting ? " after="
                                                : " reason=",
              why.empty() ? "" : LogValue(why));
  if (options_.on_state) options_.on_state(state);
}

FeedIdentity FeedClient::Identity() const {
  const MutexLock lock(mutex_);
  return {peer_.name, cluster_};
}

}  // namespace swarmbell
