#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "notifier/config/notifier_config.h"
#include "notifier/feed/receipt.h"
#include "notifier/pipeline/routing.h"
#include "notifier/pipeline/stage.h"
#include "swarmbell/v1/notifier_state.pb.h"
#include "swarmbell/v1/silence.pb.h"

namespace swarmbell {

// The bounds of what a person may ask for, in bytes and in time.
inline constexpr std::size_t kMostSilences = 100;
inline constexpr std::size_t kLongestMatch = 300;
inline constexpr std::size_t kLongestPerson = 64;
inline constexpr std::size_t kLongestReason = 200;
inline constexpr absl::Duration kShortestSilence = absl::Seconds(1);
inline constexpr absl::Duration kLongestSilence = absl::Hours(30 * 24);

struct SilencesOptions {
  // The rules' decision, without side effects.
  Evaluate evaluate;
  // The wall clock: a silence ends at a time of day, as a person said. Null: the time of the pipeline.
  std::function<absl::Time()> wall_clock = nullptr;
  // Called for each change that is silenced. May be null.
  std::function<void(const Alert& alert)> on_silenced = nullptr;
};

// Silences that persons ask for: drops the changes that match one and that a rule wants an alert for, and
// counts them. Announces each silence at its begin, and reports at its end what was not posted.
//
// A condition (see conditions.h) that began in a silence ends in it unheard; if it is red and still lasts
// when the silence ends, its alert is posted then. The end of a condition that was reported before the
// silence passes.
//
// Bounded: see the constants above; of each silence 30 lines of what was not posted and 100 conditions.
// Not thread-safe.
class Silences : public Stage {
 public:
  // `handled` must outlive the stage: what is silenced counts as handled by its receivers.
  Silences(SilencesOptions options, HandledChanges& handled)
      : options_(std::move(options)), handled_(handled) {}

  std::string_view Name() const override { return "silences"; }
  StageResult Pass(const PassingChange& change, const Moment& at, HandOn next) override;
  // Announces silences that began and reports those that ended.
  void Tick(const Moment& at, HandOn next) override;

  // Begins a silence at its start time; the next Tick announces it. INVALID_ARGUMENT for a wrong match or
  // text, or an end out of bounds; RESOURCE_EXHAUSTED when there are too many.
  absl::StatusOr<v1::Silence> Begin(v1::Silence silence);

  // Ends one at `now`; the next Tick reports it. NOT_FOUND if none in force has the identifier,
  // INVALID_ARGUMENT for a wrong name.
  absl::StatusOr<v1::Silence> End(const std::string& id, const std::string& by, absl::Time now);

  // Those in force, the first to end first.
  std::vector<v1::Silence> InForce(absl::Time now) const;

  // The identifier of the silence that is for a change; empty for none. `now` counts only without a wall
  // clock.
  std::string IdFor(const v1::ChangeEvent& event, absl::Time now);

  // When, by the wall clock, Tick has to report the next end; unset if there is none.
  std::optional<absl::Time> NextEnd() const;

  // The state that collectors keep, and its restoration: merges silences by identifier; the earlier end
  // counts. Silences whose match this release cannot read are dropped.
  std::vector<v1::StoredSilence> Stored() const;
  std::vector<std::string> ReportedConditions() const { return reported_; }
  void Restore(const v1::NotifierState& stored);

 private:
  struct Record {
    v1::StoredSilence stored;
    MatchConfig match;
    bool announced = false;

    absl::Time Start() const;
    absl::Time End() const;
    bool IsInForce(absl::Time now) const;
  };

  absl::Time Now(const Moment& at) const { return options_.wall_clock ? options_.wall_clock() : at.now; }
  Record* FindFor(const v1::ChangeEvent& event, absl::Time now);
  Record* FindBegun(const std::vector<std::string>& conditions, absl::Time now);
  bool ForgetReported(const std::vector<std::string>& conditions);
  void Remember(const v1::ChangeEvent& event, absl::Time now);
  bool IsHandled(const v1::ChangeEvent& event, const Alert& alert) const;
  StageResult Drop(const v1::ChangeEvent& event, const Alert& alert, Record& record);
  void ReportEnd(Record& record, absl::Time now, HandOn next);
  void RestoreOne(const v1::StoredSilence& stored);
  void EvictOver();

  SilencesOptions options_;
  HandledChanges& handled_;
  std::map<std::string, Record> records_;  // by identifier
  std::vector<std::string> reported_;      // the red conditions, the newest last
  std::string why_;                        // of the last change that was silenced
};

}  // namespace swarmbell
