#include "collector/poll/change_sink.h"

#include <spdlog/spdlog.h>

#include <string>
#include <utility>

#include "collector/poll/status_board.h"
#include "common/change/change_field.h"
#include "common/process/logging.h"

namespace swarmbell {

std::uint64_t ChangeSink::Generation() const {
  const MutexLock lock(mutex_);
  return generation_;
}

void ChangeSink::Emit(std::uint64_t generation, std::vector<v1::ChangeEvent> events) {
  const MutexLock lock(mutex_);
  if (events.empty() || generation != generation_) return;
  Append(std::move(events));
  store_.LogChanged();
}

void ChangeSink::EmitAndKeep(std::uint64_t generation, std::vector<v1::ChangeEvent> events, KnownPart part,
                             const Known& known) {
  const MutexLock lock(mutex_);
  if (generation != generation_) return;
  Append(std::move(events));
  store_.Keep(part, known);
}

void ChangeSink::Append(std::vector<v1::ChangeEvent> events) {
  if (events.empty()) return;
  std::size_t recollected = 0;
  for (const v1::ChangeEvent& event : events) {
    const std::string change = ChangeName(event);
    const std::string name = LogValue(event.resource().name());
    const std::string id = LogValue(event.resource().id());
    if (event.recollected()) {
      ++recollected;
      spdlog::debug("Change recollected. change={} name={} id={} event_id={}", change, name, id,
                    event.event_id());
      continue;
    }
    metrics_.Add(kChanges, {{"change", change}});
    spdlog::info("Change found. change={} name={} id={} event_id={}", change, name, id, event.event_id());
  }
  if (recollected != 0) {
    spdlog::info("Reconstructed earlier changes from the first reading. changes={}", recollected);
  }
  log_.Append(std::move(events));
}

void ChangeSink::Reset() {
  const MutexLock lock(mutex_);
  ++generation_;
  store_.End();
  log_.Reset();
}

}  // namespace swarmbell
