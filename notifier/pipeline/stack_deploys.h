#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "notifier/config/notifier_config.h"
#include "notifier/pipeline/stage.h"
#include "swarmbell/v1/notifier_state.pb.h"

namespace swarmbell {

// Makes one story of a deploy of a stack: a message when it starts, and one when the last of its updates has
// ended. A change that begins it passes at once, and the Grouper joins them. The ends of updates wait until
// no update of the stack goes on; a service whose change begins after the first message waits with them.
//
// Nothing else waits: a failure passes at once, and an update that stalls or stops delays the others no
// longer. A deploy is over `stack_wait` after its start: later ends pass by themselves.
//
// Docker removes the networks of a stack when its last task has ended. They are no news of their own then.
//
// The receipts of changes that wait are released: the changes are a part of the notifier's state, and are its
// own when they pass. When they become too many for the state, they pass early.
//
// Pure.
class StackDeploys : public Stage {
 public:
  // How long no service of the stack must have begun to change before the last message, as `docker stack
  // deploy` updates one service after the other.
  static constexpr absl::Duration kEndCalm = absl::Seconds(5);
  // A change that begins this long after the last one that began is of another deploy, and passes at once.
  static constexpr absl::Duration kSameDeploy = absl::Seconds(30);
  // How long after the removal of a service what else is removed of its stack goes without saying.
  static constexpr absl::Duration kLeftovers = absl::Minutes(2);
  // The size of all changes that wait.
  static constexpr std::size_t kMostBytes = std::size_t{100} << 10;

  // `keeps_state`: changes that wait survive the end of the process.
  StackDeploys(GroupingConfig config, bool keeps_state) : config_(config), keeps_state_(keeps_state) {}
  void Configure(GroupingConfig config) { config_ = config; }

  std::string_view Name() const override { return "stack-deploys"; }
  StageResult Pass(const PassingChange& change, const Moment& at, HandOn next) override;
  void Tick(const Moment& at, HandOn next) override;
  void Flush(const Moment& at, HandOn next) override;
  std::optional<absl::Time> NextDeadline() const override;

  // The deploys that go on, and their restoration after a restart. A known deploy stays unchanged.
  std::vector<v1::StackDeploy> Open() const;
  void Restore(const v1::StackDeploy& deploy, absl::Time now);

  // The changes that wait; after a restart they must pass the stage again.
  std::vector<v1::ChangeEvent> Waiting() const;

 private:
  struct Deploy {
    v1::StackDeploy kept;  // all but the time
    absl::Time start;
    absl::Time last_begin;        // when the last change came that begins
    absl::Time message_start;     // of the message about what begins
    absl::Time message_until;     // until then changes join it
    std::set<std::string> shown;  // services in it
    std::vector<v1::ChangeEvent> waiting;
  };

  using Deploys = std::map<std::string, Deploy>;  // by story, as StackKeyOf makes it

  bool IsLeftover(const v1::ChangeEvent& event, const std::string& key, absl::Time now);
  Deploy& Begin(const v1::ChangeEvent& event, absl::Time now);
  void OpenMessage(Deploy& deploy, absl::Time now) const;
  StageResult Wait(Deploy& deploy, const v1::ChangeEvent& event);
  absl::Time DueOf(const Deploy& deploy) const;
  void PassWaiting(Deploys::value_type& deploy, HandOn next);

  GroupingConfig config_;
  bool keeps_state_;
  Deploys deploys_;
  std::map<std::string, absl::Time> removed_;  // when a service of the stack was removed last; likewise
  std::size_t waiting_bytes_ = 0;
};

}  // namespace swarmbell
