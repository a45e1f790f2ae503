#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "notifier/pipeline/stage.h"
#include "swarmbell/v1/notifier_state.pb.h"

namespace swarmbell {

// Makes one story of a node that goes down and of what it takes along: the services that ran on it and lack
// tasks. A failure passes at once, and the Grouper joins those that come together. When the node is back,
// that waits until these services run all their tasks again, for `kWholeAgain` at most, so that both are one
// message. A manager is missed by the other managers some seconds before the swarm says that it is down:
// that waits for `kGoesDown`, and the return for its reachability. A quorum that this puts in danger, or that
// is safe again with it, is a part of the same story.
//
// Pure.
class NodeLosses : public Stage {
 public:
  static constexpr absl::Duration kWholeAgain = absl::Seconds(30);
  // A node is down once it has missed three heartbeats, of five seconds each.
  static constexpr absl::Duration kGoesDown = absl::Seconds(20);
  // How long after it a failure counts as caused by it.
  static constexpr absl::Duration kTakesAlong = absl::Minutes(5);

  std::string_view Name() const override { return "node-losses"; }
  StageResult Pass(const PassingChange& change, const Moment& at, HandOn next) override;
  void Tick(const Moment& at, HandOn next) override;
  void Flush(const Moment& at, HandOn next) override;
  std::optional<absl::Time> NextDeadline() const override;
  void MarkLost() override;

  // The nodes that are down, and their restoration after a restart. A known node stays unchanged.
  std::vector<v1::NodeLoss> Open() const;
  void Restore(const v1::NodeLoss& loss);

 private:
  struct Waiting {
    v1::ChangeEvent event;
    std::shared_ptr<Receipt> hold;
  };
  struct Loss {
    v1::NodeLoss kept;              // all but the services that lack tasks
    std::set<std::string> lacking;  // identifiers of services
    std::vector<Waiting> waiting;   // the node is back, and services that recovered since
    absl::Time due = absl::InfiniteFuture();
    absl::Time since = absl::InfiniteFuture();  // unknown after a restart

    bool IsWhole() const { return lacking.empty() && !kept.unreachable(); }
    bool IsOf(const v1::ChangeEvent& event, const std::string& service_name, absl::Time now) const;
  };
  using Losses = std::map<std::string, Loss>;  // by story
  struct Missed {
    std::vector<Waiting> waiting;  // that it is unreachable, and maybe a quorum in danger
    absl::Time due;
  };
  using MissedManagers = std::map<std::string, Missed>;  // by story

  StageResult PassNode(const PassingChange& change, absl::Time now, HandOn next);
  StageResult PassReachability(const PassingChange& change, const Moment& at, HandOn next);
  StageResult PassQuorum(const PassingChange& change, const Moment& at, HandOn next);
  StageResult PassShortage(const PassingChange& change, const v1::TaskSummary& task, absl::Time now,
                           HandOn next);
  StageResult PassWhole(const PassingChange& change, HandOn next);
  void ReleaseMissed(const std::string& story, HandOn next);
  static void Release(Losses::value_type& loss, HandOn next);

  Losses losses_;
  MissedManagers missed_;  // unreachable, and not down yet
  std::string latest_;     // the last story of a manager whose reachability changed, found by `latest_read_`
  std::uint64_t latest_read_ = 0;
};

}  // namespace swarmbell
