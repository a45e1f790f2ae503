// Each built-in red rule from its alert to its end: when nothing comes between, over restarts of both
// programs, when it ends while nobody looks, when another notifier takes over, and when the object is
// removed.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <functional>

#include "notifier/config/readers.h"
#include "tests/integration/red_ends_world.h"

namespace swarmbell {
namespace {

using World = RedEndsWorld;
using Act = std::function<void(World&)>;

// Something that happens, and how long it takes until it is reported.
struct Happening {
  Act act;
  absl::Duration time = absl::Minutes(2);
};

struct Row {
  std::string rule;
  Happening begin;
  Happening end;
  std::string end_rule;
  Happening removal;         // of the object, while the alarm is open
  std::string removal_rule;  // empty: the alarm has no object that can be removed
  bool says_so = true;       // the removal's details do not say that the alarm is over
  bool of_notifier = false;  // no collector knows of it
  // How long nothing else comes.
  absl::Duration silence = absl::Minutes(10);
};

Happening Do(Act act, absl::Duration time = absl::Minutes(2)) { return {std::move(act), time}; }

constexpr char kNoNode[] = "no suitable node (insufficient resources on 3 nodes)";

Happening RemoveService() {
  return Do([](World& world) { world.RemoveService(); });
}
Happening RemoveNode() {
  return Do([](World& world) { world.RemoveNode(); });
}
Happening RemoveContainer() {
  return Do([](World& world) { world.RemoveContainer(); });
}

std::vector<Row> NodeRows() {
  const auto set = [](const char* part, const char* field, const char* value) {
    return Do([=](World& world) {
      world.Node(2)[part][field] = value;
      world.Node(2)["Version"]["Index"] = world.Node(2)["Version"]["Index"].get<int>() + 1;
    });
  };
  return {
      {"node-paused", set("Spec", "Availability", "pause"), set("Spec", "Availability", "active"),
       "node-activated", RemoveNode(), "node-disappeared"},
      {"node-down", set("Status", "State", "down"), set("Status", "State", "ready"), "node-ready",
       RemoveNode(), "node-disappeared"},
      {"manager-unreachable", set("ManagerStatus", "Reachability", "unreachable"),
       set("ManagerStatus", "Reachability", "reachable"), "manager-reachable", RemoveNode(),
       "node-disappeared"},
  };
}

void Loop(World& world, const std::string& first) {
  std::string task = first;
  for (int i = 0; i < 4; ++i) {
    const std::string next = "x" + first + std::to_string(i);
    world.FailAndReplace(task, next);
    world.Pass(absl::Seconds(10));
    task = next;
  }
}

std::vector<Row> TaskRows() {
  const auto nothing = [](World&) {};
  const auto one_shot = [](World& world) {
    world.Service()["Spec"]["TaskTemplate"]["RestartPolicy"] = {{"Condition", "none"}};
    world.Service()["Spec"]["Mode"] = {{"Replicated", {{"Replicas", 1}}}};
    world.RemoveTask("t2");
    world.Pass(absl::Minutes(1));
    world.SetTask("t1", "failed");
  };
  const auto run_again = [](World& world) {
    world.Service()["Spec"]["TaskTemplate"]["ForceUpdate"] = 1;
    world.Service()["Version"]["Index"] = 900;
    world.AddTask("t3", "s1", 1, "complete");
    world.SetTask("t3", "complete");
  };
  const auto two_services = [](World& world) {
    for (int i = 0; i < 3; ++i) {
      const std::string now = std::to_string(i);
      const std::string before = std::to_string(i - 1);
      world.FailAndReplace(i == 0 ? "t1" : "tt" + before, "tt" + now, "No such image: shop/web:2");
      world.FailAndReplace(i == 0 ? "u1" : "uu" + before, "uu" + now, "No such image: shop/web:2");
      world.Pass(absl::Seconds(20));
    }
  };
  return {
      {"service-degraded", Do([](World& world) { world.SetTask("t1", "preparing"); }),
       Do([](World& world) { world.SetTask("t1", "running"); }), "service-recovered", RemoveService(),
       "service-disappeared"},
      {"task-unschedulable", Do([](World& world) { world.SetTask("t1", "pending", kNoNode); }),
       Do([](World& world) { world.SetTask("t1", "running"); }), "service-recovered", RemoveService(),
       "service-disappeared"},
      {"job-failed", Do(one_shot), Do(run_again), "job-succeeded", RemoveService(), "service-disappeared"},
      {"task-crash-loop", Do([](World& world) { Loop(world, "t1"); }, absl::Seconds(20)),
       Do(nothing, absl::Minutes(10)), "crash-loop-over", RemoveService(), "service-disappeared"},
      // The other service of the two still fails, and its end is the end of the alarm.
      {"services-failing", Do(two_services, absl::Seconds(20)), Do(nothing, absl::Minutes(10)),
       "services-failing-over", RemoveService(), "service-disappeared"},
  };
}

Happening Complete() {
  return Do([](World& world) {
    world.SetUpdate("updating");
    world.SetUpdate("completed");
  });
}

std::vector<Row> UpdateRows() {
  const auto update = [](World& world) {
    world.Service()["PreviousSpec"] = world.Service()["Spec"];
    world.Service()["Spec"]["TaskTemplate"]["ContainerSpec"]["Image"] = "web:2";
    world.SetUpdate("updating");
    world.SetTask("t1", "shutdown");
    world.Task("t1")["DesiredState"] = "shutdown";
    world.AddTask("new1", "s1", 1, "preparing");
    world.Pass(absl::Seconds(20));
  };
  const auto paused = [=](World& world) {
    update(world);
    world.SetTask("new1", "running");
    world.SetUpdate("paused", "update paused due to failure or early termination of task new1");
  };
  const auto rolled_back = [=](World& world) {
    update(world);
    world.SetTask("new1", "running");
    world.Service()["Spec"] = world.Service()["PreviousSpec"];
    world.Service().erase("PreviousSpec");
    world.SetUpdate("rollback_started", "update rolled back due to failure");
  };
  const auto rollback_paused = [=](World& world) {
    rolled_back(world);
    world.Pass(absl::Seconds(10));
    world.TakePosted();
    world.SetUpdate("rollback_paused", "rollback paused due to failure");
  };
  const auto give_up = [](World& world) {
    world.Service().erase("UpdateStatus");
    world.Service()["Version"]["Index"] = 900;
    world.Service()["UpdatedAt"] = world.Now();
  };
  return {
      {"update-paused", Do(paused), Complete(), "update-completed", RemoveService(), "service-disappeared"},
      // Somebody takes the change back, and no task has to be replaced.
      {"update-paused", Do(paused), Do(give_up), "update-resumed", RemoveService(), "service-disappeared"},
      {"update-rolled-back", Do(rolled_back), Do([](World& world) { world.SetUpdate("rollback_completed"); }),
       "rollback-completed", RemoveService(), "service-disappeared"},
      {"rollback-paused", Do(rollback_paused), Complete(), "update-completed", RemoveService(),
       "service-disappeared"},
      {"update-stalled", Do(update, absl::Minutes(7)),
       Do([](World& world) { world.SetTask("new1", "running"); }), "update-resumed", RemoveService(),
       "service-disappeared", true, false, absl::ZeroDuration()},
      {"update-stalled", Do(update, absl::Minutes(7)), Do([](World& world) {
         world.SetTask("new1", "running");
         world.SetUpdate("completed");
       }),
       "update-completed", RemoveService(), "service-disappeared"},
  };
}

std::vector<Row> ContainerRows() {
  const auto set = [](const char* state, const char* status) {
    return Do([=](World& world) { world.SetContainer(state, status); });
  };
  const auto gives_up = [](World& world) {
    world.SetContainer("restarting", "Restarting (3) 1 second ago");
    world.Pass(absl::Seconds(20));
    world.TakePosted();
    world.SetContainer("exited", "Exited (3) 1 second ago");
  };
  const Happening runs = set("running", "Up About a minute");
  return {
      {"container-restarting", set("restarting", "Restarting (3) 1 second ago"), runs, "container-recovered",
       RemoveContainer(), "container-recovered", false},
      {"container-gave-up", Do(gives_up), runs, "container-recovered", RemoveContainer(),
       "container-recovered", false},
      {"container-unhealthy", set("running", "Up 2 hours (unhealthy)"),
       set("running", "Up 2 hours (healthy)"), "container-recovered", RemoveContainer(),
       "container-recovered", false},
      {"container-dead", set("dead", "Dead"), RemoveContainer(), "container-recovered", {}, ""},
  };
}

std::vector<Row> OwnRows() {
  const auto stale = [](World& world) {
    v1::ChangeEvent event = world.OwnEvent(v1::RESOURCE_KIND_COLLECTOR, "n3");
    event.mutable_observer()->set_node_id("n3");
    event.mutable_collector_stale()->set_error("rpc error");
    world.Tell(event);
  };
  // It was started again, and only its progress says that it reads.
  const auto reads = [](World& world) {
    for (int i = 0; i < 2; ++i) world.SendProgress("n3");
  };
  const auto cut_off = [](World& world) {
    world.outage_.Start("connection refused", world.Both());
    world.Pass(absl::Seconds(70));
    world.Tell(*world.outage_.Check({"c:1"}, world.Both()));
  };
  const auto failing = [](World& world) {
    v1::ChangeEvent event = world.OwnEvent(v1::RESOURCE_KIND_RECEIVER, "ops");
    event.mutable_receiver_failing()->set_receiver("ops");
    *event.mutable_receiver_failing()->mutable_start_time() = event.observe_time();
    world.Tell(event);
  };
  const auto accepts = [](World& world) {
    v1::ChangeEvent event = world.OwnEvent(v1::RESOURCE_KIND_RECEIVER, "ops");
    event.mutable_receiver_recovered()->set_receiver("ops");
    world.Tell(event);
  };
  return {
      {"collector-stale", Do(stale), Do(reads), "collector-recovered", RemoveNode(), "node-disappeared", true,
       true},
      {"feed-disconnected", Do(cut_off), Do([](World& world) { world.FollowFeed(); }), "feed-connected",
       Do([](World& world) { world.RemoveFeed(); }), "feed-connected", false, true},
      // A receiver is removed by who runs the notifier: that needs no message.
      {"receiver-failing", Do(failing), Do(accepts), "receiver-recovered", {}, "", false, true},
  };
}

// These report something that happened, and is not a state that lasts.
const std::set<std::string>& RulesWithoutEnd() {
  static const auto* const rules = new std::set<std::string>{
      "service-disappeared", "node-disappeared", "feed-gap",
      "task-rejected",  // if it goes on, it is a crash loop
  };
  return *rules;
}

std::vector<Row> Rows() {
  std::vector<Row> all;
  for (const auto& rows : {NodeRows(), TaskRows(), UpdateRows(), ContainerRows(), OwnRows()}) {
    all.insert(all.end(), rows.begin(), rows.end());
  }
  return all;
}

// Something that comes between the alert and its end.
struct Between {
  std::string name;
  Act before = [](World&) {};  // before the end happens
  Act after = [](World&) {};   // after it has happened, but before it is read
  bool of_collector = false;
};

std::vector<Between> AllBetween() {
  const Act stop_notifier = [](World& world) { world.StopNotifier(); };
  const Act start_notifier = [](World& world) { world.StartNotifier(); };
  const Act stop_collector = [](World& world) { world.StopCollector(); };
  const auto start_collector = [](bool memory) {
    return [memory](World& world) { world.StartCollector(memory); };
  };
  const auto both = [](Act one, Act other) {
    return [one = std::move(one), other = std::move(other)](World& world) {
      one(world);
      other(world);
    };
  };
  const auto then = [](Act act) {
    return [act = std::move(act)](World& world) {
      act(world);
      world.Pass(absl::Seconds(30));
    };
  };
  return {
      {"nothing"},
      {"the notifier is restarted", then(both(stop_notifier, start_notifier))},
      {"another notifier takes over",
       then(both([](World& world) { world.StopNotifier(true); }, start_notifier))},
      {"the collector is restarted", then(both(stop_collector, start_collector(true))), [](World&) {}, true},
      {"the collector is restarted without Redis", then(both(stop_collector, start_collector(false))),
       [](World&) {}, true},
      {"the notifier, the collector without Redis, and the notifier again are restarted",
       then(both(both(both(stop_notifier, start_notifier), both(stop_collector, start_collector(false))),
                 then(both(stop_notifier, start_notifier)))),
       [](World&) {}, true},
      {"both are restarted",
       then(both(both(stop_notifier, stop_collector), both(start_collector(true), start_notifier))),
       [](World&) {}, true},
      {"the collector is away", then(stop_collector), start_collector(true), true},
      {"the collector is away and has no Redis", then(stop_collector), start_collector(false), true},
      {"both are away", then(both(stop_notifier, stop_collector)),
       both(start_collector(true), start_notifier), true},
  };
}

std::vector<std::string> RulesOf(const std::vector<Posted>& posted) {
  std::vector<std::string> rules;
  rules.reserve(posted.size());
  for (const Posted& one : posted) rules.push_back(one.rule);
  return rules;
}

void Begin(const Row& row, World& world) {
  row.begin.act(world);
  world.Pass(row.begin.time);
  ASSERT_THAT(RulesOf(world.TakePosted()), testing::ElementsAre(row.rule));
}

// The messages that are posted after the end or the removal.
std::vector<Posted> After(const Row& row, const Happening& happening, const Between& between, World& world) {
  between.before(world);
  happening.act(world);
  between.after(world);
  world.Pass(happening.time);
  // None comes later, and none twice.
  world.Pass(row.silence);
  return world.TakePosted();
}

bool Applies(const Row& row, const Between& between) { return !(row.of_notifier && between.of_collector); }

TEST(RedEndsTest, EachRedRuleHasARow) {
  std::set<std::string> rules = RulesWithoutEnd();
  rules.insert("quorum-in-danger");  // its test is TheQuorumIsSafeOnce
  for (const Row& row : Rows()) rules.insert(row.rule);
  for (const RuleConfig& rule : BuiltInRules()) {
    EXPECT_TRUE(rule.color != Color::kRed || rules.contains(rule.name)) << rule.name;
  }
}

TEST(RedEndsTest, TheEndComesOnce) {
  for (const Row& row : Rows()) {
    for (const Between& between : AllBetween()) {
      if (!Applies(row, between)) continue;
      SCOPED_TRACE(row.rule + " until " + row.end_rule + ": " + between.name);
      World world;
      Begin(row, world);
      EXPECT_THAT(RulesOf(After(row, row.end, between, world)), testing::ElementsAre(row.end_rule));
    }
  }
}

TEST(RedEndsTest, TheRemovalEndsTheAlarmWithOneMessage) {
  for (const Row& row : Rows()) {
    for (const Between& between : AllBetween()) {
      if (row.removal_rule.empty() || !Applies(row, between)) continue;
      SCOPED_TRACE(row.rule + ": " + between.name);
      World world;
      Begin(row, world);
      const std::vector<Posted> posted = After(row, row.removal, between, world);
      if (row.rule == "services-failing") {
        EXPECT_THAT(RulesOf(posted), testing::ElementsAre(row.removal_rule, row.end_rule));
      } else {
        EXPECT_THAT(RulesOf(posted), testing::ElementsAre(row.removal_rule));
      }
      if (posted.empty() || !row.says_so) continue;
      EXPECT_EQ(posted[0].event.ended_alarms_size(), 1) << posted[0].event.ShortDebugString();
    }
  }
}

// Each manager that is lost, and comes back, has an alert of its own besides.
TEST(RedEndsTest, TheQuorumIsSafeOnce) {
  const auto set = [](World& world, const char* reachability) {
    for (const int node : {3, 4}) world.Node(node)["ManagerStatus"]["Reachability"] = reachability;
  };
  const auto of_quorum = [](const std::vector<Posted>& posted) {
    std::vector<std::string> rules = RulesOf(posted);
    std::erase_if(rules, [](const std::string& rule) { return !rule.starts_with("quorum"); });
    return rules;
  };
  for (const Between& between : AllBetween()) {
    SCOPED_TRACE(between.name);
    World world;
    set(world, "unreachable");
    world.Pass(absl::Minutes(2));
    ASSERT_THAT(of_quorum(world.TakePosted()), testing::ElementsAre("quorum-in-danger"));
    between.before(world);
    set(world, "reachable");
    between.after(world);
    world.Pass(absl::Minutes(12));
    EXPECT_THAT(of_quorum(world.TakePosted()), testing::ElementsAre("quorum-safe"));
  }
}

// An object that had no alarm, or whose alarm was over, is only removed.
TEST(RedEndsTest, ARemovalWithoutAnAlarmEndsNone) {
  World world;
  world.SetTask("t1", "preparing");
  world.Pass(absl::Minutes(2));
  world.SetTask("t1", "running");
  world.Pass(absl::Minutes(2));
  world.TakePosted();
  world.RemoveService();
  world.RemoveNode();
  world.Pass(absl::Minutes(2));
  const std::vector<Posted> posted = world.TakePosted();
  ASSERT_THAT(RulesOf(posted), testing::UnorderedElementsAre("service-disappeared", "node-disappeared"));
  for (const Posted& one : posted) EXPECT_EQ(one.event.ended_alarms_size(), 0);
}

// The usual way to get rid of a manager that is lost.
TEST(RedEndsTest, AManagerThatBecomesAWorkerIsNotUnreachableAnyLonger) {
  World world;
  world.Node(2)["ManagerStatus"]["Reachability"] = "unreachable";
  world.Pass(absl::Minutes(2));
  ASSERT_THAT(RulesOf(world.TakePosted()), testing::ElementsAre("manager-unreachable"));
  world.Node(2)["Spec"]["Role"] = "worker";
  world.Node(2).erase("ManagerStatus");
  world.Node(2)["Version"]["Index"] = 90;
  world.Pass(absl::Minutes(2));
  const std::vector<Posted> posted = world.TakeAllPosted();
  ASSERT_THAT(RulesOf(posted), testing::ElementsAre("node-role-changed"));
  ASSERT_EQ(posted[0].event.ended_alarms_size(), 1);
  EXPECT_EQ(posted[0].event.ended_alarms(0).change(), "node_reachability_changed");
  world.RemoveNode();
  world.Pass(absl::Minutes(2));
  const std::vector<Posted> removed = world.TakePosted();
  ASSERT_THAT(RulesOf(removed), testing::ElementsAre("node-disappeared"));
  EXPECT_EQ(removed[0].event.ended_alarms_size(), 0);
}

}  // namespace
}  // namespace swarmbell
