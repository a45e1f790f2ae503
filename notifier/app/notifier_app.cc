#include "notifier/app/notifier_app.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <functional>
#include <nlohmann/json.hpp>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/grpc/auth.h"
#include "common/process/logging.h"
#include "common/redis/redis_options.h"
#include "notifier/alert/affected.h"
#include "notifier/alert/alert_group.h"
#include "notifier/app/page_state.h"
#include "notifier/chat/console/console.h"
#include "notifier/config/notifier_config.h"
#include "notifier/config/receiver_types.h"
#include "notifier/delivery/delivery_log.h"
#include "notifier/feed/feed_target.h"
#include "notifier/rules/rule_set.h"

namespace swarmbell {

LabelWarnings::LabelWarnings(std::vector<std::string> receivers, std::size_t capacity)
    : capacity_(capacity), receivers_(std::move(receivers)) {}

void LabelWarnings::SetReceivers(std::vector<std::string> receivers) {
  const MutexLock lock(mutex_);
  receivers_ = std::move(receivers);
  logged_.clear();
}

void LabelWarnings::Check(const v1::ChangeEvent& event) {
  const v1::ResourceRef& resource = event.resource();
  const MutexLock lock(mutex_);
  for (const LabelFault& fault : LabelFaults(resource, receivers_)) {
    if (logged_.size() >= capacity_) logged_.clear();
    // The tasks of a service carry its labels.
    if (!logged_.insert(absl::StrCat(SubjectOf(event), " ", fault.label, "=", fault.value)).second) continue;
    spdlog::warn("Ignored a label that does not steer alerts. name={} label={} value={} problem={}",
                 LogValue(resource.name()), LogValue(fault.label), LogValue(fault.value),
                 LogValue(fault.problem));
  }
}

namespace {

constexpr char kAlerts[] = "swarmbell_alerts_total";
constexpr char kSilenced[] = "swarmbell_silenced_changes_total";
constexpr char kSilences[] = "swarmbell_active_silences";
// As far back as collectors' logs usually reach.
constexpr absl::Duration kPageHistory = absl::Hours(7 * 24);
constexpr absl::Duration kDrainLimit = absl::Seconds(4);
constexpr absl::Duration kHandOverLimit = absl::Seconds(2);
constexpr absl::Duration kAcknowledgeLimit = absl::Milliseconds(500);
constexpr absl::Duration kCallGrace = absl::Milliseconds(200);

MessageForm FormOf(const NotifierConfig& config, const HeardSwarms& swarms) {
  return {config.links, StandardOutputStyle(), &swarms};
}

std::string Names(const std::vector<ReceiverConfig>& receivers) {
  return absl::StrJoin(receivers, ",", [](std::string* out, const ReceiverConfig& receiver) {
    absl::StrAppend(out, receiver.name, "(", ReceiverTypeName(receiver.type), ")");
  });
}

}  // namespace

absl::StatusOr<std::unique_ptr<NotifierApp>> NotifierApp::Start(const NotifierConfig& config,
                                                                std::ostream& console) {
  absl::StatusOr<RuleSet> rules = RuleSet::Create(config);
  if (!rules.ok()) return rules.status();
  absl::StatusOr<FeedConnector> connector = MakeFeedConnector(config.tls);
  if (!connector.ok()) return connector.status();
  std::unique_ptr<NotifierApp> app(new NotifierApp(config, *std::move(rules), *std::move(connector)));
  if (absl::Status started = app->StartSteps(config, console); !started.ok()) return started;
  spdlog::info("Following collectors. collectors={} receivers={} rules={}",
               absl::StrJoin(config.collectors, ","), Names(config.receivers), config.rules.size());
  return app;
}

// A change passes feeds -> stages -> cards -> chats. The steps start with the last one, so that each finds
// the next.
absl::Status NotifierApp::StartSteps(const NotifierConfig& config, std::ostream& console) {
  // Cards and chats: each receiver has a queue and a thread that posts its messages. The failure of a
  // receiver is a change too, and passes the stages.
  receivers_ = std::make_unique<Receivers>(
      config, FormOf(config, heard_swarms_), console, clock_, metrics_, deliveries_,
      [this](const ReceiverNews& news, std::stop_token stop) { EmitReceiverEvent(news, std::move(stop)); },
      &living_);
  if (config.HasPage()) MakePage(config);
  // Stages: one thread passes each change through the list in pipeline.cc; one stage asks the rules.
  Pipeline stages(
      StartOptions(config), [this](const v1::ChangeEvent& event, absl::Time) { return Evaluate(event); },
      handled_);
  pipeline_ = std::make_unique<PipelineRunner>(
      std::move(stages),
      [this](OutgoingGroup message) {
        message.last_words = last_words_.For(message.group);
        if (page_) page_->KeepLastWords(message.group, message.last_words);
        receivers_->Post(std::move(message));
      },
      clock_);
  // Interfaces: the gRPC service, health and metrics.
  silencing_ = std::make_unique<Silencing>(
      *pipeline_, [this] { return CheckActive(); }, clock_);
  service_ =
      std::make_unique<NotifierServiceImpl>(rules_, *receivers_, deliveries_, *silencing_, token_, clock_);
  if (absl::Status listening = Listen(config); !listening.ok()) return listening;
  // Feeds: one for each collector's address; with Redis only while this notifier holds the lease.
  if (config.redis) {
    StartLease(config);
  } else if (absl::Status following = Follow(config); !following.ok()) {
    return following;
  }
  StartHeartbeat(config);
  return absl::OkStatus();
}

absl::Status NotifierApp::Reload(const NotifierConfig& config) {
  absl::StatusOr<RuleSet> rules = RuleSet::Create(config);
  if (!rules.ok()) return rules.status();
  ReloadToken(config);
  // New receivers exist before the rules that name them, and old ones are removed after the rules.
  receivers_->Configure(config, FormOf(config, heard_swarms_));
  label_warnings_.SetReceivers(rules->receivers());
  rules_.Replace(*std::move(rules));
  // Waiting messages may be for a receiver that the new configuration removes.
  pipeline_->Configure(PipelineOptionsOf(config), [this] { receivers_->RetireOthers(); });
  StartHeartbeat(config);
  return absl::OkStatus();
}

void NotifierApp::ReloadToken(const NotifierConfig& config) {
  if (config.tls != tls_) {
    spdlog::warn("The TLS settings changed: restart to apply them. The token was not reloaded either.");
    return;
  }
  token_watch_.reset();  // it must not bring the old token back
  token_.Set(config.auth_token);
  token_watch_ = WatchTokenFile(token_, config.auth_token_file);
}

void NotifierApp::StartHeartbeat(const NotifierConfig& config) {
  const HeartbeatOptions options{
      .url = config.heartbeat_url, .interval = config.heartbeat_interval, .ca_file = config.delivery.ca_file};
  if (heartbeat_ && heartbeat_->Options() == options) return;
  heartbeat_.reset();
  if (options.url.empty()) return;
  // While another notifier is active, that one sends the heartbeat. Without any working receiver, only the
  // end of the heartbeat can raise an alarm.
  heartbeat_ = std::make_unique<Heartbeat>(
      options, [this] { return Following() != 0 && AnyReceiverWorks(); }, clock_);
}

NotifierApp::NotifierApp(const NotifierConfig& config, RuleSet rules, FeedConnector connector)
    : clock_(Clock::Real()),
      tls_(config.tls),
      token_(config.auth_token),
      connector_(std::move(connector)),
      token_watch_(WatchTokenFile(token_, config.auth_token_file)),
      rules_(std::move(rules)),
      label_warnings_(rules_.Get()->receivers()),
      living_(handled_, clock_),
      last_words_([this](const auto& source, const auto& wanted) { ReadLastWords(source, wanted); }, clock_) {
  DeclareDeliveryMetrics(metrics_);
  DeclareFeedMetrics(metrics_);
  DeclareLeaseMetrics(metrics_);
  metrics_.Declare(MetricKind::kCounter, kAlerts, "Changes that a rule wants to be posted.");
  metrics_.Declare(MetricKind::kCounter, kSilenced,
                   "Changes that a rule wants to be posted, but a silence does not.");
  metrics_.Declare(MetricKind::kGauge, kSilences, "Silences that are in force.");
  metrics_.Set(kSilences, {}, 0);
}

absl::Status NotifierApp::Listen(const NotifierConfig& config) {
  absl::StatusOr<std::unique_ptr<GrpcServer>> server =
      GrpcServer::Start(config.listen, ServerTls(), {service_.get()});
  if (!server.ok()) return server.status();
  server_ = *std::move(server);
  // Healthy once a collector was reached. A collector that is lost later is reported as an alert: a restart
  // of the notifier would not bring it back, and would lose waiting messages.
  server_->SetServing("", false);
  if (page_) {
    if (absl::Status listening = page_->Listen(); !listening.ok()) return listening;
  }
  if (config.metrics_listen.empty() || config.metrics_listen == "off") return absl::OkStatus();
  absl::StatusOr<std::unique_ptr<MetricsServer>> metrics_server =
      MetricsServer::Start(config.metrics_listen, metrics_, [this] { return Health(); });
  if (!metrics_server.ok()) return metrics_server.status();
  metrics_server_ = *std::move(metrics_server);
  return absl::OkStatus();
}

// For monitoring. The health service of gRPC answers another question, whether to replace the container: a
// restart repairs no chat.
absl::Status NotifierApp::Health() const {
  if (!followed_ && !standing_by_) return absl::UnavailableError("no collector has been reached yet");
  const std::vector<std::string> failing = receivers_->Failing();
  if (failing.empty()) return absl::OkStatus();
  return absl::UnavailableError(
      absl::StrCat("receiver-failing: no messages are accepted by ", absl::StrJoin(failing, ", ")));
}

absl::Status NotifierApp::CheckActive() const {
  const MutexLock lock(feeds_mutex_);
  if (feeds_) return absl::OkStatus();
  return absl::FailedPreconditionError(
      "this notifier is the standby: ask the active one, which posts the alerts");
}

// Passes the stages like every change: the rules decide where it is posted.
void NotifierApp::EmitReceiverEvent(const ReceiverNews& news, std::stop_token stop) {
  FeedBatch batch;
  batch.collector = "receivers";
  batch.events.push_back(MakeReceiverEvent(news, clock_.Now()));
  pipeline_->Push(std::move(batch), std::move(stop));
}

absl::Status NotifierApp::Follow(const NotifierConfig& config) {
  FeedSet::Options options;
  options.feed.stream.auth_token = token_;
  options.feed.subscription = config.subscription;
  options.feed.disconnected_after = config.feed_disconnected_after;
  options.feed.history = page_ ? kPageHistory : kExplains;
  options.feed.history_of_all_kinds = page_ != nullptr;
  options.feed.explain = [tls = config.tls](const FeedPeer& peer, std::stop_token stop) {
    return ExplainConnection(tls, peer, std::move(stop));
  };
  options.feed.on_state = [this](FeedState state) {
    if (state == FeedState::kFollowing && !followed_.exchange(true)) server_->SetServing("", true);
  };
  absl::StatusOr<std::unique_ptr<FeedSet>> feeds = FeedSet::Start(
      config.collectors, std::move(options), connector_,
      [this](FeedBatch batch, std::stop_token stop) {
        heard_swarms_.Add(batch.events.empty() ? batch.swarm : batch.events.front().cluster());
        if (!batch.state.empty()) living_.Restore(batch.state);
        if (page_)
          std::for_each(batch.history.begin(), batch.history.end(),
                        std::bind_front(&TimelinePage::Add, page_.get()));
        return pipeline_->Push(std::move(batch), std::move(stop));
      },
      handled_, clock_, metrics_);
  if (!feeds.ok()) return feeds.status();
  const MutexLock lock(feeds_mutex_);
  feeds_ = *std::move(feeds);
  return absl::OkStatus();
}

// Settled changes are acknowledged; the other notifier posts the rest.
void NotifierApp::Unfollow() {
  std::unique_ptr<FeedSet> feeds;
  {
    const MutexLock lock(feeds_mutex_);
    feeds.swap(feeds_);
  }
  if (!feeds) return;
  feeds->Stop();
  pipeline_->HandOver(kHandOverLimit);
  receivers_->HandOver();
  living_.HandOver();
  // With the state: it holds changes that are acknowledged but not posted yet, and the identifiers of
  // messages.
  feeds->FlushAcknowledgements(kAcknowledgeLimit);
  handled_.ForgetState();
}

void NotifierApp::StartLease(const NotifierConfig& config) {
  LeaseOptions options;
  options.redis = config.redis->redis;
  options.key = absl::StrCat(config.redis->key_prefix, "notifier:", config.subscription, ":on-duty");
  options.holder = NewLeaseHolder();
  const auto on_duty = [this, config](bool is_on_duty) {
    standing_by_ = !is_on_duty;
    if (!is_on_duty) {
      // A standby is healthy.
      server_->SetServing("", true);
      Unfollow();
      return;
    }
    living_.TakeOver();
    receivers_->TakeOver();
    if (const absl::Status following = Follow(config); !following.ok()) {
      spdlog::error("The collectors cannot be followed. reason={}",
                    LogValue(std::string(following.message())));
    }
  };
  receivers_->HandOver();  // until the lease is held
  lease_ = std::make_unique<Lease>(std::move(options), on_duty, clock_, metrics_);
}

std::size_t NotifierApp::Following() const {
  const MutexLock lock(feeds_mutex_);
  return feeds_ ? feeds_->Following() : 0;
}

bool NotifierApp::AnyReceiverWorks() const {
  return receivers_->Failing().size() < receivers_->Configs().size();
}

PipelineOptions NotifierApp::StartOptions(const NotifierConfig& config) {
  PipelineOptions options = PipelineOptionsOf(config);
  // Neither counts nor logs: no alert is made.
  options.evaluate_only = [this](const v1::ChangeEvent& event, absl::Time) {
    return rules_.Get()->Evaluate(event, clock_.Now()).alert;
  };
  options.wall_clock = [this] { return clock_.Now(); };
  options.on_silenced = [this](const Alert& alert) {
    metrics_.Add(kSilenced, {{"rule", alert.rule}, {"color", ColorName(alert.color)}});
  };
  options.on_silences = [this](std::size_t silences) {
    metrics_.Set(kSilences, {}, static_cast<double>(silences));
  };
  options.on_progress = [this](const v1::ChangeEvent& progress) { receivers_->ShowProgress(progress); };
  if (page_) {
    options.on_step = [this](const Step& step) {
      if (IsShownAt(step)) page_->Add(step.event);
    };
  }
  options.on_open_alarms = [this](const std::vector<Alert>& open) { receivers_->RepeatAlarms(open); };
  options.read_until = [this](const std::string& cluster_id) { return KnownUntil(cluster_id); };
  return options;
}

void NotifierApp::MakePage(const NotifierConfig& config) {
  page_ = std::make_unique<TimelinePage>(
      TimelinePageOptions{.listen = config.web_listen,
                          .external_url = config.web_external_url,
                          .window = config.grouping.window,
                          .token = token_},
      TimelineSources{.rules = [this] { return rules_.Get(); },
                      .links = [this] { return receivers_->Form().links; },
                      .state = [this] { return PageState(); },
                      .read_last_words = [this](const auto& source,
                                                const auto& wanted) { ReadLastWords(source, wanted); }},
      clock_);
}

nlohmann::json NotifierApp::PageState() {
  std::vector<FeedStatus> feeds;
  {
    const MutexLock lock(feeds_mutex_);
    if (feeds_) feeds = feeds_->Status();
  }
  return StateJson(feeds, receivers_->Configs(), receivers_->Failing(),
                   silencing_->List().value_or(std::vector<v1::Silence>()), standing_by_);
}

void NotifierApp::ReadLastWords(const LastWordsSource& source,
                                const std::shared_ptr<PendingLastWords>& wanted) {
  const MutexLock lock(feeds_mutex_);
  if (feeds_) return feeds_->ReadLastWords(source, wanted);
  wanted->Set({.lines = {}, .missing = "this notifier follows no collector any more"});
}

std::optional<absl::Time> NotifierApp::KnownUntil(const std::string& cluster_id) const {
  const MutexLock lock(feeds_mutex_);
  return feeds_ ? feeds_->KnownUntil(cluster_id) : std::nullopt;
}

NotifierApp::~NotifierApp() {
  if (page_) page_->Stop();
  heartbeat_.reset();
  if (lease_) lease_->Stop();
  if (feeds_) feeds_->Stop();
  pipeline_->Stop();
  service_->Stop();
  receivers_->Finish(kDrainLimit);
  // Acknowledges the last posts: otherwise the next process would repeat them.
  if (feeds_) feeds_->FlushAcknowledgements(kAcknowledgeLimit);
  feeds_.reset();
  if (lease_) lease_->Release();
  if (server_) server_->Shutdown(kCallGrace);
}

std::optional<Alert> NotifierApp::Evaluate(const v1::ChangeEvent& event) {
  label_warnings_.Check(event);
  // Mutes use the wall clock.
  Decision decision = rules_.Get()->Evaluate(event, clock_.Now());
  if (!decision.alert) {
    spdlog::debug("A change makes no alert. change_id={} rule={} reason={}", event.event_id(), decision.rule,
                  ReasonName(decision.reason));
    return std::nullopt;
  }
  metrics_.Add(kAlerts, {{"rule", decision.rule}, {"color", ColorName(decision.alert->color)}});
  return std::move(decision.alert);
}

}  // namespace swarmbell
