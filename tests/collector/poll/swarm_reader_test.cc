#include "collector/poll/swarm_reader.h"

#include <gmock/gmock.h>

#include <map>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "collector/changelog/memory_change_log.h"
#include "collector/poll/poll_metrics.h"
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
    std::vector<std::string> objects;
    if (query.endpoint == Endpoint::kNodes) objects.push_back(Object("node", node_version, ""));
    for (const auto& [id, version] : services) {
      const auto& ids = query.service_ids;
      if (query.endpoint == Endpoint::kNodes || (part && std::count(ids.begin(), ids.end(), id) == 0))
        continue;
      const bool tasks = query.endpoint == Endpoint::kTasks;
      objects.push_back(Object(tasks ? absl::StrCat(id, ".1") : id, version, id));
    }
    for (const std::string& id : query.service_ids) {
      if (query.endpoint == Endpoint::kTasks && !services.contains(id))
        return absl::NotFoundError("service gone");
    }
    if (absl::Status status = on_body(absl::StrCat("[", absl::StrJoin(objects, ","), "]")); !status.ok()) {
      return status;
    }
    return EngineAnswer();
  }
  absl::Status FollowEvents(absl::FunctionRef<void(std::string_view)>, std::stop_token) override {
    return absl::UnimplementedError("");
  }
  EngineVersion Version() const override { return {}; }

  std::map<std::string, int> services;
  int node_version = 1;
  absl::Duration all_takes = absl::Milliseconds(100);
  absl::Duration part_takes = absl::Milliseconds(1);
  std::vector<std::string> asked;

 private:
  static std::string Object(const std::string& id, int version, const std::string& service_id) {
    return absl::StrCat(R"({"ID":")", id, R"(","Version":{"Index":)", version, R"(},"ServiceID":")",
                        service_id, R"(","Spec":{"Name":")", id, R"("},"Status":{"State":"running"}})");
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
    clock_.Advance(absl::Minutes(1));  // nothing is stirred from the beginning
  }

  Snapshot Read(const ReadOrder& order) {
    engine_.asked.clear();
    return reader_.Read(order, known_, {});
  }
  Snapshot Timed() {
    return Read({.timed = true, .events_followed = true, .everything = false, .services = {}});
  }
  Snapshot Told(const ServiceIds& ids) {
    return Read({.timed = false, .events_followed = true, .everything = false, .services = ids});
  }

  FakeClock clock_;
  SlowEngine engine_{clock_};
  Metrics metrics_;
  StatusBoard board_{clock_.Now(), absl::Seconds(30), "me", metrics_};
  MemoryChangeLog log_;
  NoStateStore store_;
  ChangeSink sink_{log_, store_, metrics_};
  SnapshotReader snapshot_{MaskOptions()};
  PollOptions options_;
  Known known_;
  SwarmReader reader_{{engine_, clock_, metrics_, board_, sink_, store_}, snapshot_, options_};
};

// 100 ms at a fifteenth of 5 %.
TEST_F(SwarmReaderTest, WhileEventsTellFullReadsAreRare) {
  std::size_t full = 0;
  const absl::Time start = clock_.Now();
  while (clock_.Now() - start < absl::Minutes(10)) {
    Timed();
    full += static_cast<std::size_t>(std::count(engine_.asked.begin(), engine_.asked.end(), "/services"));
    EXPECT_TRUE(std::count(engine_.asked.begin(), engine_.asked.end(), "/nodes"));
    clock_.Advance(options_.interval);
  }
  EXPECT_GE(full, 14u);
  EXPECT_LE(full, 20u);
}

TEST_F(SwarmReaderTest, WhatEventsNameIsReadAtOnceAndAlone) {
  const Snapshot before = Timed();
  engine_.services["b"] = 2;
  const Snapshot after = Told({"b"});
  EXPECT_THAT(engine_.asked, ElementsAre("/services b", "/nodes", "/tasks b"));
  EXPECT_EQ(after.services->size(), 3u);
  EXPECT_EQ(after.services->at("b")->version, 2u);
  EXPECT_EQ(after.tasks->at("b.1")->version, 2u);
  EXPECT_EQ(after.services->at("a"), before.services->at("a"));
}

TEST_F(SwarmReaderTest, AServiceThatIsGoneGoes) {
  Timed();
  engine_.services.erase("b");
  const Snapshot after = Told({"b"});
  EXPECT_THAT(engine_.asked, ElementsAre("/services b", "/nodes"));
  EXPECT_FALSE(after.services->contains("b"));
  EXPECT_EQ(after.services->size(), 2u);
}

TEST_F(SwarmReaderTest, AServiceThatIsNewComes) {
  Timed();
  engine_.services["aa"] = 1;
  const Snapshot after = Told({"aa"});
  EXPECT_TRUE(after.services->contains("aa"));
  EXPECT_TRUE(after.tasks->contains("aa.1"));
}

TEST_F(SwarmReaderTest, WhatChangedIsLookedAtForAMinute) {
  Timed();
  engine_.services["c"] = 2;
  Told({"c"});
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
  Told({"c"});
  Told({"a"});
  EXPECT_THAT(engine_.asked, ElementsAre("/services a", "/nodes", "/tasks a"));
}

TEST_F(SwarmReaderTest, WhatLacksTasksIsLookedAtUnlessItAlwaysDid) {
  Timed();
  known_.shortages["a"].told = true;
  known_.shortages["b"].running_at_baseline = 0;
  known_.shortages["c"] = {};
  clock_.Advance(absl::Seconds(1));
  Timed();
  EXPECT_THAT(engine_.asked, testing::Contains("/tasks a c"));
}

TEST_F(SwarmReaderTest, WhatTheEngineDoesNotGiveInPartIsReadWhole) {
  Timed();
  engine_.services.erase("b");
  clock_.Advance(absl::Minutes(5));
  Read({.timed = false, .events_followed = false, .everything = true, .services = {}});
  EXPECT_THAT(engine_.asked, ElementsAre("/services", "/nodes", "/tasks"));
}

TEST_F(SwarmReaderTest, ANodeThatChangesLetsAllTasksBeRead) {
  Timed();
  clock_.Advance(absl::Seconds(10));
  engine_.node_version = 2;
  Told({});
  EXPECT_THAT(engine_.asked, ElementsAre("/nodes", "/tasks"));
}

TEST_F(SwarmReaderTest, ManyServicesAreReadWholeAsSoonAsTheShareAllows) {
  Timed();
  ServiceIds many;
  for (std::size_t i = 0; i <= kMostServicesInPart; ++i) many.insert(absl::StrCat("s", i));
  Told(many);
  EXPECT_THAT(engine_.asked, ElementsAre("/nodes"));
  EXPECT_LE(reader_.Patience(true), absl::Seconds(2));
  clock_.Advance(absl::Seconds(2));
  Told({});
  EXPECT_THAT(engine_.asked, testing::Contains("/services"));
}

TEST_F(SwarmReaderTest, PartsHaveARestToo) {
  Timed();
  engine_.part_takes = absl::Milliseconds(3);
  Told({"a"});
  EXPECT_EQ(reader_.Rest(), absl::Milliseconds(6) / options_.engine_share);
}

}  // namespace
}  // namespace swarmbell
