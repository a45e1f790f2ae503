#include "collector/poll/swarm_reader.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "collector/poll/status_board.h"
#include "tests/fakes/fake_clock.h"

namespace swarmbell {
namespace {

using testing::ElementsAre;

// An engine of services with tasks, each named after its service, that takes its time.
class SlowEngine final : public EngineClient {
 public:
  explicit SlowEngine(FakeClock& clock) : clock_(clock) {}

  absl::StatusOr<EngineAnswer> Get(const EngineQuery& query, OnBody on_body, std::stop_token) override {
    const bool part = !query.service_ids.empty();
    asked.push_back(absl::StrCat(std::string(EndpointPath(query.endpoint)), part ? " " : "",
                                 absl::StrJoin(query.service_ids, " ")));
    if (query.endpoint != Endpoint::kNodes && !part) clock_.Advance(all_takes);
    if (part) clock_.Advance(part_takes);
    if (part && part_fails) return absl::UnavailableError("no parts today");
    if (query.endpoint == Endpoint::kServices && !part && all_fail) return absl::UnavailableError("no list");
    if (query.endpoint == Endpoint::kNodes && nodes_fail) return absl::UnavailableError("no leader");
    std::vector<std::string> objects;
    if (query.endpoint == Endpoint::kNodes) objects.push_back(Object("node", node_version, ""));
    for (const auto& [id, version] : services) {
      const auto& ids = query.service_ids;
      if (query.endpoint == Endpoint::kNodes || (part && std::count(ids.begin(), ids.end(), id) == 0))
        continue;
      const bool tasks = query.endpoint == Endpoint::kTasks;
      objects.push_back(
          Object(tasks ? absl::StrCat(id, ".1") : id, tasks ? version + moved[id] : version, id));
    }
    for (const std::string& id : query.service_ids) {
      if (query.endpoint == Endpoint::kTasks && !services.contains(id))
        return absl::NotFoundError("service gone");
    }
    if (absl::Status status = on_body(absl::StrCat("[", absl::StrJoin(objects, ","), "]")); !status.ok()) {
      return status;
    }
    return EngineAnswer{0, server};
  }
  absl::Status FollowEvents(absl::FunctionRef<void(std::string_view)>, std::stop_token) override {
    return absl::UnimplementedError("");
  }
  EngineVersion Version() const override { return {}; }

  std::map<std::string, int> services;
  std::map<std::string, int> moved;  // how often tasks changed and their service did not
  std::map<std::string, std::string> images;
  std::map<std::string, std::string> updates;  // when one began
  int node_version = 1;
  std::string server = "Docker/20.10";
  bool part_fails = false;
  bool nodes_fail = false;
  bool all_fail = false;
  absl::Duration all_takes = absl::Milliseconds(100);
  absl::Duration part_takes = absl::Milliseconds(1);
  std::vector<std::string> asked;

 private:
  std::string Object(const std::string& id, int version, const std::string& service_id) {
    const std::string update =
        updates.contains(id)
            ? absl::StrCat(R"(,"UpdateStatus":{"State":"completed","StartedAt":")", updates[id], R"("})")
            : "";
    return absl::StrCat(R"({"ID":")", id, R"(","Version":{"Index":)", version, R"(},"ServiceID":")",
                        service_id, R"(","Spec":{"Name":")", id,
                        R"(","TaskTemplate":{"ContainerSpec":{"Image":")", images[id],
                        R"("}}},"Status":{"State":"running"})", update, "}");
  }

  FakeClock& clock_;
};

class SwarmReaderTest : public testing::Test {
 protected:
  SwarmReaderTest() {
    DeclarePollMetrics(metrics_);
    for (const char* id : {"a", "b", "c"}) engine_.services[id] = 1;
    // Twice, since one slow read is not believed.
    Timed();
    clock_.Advance(absl::Minutes(5));
    Timed();
    clock_.Advance(absl::Minutes(1));  // no service is active any longer
  }

  Snapshot Read(const ReadOrder& order) {
    engine_.asked.clear();
    return reader_.Read(order, known_, {});
  }
  Snapshot Timed() {
    return Read({.timed = true, .events_followed = true, .everything = false, .services = {}});
  }
  Snapshot Woken(const ServiceIds& ids) {
    return Read({.timed = false, .events_followed = true, .everything = false, .services = ids});
  }

  FakeClock clock_;
  SlowEngine engine_{clock_};
  Metrics metrics_;
  StatusBoard board_{clock_.Now(),          {absl::Seconds(30), absl::Seconds(30)}, "me", true, metrics_,
                     [](v1::ChangeEvent) {}};
  SnapshotReader snapshot_{MaskOptions()};
  PollOptions options_;
  Known known_;
  SwarmReader reader_{engine_, clock_, board_, snapshot_, options_};
};

// 100 ms at 5 %, of which events leave a sixtieth to services and a fifteenth to tasks.
TEST_F(SwarmReaderTest, WithEventsFullReadsAreRareAndRarestForServices) {
  std::map<std::string, int> asked;
  const absl::Time start = clock_.Now();
  while (clock_.Now() - start < absl::Minutes(10)) {
    Timed();
    for (const std::string& list : engine_.asked) ++asked[list];
    EXPECT_TRUE(std::count(engine_.asked.begin(), engine_.asked.end(), "/nodes"));
    clock_.Advance(options_.interval);
  }
  EXPECT_THAT(asked["/services"], testing::AllOf(testing::Ge(5), testing::Le(7)));
  EXPECT_THAT(asked["/tasks"], testing::AllOf(testing::Ge(19), testing::Le(22)));
}

TEST_F(SwarmReaderTest, AServiceThatAnEventNamesIsReadAtOnceAndAlone) {
  const Snapshot before = Timed();
  engine_.services["b"] = 2;
  const Snapshot after = Woken({"b"});
  EXPECT_THAT(engine_.asked, ElementsAre("/services b", "/nodes", "/tasks b"));
  EXPECT_EQ(after.services->size(), 3u);
  EXPECT_EQ(after.services->at("b")->version, 2u);
  EXPECT_EQ(after.tasks->at("b.1")->version, 2u);
  EXPECT_EQ(after.services->at("a"), before.services->at("a"));
}

TEST_F(SwarmReaderTest, AServiceThatIsGoneGoes) {
  Timed();
  engine_.services.erase("b");
  const Snapshot after = Woken({"b"});
  EXPECT_THAT(engine_.asked, ElementsAre("/services b", "/nodes"));
  EXPECT_FALSE(after.services->contains("b"));
  EXPECT_EQ(after.services->size(), 2u);
}

TEST_F(SwarmReaderTest, AServiceThatIsNewComes) {
  Timed();
  engine_.services["aa"] = 1;
  const Snapshot after = Woken({"aa"});
  EXPECT_TRUE(after.services->contains("aa"));
  EXPECT_TRUE(after.tasks->contains("aa.1"));
}

TEST_F(SwarmReaderTest, AChangedServiceIsActiveForAMinute) {
  Timed();
  engine_.services["c"] = 2;
  Woken({"c"});
  for (int i = 0; i < 6; ++i) {
    clock_.Advance(absl::Seconds(9));
    Timed();
    EXPECT_THAT(engine_.asked, testing::Contains(testing::AnyOf("/tasks c", "/tasks"))) << i;
  }
  clock_.Advance(absl::Seconds(9));
  Timed();
  EXPECT_THAT(engine_.asked, testing::Not(testing::Contains("/tasks c")));
}

TEST_F(SwarmReaderTest, AWakeDoesNotReadAgainWhatChangedBefore) {
  Timed();
  Woken({"c"});
  Woken({"a"});
  EXPECT_THAT(engine_.asked, ElementsAre("/services a", "/nodes", "/tasks a"));
}

TEST_F(SwarmReaderTest, AServiceThatLacksTasksIsActiveUnlessItAlwaysDid) {
  Timed();
  known_.shortages["a"].reported = true;
  known_.shortages["b"].running_at_baseline = 0;
  known_.shortages["c"] = {};
  clock_.Advance(absl::Seconds(1));
  Timed();
  EXPECT_THAT(engine_.asked, testing::Contains("/tasks a c"));
}

TEST_F(SwarmReaderTest, APartThatFailsIsReadWhole) {
  const Snapshot before = Timed();
  engine_.services["b"] = 2;
  engine_.part_fails = true;
  const Snapshot after = Woken({"b"});
  EXPECT_TRUE(after.services->IsSame(*before.services));
  EXPECT_LE(reader_.MaxWait(true), absl::Seconds(2));
  clock_.Advance(absl::Seconds(2));
  EXPECT_EQ(Woken({}).services->at("b")->version, 2u);
  EXPECT_THAT(engine_.asked, testing::Contains("/services"));
}

// Their turn comes when the engine's share allows, however long that takes.
TEST_F(SwarmReaderTest, ListsThatWaitForTheirTurnAfterAPartFailedAreNotStale) {
  engine_.all_takes = absl::Seconds(5);
  for (int i = 0; i < 3; ++i) {
    clock_.Advance(absl::Minutes(10));
    Timed();
  }
  engine_.part_fails = true;
  for (int i = 0; i < 8; ++i) {
    clock_.Advance(options_.interval);
    Woken({"b"});
    board_.Succeeded(Endpoint::kContainers, 0, clock_.Now());
    const auto stale = board_.CheckStale(clock_.Now(), StatusBoard::Look::kFailuresAndSilence);
    EXPECT_FALSE(stale) << i << " " << stale->ShortDebugString();
  }
}

TEST_F(SwarmReaderTest, PartsThatFailDoNotHideThatTheWholeCannotBeRead) {
  Timed();
  const absl::Time known = clock_.Now();
  engine_.all_fail = engine_.part_fails = true;
  Read({.timed = false, .events_followed = true, .everything = true, .services = {}});
  clock_.Advance(absl::Seconds(5));
  Read({.timed = true, .events_followed = true, .everything = true, .services = {}});
  while (clock_.Now() - known < absl::Seconds(50) && !board_.Status().stale) {
    clock_.Advance(absl::Seconds(5));
    Woken({"b"});
  }
  EXPECT_TRUE(board_.Status().stale);
  EXPECT_LE(clock_.Now() - known, absl::Seconds(36));
}

TEST_F(SwarmReaderTest, AnotherEnginesPartIsNotMixedIn) {
  const Snapshot before = Timed();
  engine_.services["b"] = 2;
  engine_.server = "Docker/29.0";
  const Snapshot mixed = Woken({"b"});
  EXPECT_TRUE(mixed.services->IsSame(*before.services));
  EXPECT_EQ(mixed.server, "Docker/20.10");
  clock_.Advance(absl::Seconds(2));
  EXPECT_EQ(Woken({}).server, "Docker/29.0");
}

TEST_F(SwarmReaderTest, ASpecIsNotTakenWithoutTheUpdateThatItStarts) {
  Timed();
  engine_.services["b"] = 2;
  engine_.images["b"] = "web:2";
  std::jthread engine([this] {
    ASSERT_TRUE(clock_.WaitForSleeper(absl::Milliseconds(10)));
    clock_.Advance(absl::Milliseconds(10));
    ASSERT_TRUE(clock_.WaitForSleeper(absl::Milliseconds(20)));
    engine_.services["b"] = 3;
    engine_.updates["b"] = "2026-01-02T03:04:05Z";
    clock_.Advance(absl::Milliseconds(20));
  });
  const Snapshot after = Woken({"b"});
  EXPECT_EQ(after.services->at("b")->version, 3u);
  EXPECT_TRUE(after.services->at("b")->update_status);
}

TEST_F(SwarmReaderTest, ANodeThatChangesLetsAllTasksBeRead) {
  Timed();
  clock_.Advance(absl::Seconds(10));
  engine_.node_version = 2;
  Woken({});
  EXPECT_THAT(engine_.asked, ElementsAre("/nodes", "/tasks"));
}

TEST_F(SwarmReaderTest, ASpecThatStartsNoUpdateIsNotWaitedForForEver) {
  Timed();
  engine_.services["b"] = 2;
  engine_.images["b"] = "web:2";
  std::jthread engine([this] {
    for (absl::Duration wait = absl::Milliseconds(10); wait < absl::Milliseconds(300); wait *= 2) {
      ASSERT_TRUE(clock_.WaitForSleeper(wait));
      clock_.Advance(wait);
    }
  });
  EXPECT_EQ(Woken({"b"}).services->at("b")->version, 2u);
}

TEST_F(SwarmReaderTest, TasksThatMoveAfterTheirNodeChangedAreSeen) {
  engine_.all_takes = absl::Seconds(1);
  Timed();
  clock_.Advance(absl::Minutes(6));
  Timed();
  clock_.Advance(absl::Minutes(6));
  engine_.node_version = 2;
  Woken({});
  engine_.moved["b"] = 1;
  Snapshot seen;
  for (int i = 0; i < 4; ++i) {
    clock_.Advance(options_.interval);
    seen = Timed();
  }
  EXPECT_EQ(seen.tasks->at("b.1")->version, 2u);
}

TEST_F(SwarmReaderTest, AfterNodesCouldNotBeReadEverythingIs) {
  Timed();
  engine_.nodes_fail = true;
  clock_.Advance(options_.interval);
  Timed();
  engine_.nodes_fail = false;
  engine_.services["b"] = 2;
  reader_.RetryNow();
  Woken({});
  clock_.Advance(options_.interval);
  const Snapshot after = Woken({});
  EXPECT_EQ(after.services->at("b")->version, 2u);
  EXPECT_EQ(after.tasks->at("b.1")->version, 2u);
}

TEST_F(SwarmReaderTest, LacksThatLastDoNotKeepTheEngineBusy) {
  for (int i = 0; i < 60; ++i) {
    const std::string id = absl::StrCat("s", i);
    engine_.services[id] = 1;
    known_.shortages[id].reported = true;
  }
  clock_.Advance(absl::Minutes(5));
  Timed();
  clock_.Advance(absl::Minutes(2));
  std::size_t full = 0;
  for (int i = 0; i < 60; ++i) {
    clock_.Advance(options_.interval);
    Timed();
    full += static_cast<std::size_t>(std::count(engine_.asked.begin(), engine_.asked.end(), "/tasks"));
  }
  EXPECT_LE(full, 31u);
}

TEST_F(SwarmReaderTest, ManyServicesAreReadWholeAsSoonAsTheShareAllows) {
  Timed();
  ServiceIds many;
  for (std::size_t i = 0; i <= kMostServicesInPart; ++i) many.insert(absl::StrCat("s", i));
  Woken(many);
  EXPECT_THAT(engine_.asked, ElementsAre("/nodes"));
  EXPECT_LE(reader_.MaxWait(true), absl::Seconds(2));
  clock_.Advance(absl::Seconds(2));
  Woken({});
  EXPECT_THAT(engine_.asked, testing::Contains("/services"));
}

TEST_F(SwarmReaderTest, PartsHaveARestToo) {
  Timed();
  engine_.part_takes = absl::Milliseconds(3);
  Woken({"a"});
  EXPECT_EQ(reader_.MinWait(), absl::Milliseconds(6) / options_.EngineShare());
}

}  // namespace

}  // namespace swarmbell
