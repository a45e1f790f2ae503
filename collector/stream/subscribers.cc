#include "collector/stream/subscribers.h"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <utility>

#include "absl/strings/str_cat.h"

namespace swarmbell {
namespace {

constexpr char kGauge[] = "swarmbell_subscribers";
constexpr char kLag[] = "swarmbell_subscriber_lag_events";
constexpr char kLogEvents[] = "swarmbell_changelog_events";

}  // namespace

Subscribers::Subscribers(ChangeLog& log, Metrics& metrics, const SubscribersOptions& options,
                         std::function<void()> tidy)
    : log_(log), metrics_(metrics), options_(options), tidy_(std::move(tidy)) {
  metrics_.Declare(MetricKind::kGauge, kLag,
                   "Changes that the slowest subscriber has not been sent yet, filtered ones included.");
  metrics_.Declare(MetricKind::kGauge, kLogEvents, "Changes kept for subscribers that were away.");
  Measure({});
  listener_ = log_.Listen([this] {
    {
      const std::lock_guard lock(mutex_);
      if (std::exchange(log_changed_, true)) return;
    }
    wake_.notify_one();
  });
  pump_ = std::jthread([this](const std::stop_token& stop) { Pump(stop); });
}

Subscribers::~Subscribers() { Shutdown(); }

absl::Status Subscribers::Add(const std::shared_ptr<Subscription>& subscription) {
  const std::lock_guard lock(mutex_);
  if (shutting_down_) return absl::UnavailableError("the collector shuts down; subscribe again in a while");
  if (subscriptions_.size() >= options_.max) {
    return absl::ResourceExhaustedError(
        absl::StrCat("the collector has ", options_.max,
                     " subscribers, the most it takes; end one or ask another collector"));
  }
  subscriptions_.emplace(subscription.get(), subscription);
  metrics_.Set(kGauge, {}, static_cast<double>(subscriptions_.size()));
  return absl::OkStatus();
}

void Subscribers::Remove(const Subscription* subscription) {
  const std::lock_guard lock(mutex_);
  subscriptions_.erase(subscription);
  metrics_.Set(kGauge, {}, static_cast<double>(subscriptions_.size()));
}

std::size_t Subscribers::Count() const {
  const std::lock_guard lock(mutex_);
  return subscriptions_.size();
}

Subscribers::All Subscribers::Snapshot() const {
  All all;
  for (const auto& [key, subscription] : subscriptions_) all.push_back(subscription);
  return all;
}

// At every progress: after that, who is up to date has been sent all that there is.
void Subscribers::Measure(const All& all) {
  const std::uint64_t newest = log_.Newest().sequence;
  std::uint64_t slowest = newest;
  for (const auto& subscription : all) slowest = std::min(slowest, subscription->Written());
  metrics_.Set(kLag, {}, static_cast<double>(newest - slowest));
  metrics_.Set(kLogEvents, {}, static_cast<double>(newest - std::min(newest, log_.Oldest().sequence)));
}

// Until there is something to tell; false when stopped. Changes that come before `spaced` wait for it, and
// for nothing longer than progress does.
bool Subscribers::AwaitDue(const std::stop_token& stop, SteadyClock::time_point next_progress,
                           SteadyClock::time_point spaced) {
  std::unique_lock lock(mutex_);
  wake_.wait_until(lock, stop, next_progress, [this] { return log_changed_; });
  const auto until = std::min(spaced, next_progress);
  if (SteadyClock::now() < until) wake_.wait_until(lock, stop, until, [] { return false; });
  return !stop.stop_requested();
}

void Subscribers::Pump(const std::stop_token& stop) {
  const auto interval = absl::ToChronoMilliseconds(options_.progress_interval);
  const auto spacing = absl::ToChronoMilliseconds(options_.spacing);
  auto next_progress = SteadyClock::now() + interval;
  auto spaced = SteadyClock::now();
  while (AwaitDue(stop, next_progress, spaced)) {
    const auto now = SteadyClock::now();
    const bool progress = now >= next_progress;
    All all;
    {
      const std::lock_guard lock(mutex_);
      if (log_changed_) spaced = now + spacing;
      log_changed_ = false;
      all = Snapshot();
    }
    if (progress) {
      next_progress = now + interval;
      Measure(all);
    }
    Tell(std::move(all), progress);
    if (progress) tidy_();
  }
}

// False when everyone has been told.
bool Subscribers::TellNext(Round& round) {
  const std::size_t i = round.next++;
  if (i >= round.all.size()) return false;
  round.progress ? round.all[i]->ProgressDue() : round.all[i]->LogChanged();
  return true;
}

// Those who help go on to the end, so that nobody else needs to.
void Subscribers::Tell(All all, bool progress) {
  const auto round = std::make_shared<Round>();
  round->all = std::move(all);
  round->progress = progress;
  {
    const std::lock_guard lock(mutex_);
    round_ = round;
  }
  telling_ = true;
  while (!round->helped) {
    if (!TellNext(*round)) break;
  }
}

void Subscribers::Help() {
  if (!telling_) return;
  std::shared_ptr<Round> round;
  {
    const std::lock_guard lock(mutex_);
    round = round_;
  }
  if (round == nullptr) return;
  round->helped = true;
  while (TellNext(*round)) {
  }
  const std::lock_guard lock(mutex_);
  if (round_ != round) return;
  telling_ = false;
  round_ = nullptr;
}

void Subscribers::Shutdown() {
  All all;
  {
    const std::lock_guard lock(mutex_);
    if (shutting_down_) return;
    shutting_down_ = true;
    all = Snapshot();
  }
  listener_.reset();
  pump_.request_stop();
  pump_.join();
  for (const auto& subscription : all) subscription->ShuttingDown();
}

}  // namespace swarmbell
