#include "collector/poll/poller.h"

#include <algorithm>
#include <optional>
#include <stop_token>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "collector/docker/api_version.h"
#include "collector/poll/container_loop.h"
#include "collector/poll/event_follower.h"
#include "collector/poll/masked_engine.h"
#include "collector/poll/poll_metrics.h"
#include "collector/poll/staleness.h"
#include "collector/poll/swarm_loop.h"

namespace swarmbell {

absl::Duration StaleAfter(const PollOptions& options) {
  if (options.stale_after > absl::ZeroDuration()) return options.stale_after;
  return std::max(3 * options.interval, absl::Seconds(30));
}

namespace {

// Between two looks at how fresh all is, which are a second apart; more says that the clock was set, or that
// the process did not run.
constexpr absl::Duration kLongestStep = absl::Seconds(10);

// A reading begins an interval after the last one did: one that has only just begun is not late yet.
StaleLimits LimitsOf(const PollOptions& options) {
  const absl::Duration after = StaleAfter(options);
  return {.failing = after, .busy = std::max(after, 2 * options.interval)};
}

// Docker 17.05, whose API is 1.29, takes the question for such events, and sends none.
bool TellsOfServices(const EngineVersion& engine) {
  const std::optional<ApiVersion> api = ParseApiVersion(engine.api);
  return api && *api >= ApiVersion{1, 30};
}

}  // namespace

class Poller::Impl final : public EventListener {
 public:
  Impl(EngineClient& engine, ChangeLog& log, StateStore& store, Metrics& metrics, Clock& clock,
       PollOptions options)
      : options_(std::move(options)),
        engine_(engine, options_.masking),
        clock_(clock),
        board_(clock.Now(), LimitsOf(options_), options_.collector_name, options_.read_containers, metrics),
        sink_(log, store, metrics),
        reader_(options_.masking, options_.ignored_labels),
        swarm_(
            {engine_, clock, metrics, board_, sink_, store}, reader_, options_,
            [this](ContainerStart start) { containers_.Begin(std::move(start)); },
            [this](ListedTasks tasks) { containers_.KnowTasks(std::move(tasks)); }),
        containers_({engine_, clock, metrics, board_, sink_, store}, reader_, options_),
        follower_(engine_, clock, metrics, *this) {}

  ~Impl() override { Stop(); }

  void Start() {
    threads_.emplace_back([this] { swarm_.Run(stop_.get_token()); });
    if (options_.read_containers) {
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

  void CheckFreshness() {
    const absl::Time now = clock_.Now();
    const absl::Time before = std::exchange(checked_at_, now).value_or(now);
    if (now < before || now - before > kLongestStep) board_.ClockStepped(now);
    TellStaleness(board_, sink_, now, StatusBoard::Look::kForSilenceToo);
  }

  PollStatus Status() const {
    PollStatus status = board_.Status();
    EngineVersion version = engine_.Version();
    status.engine_version = std::move(version.engine);
    status.api_version = std::move(version.api);
    return status;
  }

  void OnServiceEvent(const std::string& service_id) override { swarm_.OnServiceChanged(service_id); }
  void OnNodeEvent() override { swarm_.OnNodeChanged(); }
  void OnContainerEvent(const EngineEvent& event) override { containers_.OnEvent(event); }
  void OnReconnected() override {
    swarm_.OnAnythingChanged();
    containers_.WakeAndRetry();
  }
  void OnFollowing(bool following) override {
    swarm_.SetEventsFollowed(following && TellsOfServices(engine_.Version()));
  }

 private:
  const PollOptions options_;
  MaskedEngine engine_;
  Clock& clock_;
  std::optional<absl::Time> checked_at_;  // by CheckFreshness() alone
  StatusBoard board_;
  ChangeSink sink_;
  SnapshotReader reader_;
  SwarmLoop swarm_;
  ContainerLoop containers_;
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
PollStatus Poller::Status() const { return impl_->Status(); }

}  // namespace swarmbell
