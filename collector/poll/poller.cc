#include "collector/poll/poller.h"

#include <algorithm>
#include <optional>
#include <stop_token>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "collector/docker/engine_answers.h"
#include "collector/docker/engine_events.h"
#include "collector/poll/change_sink.h"
#include "collector/poll/container_loop.h"
#include "collector/poll/swarm_loop.h"

namespace swarmbell {
namespace {

// A read begins an interval after the last one did: one that has only just begun is not late yet.
StaleLimits LimitsOf(const PollOptions& options) {
  const absl::Duration stale_after = options.stale_after > absl::ZeroDuration()
                                         ? options.stale_after
                                         : std::max(3 * options.interval, absl::Seconds(30));
  return {.failing = stale_after, .busy = std::max(stale_after, 2 * options.interval)};
}

// Docker 17.05, whose API is 1.29, accepts the request for events of services, and sends none.
bool ReportsServices(const EngineVersion& engine) {
  const std::optional<ApiVersion> api = ParseApiVersion(engine.api);
  return api && *api >= ApiVersion{1, 30};
}

// An engine whose errors hold no secrets: its own words may quote a command line or a URL, and errors go to
// the log, to health checks and to subscribers. Thread-safe as the engine is.
class MaskedEngine final : public EngineClient {
 public:
  MaskedEngine(EngineClient& engine, const MaskOptions& options) : engine_(engine), masker_(options) {}

  absl::StatusOr<EngineAnswer> Get(const EngineQuery& query, OnBody on_body, std::stop_token stop) override {
    absl::StatusOr<EngineAnswer> answer = engine_.Get(query, on_body, std::move(stop));
    if (!answer.ok()) return Masked(answer.status());
    return answer;
  }
  absl::Status FollowEvents(absl::FunctionRef<void(std::string_view line)> on_event,
                            std::stop_token stop) override {
    return Masked(engine_.FollowEvents(on_event, std::move(stop)));
  }
  EngineVersion Version() const override { return engine_.Version(); }

 private:
  absl::Status Masked(const absl::Status& status) const {
    if (status.ok()) return status;
    return absl::Status(status.code(), masker_.HideInMessage(std::string(status.message())));
  }

  EngineClient& engine_;
  const Masker masker_;
};

}  // namespace

class Poller::Impl final : public EventListener {
 public:
  Impl(EngineClient& engine, ChangeLog& log, StateStore& store, Metrics& metrics, Clock& clock,
       PollOptions options)
      : options_(std::move(options)),
        engine_(engine, options_.masking),
        clock_(clock),
        metrics_(metrics),
        sink_(log, store, metrics),
        board_(clock.Now(), LimitsOf(options_), options_.collector_name, options_.containers, metrics,
               [this](v1::ChangeEvent event) { sink_.Emit(sink_.Generation(), {std::move(event)}); }),
        reader_(options_.masking, options_.ignored_labels),
        containers_(engine_, clock, board_, sink_, reader_, options_),
        swarm_(engine_, clock, board_, sink_, reader_, options_, containers_),
        follower_(engine_, clock, *this) {}

  ~Impl() override { Stop(); }

  void Start() {
    threads_.emplace_back([this] { swarm_.Run(stop_.get_token()); });
    if (options_.containers) {
      threads_.emplace_back([this] { containers_.Run(stop_.get_token()); });
    }
    if (options_.events) {
      threads_.emplace_back([this] { follower_.Run(stop_.get_token()); });
    }
  }

  void Stop() {
    stop_.request_stop();
    threads_.clear();
  }

  void CheckFreshness() { board_.CheckFreshness(clock_.Now()); }

  void Adopt(const std::vector<v1::ChangeEvent>& alarms) {
    std::vector<v1::ChangeEvent> of_swarm;
    std::vector<v1::ChangeEvent> of_containers;
    for (const v1::ChangeEvent& alarm : alarms) {
      const bool container = alarm.resource().kind() == v1::RESOURCE_KIND_CONTAINER;
      (container ? of_containers : of_swarm).push_back(alarm);
    }
    swarm_.Adopt(of_swarm);
    if (options_.containers) containers_.Adopt(of_containers);
  }

  PollStatus Status() const {
    PollStatus status = board_.Status();
    status.engine = engine_.Version();
    return status;
  }

  // The engine's events: each wakes the thread that reads what it is about.
  void OnOpen(bool again) override {
    swarm_.SetEventsFollowed(ReportsServices(engine_.Version()));
    if (!again) return;
    swarm_.OnAnythingChanged();
    containers_.OnAnythingChanged();
  }
  void OnEvent(const EngineEvent& event) override {
    metrics_.Add(kEngineEvents);
    switch (event.subject) {
      case EventSubject::kService:
        return swarm_.OnServiceChanged(event.service_id);
      case EventSubject::kNodes:
        return swarm_.OnNodeChanged();
      case EventSubject::kContainers:
        return containers_.OnEvent(event);
      case EventSubject::kSecrets:
        return swarm_.OnSharedChanged(Endpoint::kSecrets);
      case EventSubject::kConfigs:
        return swarm_.OnSharedChanged(Endpoint::kConfigs);
      case EventSubject::kNetworks:
        return swarm_.OnSharedChanged(Endpoint::kNetworks);
      case EventSubject::kNone:
        return;
    }
  }
  void OnLost() override { swarm_.SetEventsFollowed(false); }

 private:
  const PollOptions options_;
  MaskedEngine engine_;
  Clock& clock_;
  Metrics& metrics_;
  ChangeSink sink_;
  StatusBoard board_;
  SnapshotReader reader_;
  ContainerLoop containers_;
  SwarmLoop swarm_;
  EventFollower follower_;
  std::stop_source stop_;
  std::vector<std::jthread> threads_;
};

Poller::Poller(EngineClient& engine, ChangeLog& log, StateStore& store, Metrics& metrics, Clock& clock,
               PollOptions options) {
  DeclarePollMetrics(metrics);
  impl_ = std::make_unique<Impl>(engine, log, store, metrics, clock, std::move(options));
}

Poller::~Poller() = default;

void Poller::Start() { impl_->Start(); }
void Poller::CheckFreshness() { impl_->CheckFreshness(); }
void Poller::Stop() { impl_->Stop(); }
void Poller::Adopt(const std::vector<v1::ChangeEvent>& alarms) { impl_->Adopt(alarms); }
PollStatus Poller::Status() const { return impl_->Status(); }

}  // namespace swarmbell
