#include "collector/poll/container_loop.h"

#include <utility>
#include <vector>

#include "collector/poll/swarm_loop.h"

namespace swarmbell {

ContainerLoop::ContainerLoop(PollParts parts, SnapshotReader& reader, const PollOptions& options)
    : parts_(parts),
      options_(options),
      loop_(parts.clock, options.interval, options.debounce),
      containers_(Endpoint::kContainers, parts, reader.Containers()) {}

void ContainerLoop::Run(std::stop_token stop) {
  loop_.Run([this](bool, std::stop_token stopped) { return Round(stopped); }, stop);
}

void ContainerLoop::WakeAndRetry() {
  retry_now_ = true;
  Wake();
}

void ContainerLoop::Begin(Known known) {
  {
    const std::lock_guard lock(mutex_);
    begin_with_ = std::move(known);
  }
  Wake();
}

RoundEnd ContainerLoop::Round(std::stop_token stop) {
  if (retry_now_.exchange(false)) containers_.source().RetryNow();
  // Woken when there is one.
  const std::optional<Identity> identity = parts_.board.GetIdentity();
  if (!identity) return {};

  const std::uint64_t generation = parts_.sink.Generation();
  if (generation != generation_) known_ = Known();
  generation_ = generation;
  {
    const std::lock_guard lock(mutex_);
    if (begin_with_) known_ = *std::exchange(begin_with_, std::nullopt);
  }
  const absl::Time start = parts_.clock.Now();
  ReadAndCompare(*identity, generation, stop);
  return {.patience = containers_.source().UntilRetry(),
          .rest = (parts_.clock.Now() - start) / options_.engine_share};
}

void ContainerLoop::ReadAndCompare(const Identity& identity, std::uint64_t generation, std::stop_token stop) {
  const Objects<Container>* containers = containers_.Read(stop);
  if (containers == nullptr) return;
  Snapshot fresh;
  fresh.containers = *containers;
  fresh.read_time = parts_.clock.Now();
  fresh.server = containers_.server();
  std::vector<v1::ChangeEvent> events = Diff(known_, fresh, MakeDiffContext(options_, identity));
  if (events.empty() && !containers_.changed()) return;
  parts_.sink.AppendAndKeep(generation, std::move(events), KnownPart::kContainers, known_);
}

}  // namespace swarmbell
