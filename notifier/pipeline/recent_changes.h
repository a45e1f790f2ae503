#pragma once

#include <cstddef>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "absl/time/time.h"
#include "common/lru/lru_map.h"
#include "notifier/alert/alert_group.h"
#include "notifier/pipeline/stage.h"

namespace swarmbell {

// Remembers changes that may explain later alerts (see MayExplain), for the cards of red messages. Passes
// every change on as it is.
//
// Bounded in number and bytes: evicts the oldest changes of a swarm, and the swarm that was used longest ago.
// Not thread-safe.
class RecentChanges : public Stage {
 public:
  struct Limits {
    std::size_t changes = 1000;                       // of each swarm
    std::size_t bytes = std::size_t{512} << 10;       // of each swarm, as the changes are sent
    std::size_t bytes_of_all = std::size_t{8} << 20;  // of all swarms
  };

  RecentChanges() : RecentChanges(Limits()) {}
  explicit RecentChanges(Limits limits) : limits_(limits) {}

  std::string_view Name() const override { return "recent-changes"; }
  StageResult Pass(const PassingChange& change, const Moment& at, HandOn next) override;

  // Remembers a change if it may explain an alert. The order does not matter, and a change that is known,
  // also from another collector, is not remembered twice.
  void Remember(const v1::ChangeEvent& event);

  // The changes of the same service, its stack or its nodes in the time kExplains before the red alerts: of
  // more than three the closest and latest. Nearest in time first. Linear in the changes of the swarm.
  std::vector<EarlierChange> Before(const AlertGroup& group);

 private:
  struct Known {
    v1::ChangeEvent event;
    std::size_t bytes = 0;
  };
  struct Swarm {
    std::multimap<absl::Time, Known> changes;  // by the time when they happened
    std::set<std::string> ids;
    std::size_t bytes = 0;
  };

  void EvictOldest(Swarm& swarm);

  const Limits limits_;
  LruMap<std::string, Swarm> swarms_;  // by the cluster's identifier
  std::size_t bytes_ = 0;
};

}  // namespace swarmbell
