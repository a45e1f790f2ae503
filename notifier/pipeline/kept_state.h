#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "notifier/feed/handled.h"
#include "notifier/pipeline/stage.h"
#include "swarmbell/v1/notifier_state.pb.h"

namespace swarmbell {

// Remembers the notifier's own changes until they are settled: no collector sends them again when this
// process ends first. One that is on its way is not told twice.
class OwnChanges : public Stage {
 public:
  std::string_view Name() const override { return "own-changes"; }
  StageResult Pass(const PassingChange& change, const Moment& at, HandOn next) override;

  // Those that are not settled.
  std::vector<v1::ChangeEvent> Untold() const;

  void ForgetSettled();

 private:
  std::map<std::string, std::pair<v1::ChangeEvent, std::weak_ptr<EventHold>>> untold_;  // by event_id
};

// The state that the stages need after a restart, as bytes that collectors store with the subscription. Not
// thread-safe.
class KeptState {
 public:
  // `handled` must outlive the object: it brings the bytes to the collectors.
  explicit KeptState(Handled& handled) : handled_(&handled) {}

  // A collector has answered. Its stored state comes first; nothing may replace that state before.
  void SetHeard() { heard_ = true; }
  bool IsHeard() const { return heard_; }

  // The state that a collector stored; unset if it cannot be read, or is older than the present one.
  std::optional<v1::NotifierState> TakeNewer(const std::string& bytes);

  // Keeps `state` when it is another than before. Only once a collector was heard.
  void Keep(v1::NotifierState state, absl::Time now);

  // Another notifier takes over: what collectors keep is that one's.
  void Forget();

 private:
  Handled* handled_;
  std::string kept_;                        // as last kept, but for its time
  absl::Time time_ = absl::InfinitePast();  // since when
  bool heard_ = false;
};

// Adds events to a list of the state, as many as there is room for beside `bytes`, and counts theirs.
void AddToState(std::vector<v1::ChangeEvent> events,
                google::protobuf::RepeatedPtrField<v1::ChangeEvent>& list, std::size_t& bytes);

}  // namespace swarmbell
