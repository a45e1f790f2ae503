#include "collector/poll/change_sink.h"

#include <spdlog/spdlog.h>

#include <string>
#include <utility>

#include "collector/poll/poll_metrics.h"
#include "common/change/change_field.h"
#include "common/process/log_value.h"

namespace swarmbell {

std::uint64_t ChangeSink::Generation() const {
  std::lock_guard lock(mutex_);
  return generation_;
}

void ChangeSink::Append(std::uint64_t generation, std::vector<v1::ChangeEvent> events) {
  std::lock_guard lock(mutex_);
  if (events.empty() || generation != generation_) return;
  Log(std::move(events));
  store_.LogChanged();
}

void ChangeSink::AppendAndKeep(std::uint64_t generation, std::vector<v1::ChangeEvent> events, KnownPart part,
                               const Known& known) {
  std::lock_guard lock(mutex_);
  if (generation != generation_) return;
  Log(std::move(events));
  store_.Keep(part, known);
}

void ChangeSink::Log(std::vector<v1::ChangeEvent> events) {
  if (events.empty()) return;
  std::size_t recollected = 0;
  for (const v1::ChangeEvent& event : events) {
    const std::string change = ChangeName(event);
    if (event.recollected()) {
      ++recollected;
      spdlog::debug("Change recollected. change={} name={} id={} event_id={}", change,
                    LogValue(event.resource().name()), LogValue(event.resource().id()), event.event_id());
      continue;
    }
    metrics_.Add(kChanges, {{"change", change}});
    spdlog::info("Change found. change={} name={} id={} event_id={}", change,
                 LogValue(event.resource().name()), LogValue(event.resource().id()), event.event_id());
  }
  if (recollected != 0) {
    spdlog::info("Found what proves earlier changes, for subscribers that knew the swarm before. changes={}",
                 recollected);
  }
  log_.Append(std::move(events));
}

void ChangeSink::Reset() {
  std::lock_guard lock(mutex_);
  ++generation_;
  store_.End();
  log_.Reset();
}

}  // namespace swarmbell
