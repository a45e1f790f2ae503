#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "absl/time/time.h"
#include "notifier/pipeline/stage.h"
#include "swarmbell/v1/notifier_state.pb.h"

namespace swarmbell {

// Remembers each alarm that a rule has wanted, until its end, also over restarts
// (NotifierState::open_alarms):
//
// - an end says which alarms are over with it (ChangeEvent::ended_alarm_keys), the removal of an object also
//   in a form for people (ChangeEvent::ended_alarms);
// - a collector that the process before could not reach is reported as reached again, or as no longer
//   followed, and not once more as lost;
// - a collector that has lost its log gets the alarms back (KnownSwarm::open_alarms); it may find the end
//   that another collector has found, too, under an identifier of its own, which is dropped.
//
// Makes the changes of feeds the notifier's own. Bounded: of more alarms than kMost it forgets the new ones.
// Pure.
class OpenAlarms : public Stage {
 public:
  static constexpr std::size_t kMost = 2000;
  // How long after an end another one without an alarm in between is the same.
  static constexpr absl::Duration kSameEnd = absl::Minutes(10);

  std::string_view Name() const override { return "open-alarms"; }
  StageResult Pass(const PassingChange& change, const Moment& at, HandOn next) override;

  // The feed of this name follows its collector. Returns the end to emit of its alarm, if that is open.
  std::vector<v1::ChangeEvent> Followed(const std::string& feed, absl::Time now);

  // Only feeds of these names exist, or may still come. Returns the ends of the alarms of others.
  std::vector<v1::ChangeEvent> SetFeeds(std::set<std::string> feeds, absl::Time now);

  // Restores the alarms that were open before a restart, in place of those that an older state restored.
  // Returns the ends of those that are over.
  std::vector<v1::ChangeEvent> Restore(const v1::NotifierState& stored, absl::Time now);

  // The alarms to restore; not the crash loops, whose stages store them.
  std::vector<v1::ChangeEvent> Open() const;

 private:
  struct Alarm {
    v1::ChangeEvent event;
    bool reported = false;  // a rule wanted an alert for it
    bool restored = false;  // of the process before
  };

  bool IsKnown(const v1::ChangeEvent& event) const;
  bool IsSecondEnd(const v1::ChangeEvent& event, absl::Time now) const;
  void Remember(const v1::ChangeEvent& event, bool wanted, absl::Time now);
  std::vector<std::string> EndedBy(const v1::ChangeEvent& event) const;
  std::optional<v1::ChangeEvent> WithEndedAlarms(const v1::ChangeEvent& event) const;
  std::vector<v1::ChangeEvent> EndFeeds(absl::Time now);

  std::map<std::string, Alarm> open_;        // by key; see conditions.h
  std::map<std::string, absl::Time> ended_;  // likewise, for kSameEnd
  std::set<std::string> followed_;           // feeds
  std::optional<std::set<std::string>> feeds_;
};

}  // namespace swarmbell
