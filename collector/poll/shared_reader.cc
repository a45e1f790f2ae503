#include "collector/poll/shared_reader.h"

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>

namespace swarmbell {
namespace {

// The safety net, in intervals.
constexpr int kNet = 30;
constexpr int kNetWithoutEvents = 6;

// The pace of reading everything again, as when the stream of events breaks again and again.
constexpr absl::Duration kBetweenRequests = absl::Minutes(1);

constexpr absl::Duration kLongestReading = absl::Seconds(5);
// A list that takes long is read less often.
constexpr int kShareOfTime = 20;

bool LacksSome(const std::optional<Objects<SharedObject>>& known, const Objects<SharedObject>& now) {
  return known && std::any_of(known->begin(), known->end(),
                              [&now](const auto& entry) { return !now.contains(entry.first); });
}

}  // namespace

SharedReader::SharedReader(EngineClient& engine, Clock& clock, StatusBoard& board, SnapshotReader& reader,
                           const PollOptions& options)
    : clock_(clock),
      options_(options),
      reader_(reader),
      secrets_(Endpoint::kSecrets, engine, clock, board, reader.Secrets()),
      configs_(Endpoint::kConfigs, engine, clock, board, reader.Configs()),
      networks_(engine, clock, board, reader),
      swarm_(Endpoint::kSwarm, engine, clock, board) {}

void SharedReader::Read(const Known& known, Snapshot& fresh, std::stop_token stop) {
  if (fresh.services) networks_.SetServices(*fresh.services);
  if (!fresh.services || !fresh.nodes) {
    asked_again_ = false;
    fresh.network_names = networks_.Get(stop);
    return;
  }
  // Changes of services wait meanwhile: of endpoints that hang, one is asked in a reading.
  const absl::Time begin = clock_.Now();
  const auto is_late = [&] { return clock_.Now() - begin > kLongestReading; };
  ReadNetworks(known, fresh, stop);
  if (!is_late()) ReadList(Endpoint::kSecrets, secrets_, fresh.secrets, stop);
  if (!is_late()) ReadList(Endpoint::kConfigs, configs_, fresh.configs, stop);
  if (!is_late()) ReadSettings(fresh, stop);
}

void SharedReader::Request(const ReadOrder& order, bool nodes_changed) {
  const absl::Time now = clock_.Now();
  const absl::Duration net = options_.interval * (order.events_followed ? kNet : kNetWithoutEvents);
  due_.insert(order.shared.begin(), order.shared.end());
  if (nodes_changed) due_.insert(Endpoint::kSwarm);
  const bool clock_was_set_back = requested_at_ > now;
  const bool first = requested_at_ == absl::InfinitePast();
  wanted_ |= order.everything;
  const bool again = wanted_ && (now - asked_for_everything_at_ >= kBetweenRequests || clock_was_set_back);
  if (!again && now - requested_at_ < net && !clock_was_set_back) return;
  if (!first && wanted_) asked_for_everything_at_ = now;
  wanted_ = false;
  requested_at_ = now;
  due_.insert({Endpoint::kSecrets, Endpoint::kConfigs, Endpoint::kNetworks, Endpoint::kSwarm});
}

void SharedReader::ReadList(Endpoint endpoint, PolledList<SharedObject>& list,
                            std::optional<Objects<SharedObject>>& fresh, std::stop_token stop) {
  const absl::Time begin = clock_.Now();
  if (!due_.contains(endpoint) || begin < not_before_[endpoint]) return;
  const Objects<SharedObject>* read = list.Read(std::move(stop));
  const absl::Duration took = std::clamp(clock_.Now() - begin, absl::ZeroDuration(), kLongestReading);
  not_before_[endpoint] = clock_.Now() + kShareOfTime * took;
  if (read == nullptr) return;
  due_.erase(endpoint);
  fresh = *read;
}

// Just after its leader is lost, a manager may list the networks of its own node alone: a network is removed
// only if the next list lacks it, too, with a good reading of the nodes in between.
void SharedReader::ReadNetworks(const Known& known, Snapshot& fresh, std::stop_token stop) {
  if (due_.contains(Endpoint::kNetworks)) networks_.Request();
  fresh.network_names = networks_.Get(std::move(stop));
  fresh.networks = networks_.OfSwarm();
  if (!fresh.networks) return;
  if (LacksSome(known.networks, *fresh.networks) && !std::exchange(asked_again_, true)) {
    fresh.networks.reset();
    due_.insert(Endpoint::kNetworks);
    return;
  }
  asked_again_ = false;
  due_.erase(Endpoint::kNetworks);
}

void SharedReader::ReadSettings(Snapshot& fresh, std::stop_token stop) {
  if (!due_.contains(Endpoint::kSwarm)) return;
  std::string body;
  const auto append = [&body](std::string_view piece) { return body.append(piece), absl::OkStatus(); };
  const std::optional<EngineAnswer> answer = swarm_.Ask(append, std::move(stop));
  if (!answer) return;
  absl::StatusOr<SwarmSettings> settings = reader_.ReadSettings(body, answer->server);
  if (!settings.ok()) return swarm_.Failed(settings.status());
  swarm_.Succeeded(1);
  due_.erase(Endpoint::kSwarm);
  fresh.settings = *std::move(settings);
}

absl::Duration SharedReader::MaxWait() const {
  if (!asked_again_) return absl::InfiniteDuration();
  const absl::Duration retry = networks_.UntilRetry();
  return retry == absl::InfiniteDuration() ? absl::Seconds(1) : retry;
}

void SharedReader::RetryNow() {
  secrets_.RetryNow();
  configs_.RetryNow();
  networks_.RetryNow();
  swarm_.RetryNow();
}

void SharedReader::Forget() {
  secrets_.Forget();
  configs_.Forget();
  networks_.Forget();
  due_.clear();
  requested_at_ = asked_for_everything_at_ = absl::InfinitePast();
  asked_again_ = wanted_ = false;
}

}  // namespace swarmbell
