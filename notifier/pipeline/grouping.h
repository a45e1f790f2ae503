#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <list>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/time/time.h"
#include "notifier/alert/alert_group.h"
#include "notifier/config/notifier_config.h"
#include "notifier/feed/receipt.h"
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

// The rules: the alert that a change makes, if any.
using Evaluate = std::function<std::optional<Alert>(const v1::ChangeEvent& event, absl::Time now)>;

// The mark in `handled` of a receiver that has finished a change.
std::string HandledMark(const std::string& event_id, const std::string& receiver);

// Asks the rules, with their labels and mutes, and hands on one alert for each receiver that does not have it
// yet, also from the process before.
class Routing : public Stage {
 public:
  // `handled` must outlive the stage and every receipt that it makes.
  Routing(Evaluate evaluate, Handled& handled) : evaluate_(std::move(evaluate)), handled_(handled) {}

  std::string_view Name() const override { return "rules"; }
  StageResult Pass(const PassingChange& change, const Moment& at, HandOn next) override;

 private:
  Evaluate evaluate_;
  Handled& handled_;
};

// The last stage. Gathers the alerts of each receiver into messages: those of one subject (see SubjectOf)
// that come within the window, or in one read when the window is 0, and a service that disappeared with the
// one of its name that appeared in the same read.
//
// A message is due one window after its first alert. While several are open for a receiver, something larger
// is going on (a stack is deployed, a node is lost): they are due together, once no other object has changed
// for a moment or `digest_wait` has gone by since the first, so that they can become one digest. A window of
// 0 waits for nothing.
//
// Pure.
class Grouper : public Stage {
 public:
  explicit Grouper(GroupingConfig config) : config_(config) {}

  // Other times from now on; messages that are open are due when they were.
  void Configure(GroupingConfig config) { config_ = config; }

  std::string_view Name() const override { return "grouping"; }
  StageResult Pass(const PassingChange& change, const Moment& at, HandOn next) override;
  std::optional<absl::Time> NextDeadline() const override;
  void MarkLost() override;

  // `read` identifies the read of the engine that found the change.
  void Add(const Alert& alert, const std::shared_ptr<Receipt>& receipt, std::uint64_t read, absl::Time now);

  // The read has no more changes.
  void EndRead(std::uint64_t read, absl::Time now);

  // The messages that are due, in the order in which they were opened for each receiver.
  std::vector<OutgoingGroup> TakeDue(absl::Time now);

  std::vector<OutgoingGroup> TakeAll();

 private:
  struct Open {
    OutgoingGroup message;
    std::set<std::string> subjects;
    std::string replacement;
    std::uint64_t read = 0;
    absl::Time due;
  };
  struct Receiver {
    std::list<Open> open;  // in the order opened
    absl::Time burst_began;
    absl::Time last_opened;
    std::map<std::string, std::list<Open>::iterator> by_subject;
    std::map<std::string, std::list<Open>::iterator> by_replacement;
  };

  Open& Find(Receiver& receiver, const Alert& alert, std::uint64_t read, absl::Time now) const;
  OutgoingGroup Close(Receiver& receiver, std::list<Open>::iterator open);
  absl::Time DueTogether(const Receiver& receiver) const;

  GroupingConfig config_;
  std::map<std::string, Receiver> receivers_;
  std::size_t waiting_ = 0;  // alerts in open messages
};

}  // namespace swarmbell
