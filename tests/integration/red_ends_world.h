#pragma once

#include <deque>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "notifier/feed/feed_events.h"
#include "notifier/feed/receipt.h"
#include "notifier/pipeline/pipeline.h"
#include "notifier/rules/rule_set.h"
#include "tests/collector/diff/swarm_fixture.h"

namespace swarmbell {

// An alert that was posted.
struct Posted {
  std::string rule;
  Color color = Color::kBlue;
  v1::ChangeEvent event;
};

// A made-up swarm, a collector that compares its readings, and a notifier with the built-in rules: everything
// between the engine's answers and the chat that is pure. Both can be restarted at any time. The log between
// them is kept, as with Redis or in another collector, unless the collector loses its memory.
class RedEndsWorld : public SwarmFixture {
 public:
  RedEndsWorld();

  // The swarm goes on for this long, and is read every 10 seconds by a collector that runs.
  void Pass(absl::Duration time);

  // The notifier ends; what the collector finds meanwhile waits in its log. The next one continues from what
  // collectors store of the one before. A takeover is the same, but the notifier before is asked to stop.
  void StopNotifier(bool hand_over = false);
  void StartNotifier();

  // Nothing is read while the collector is away. With a memory it has all that it knew in Redis; without, it
  // begins with a new log, and the notifier brings its open alarms.
  void StopCollector();
  void StartCollector(bool with_memory);

  // A change that the notifier makes itself.
  void Tell(v1::ChangeEvent event);
  // The feed of the collector "c:1" follows it, or is no longer there.
  void FollowFeed();
  void RemoveFeed();
  // The collector of that node has read the swarm now.
  void SendProgress(const std::string& node);

  // The alerts that were posted since the last call, without those of other colours than red and green.
  std::vector<Posted> TakePosted();
  std::vector<Posted> TakeAllPosted() { return std::exchange(posted_, {}); }

  // The time now, as the engine writes it.
  std::string Now() const;
  Instant Both() const { return {now_, MonotonicTime(now_ - absl::UnixEpoch())}; }

  Json& Service(int index = 0) { return services_[static_cast<std::size_t>(index)]; }
  Json& Node(int index) { return nodes_[static_cast<std::size_t>(index)]; }
  Json& Task(const std::string& id);
  Json& AddTask(const std::string& id, const std::string& service, int slot, const std::string& state);
  void SetTask(const std::string& id, const std::string& state, const std::string& error = "");
  void RemoveTask(const std::string& id);
  // Ends the task and puts another one in its place; a failed one has run.
  void FailAndReplace(const std::string& id, const std::string& next, const std::string& error = "");
  void SetUpdate(const std::string& state, const std::string& message = "");
  void SetContainer(const std::string& state, const std::string& status);
  void RemoveService();
  void RemoveNode();  // host3
  void RemoveContainer() { containers_ = Json::array(); }
  v1::ChangeEvent OwnEvent(v1::ResourceKind kind, const std::string& id) const;

  Outage outage_{absl::Seconds(60)};
  std::optional<StaleCollectors> stale_;  // of the notifier's feeds

 private:
  void TestBody() override {}
  void Deliver(FeedBatch batch);
  void Post(std::vector<OutgoingGroup> groups);
  void ReadOnce();
  void Flush();

  RuleSet rules_;
  std::unique_ptr<HandledChanges> handled_;
  std::unique_ptr<Pipeline> pipeline_;  // null while no notifier runs
  std::string stored_state_;            // with the subscription
  std::vector<std::string> stored_marks_;
  std::deque<Events> log_;  // what no notifier has received
  std::vector<Posted> posted_;
  bool collector_runs_ = true;
  bool recollects_ = false;  // the next reading is the first of a collector without a memory
  std::vector<v1::ChangeEvent> to_adopt_;
  absl::Time known_until_;
  std::uint64_t version_ = 100;
};

}  // namespace swarmbell
