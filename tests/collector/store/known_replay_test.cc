// A collector that is restarted before each reading tells exactly what one tells that runs on: the same
// events, with the same identifiers.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

#include "collector/diff/diff.h"
#include "collector/snapshot/reader.h"
#include "collector/store/known_records.h"
#include "collector/store/record.h"
#include "swarmbell/store/v1/collector_state.pb.h"
#include "tests/collector/diff/recordings.h"

namespace swarmbell {
namespace {

using Records = std::map<std::string, std::string>;

Records Seal(const Known& swarm, const Known& containers) {
  Records records;
  VisitKnown(swarm, containers, [&](const KnownRecord& record) {
    EXPECT_TRUE(records.emplace(record.name, record.seal()).second) << record.name;
  });
  return records;
}

absl::Status Open(const Records& records, Known& swarm, Known& containers) {
  for (const auto& [name, record] : records) {
    if (absl::Status status = AddKnownRecord(name, record, swarm, containers); !status.ok()) return status;
  }
  return absl::OkStatus();
}

// Ends and starts again: only the records are left.
void Restart(Known& swarm, Known& containers) {
  const Records records = Seal(swarm, containers);
  swarm = Known();
  containers = Known();
  const absl::Status status = Open(records, swarm, containers);
  ASSERT_TRUE(status.ok()) << status;
  EXPECT_EQ(Seal(swarm, containers), records);
}

std::vector<std::string> Tell(Known& known, const Snapshot& snapshot) {
  DiffContext context;
  context.cluster.set_id("cluster");
  context.node_down_after = absl::ZeroDuration();
  context.degraded_after = absl::Seconds(2);
  context.update_stalled_after = absl::Seconds(2);
  std::vector<std::string> told;
  for (const v1::ChangeEvent& event : Diff(known, snapshot, context)) told.push_back(SealMessage("", event));
  return told;
}

class KnownReplayTest : public testing::TestWithParam<std::string> {
 protected:
  void Take(const Recording& recording) {
    if (recording.kind == "services") swarm_.services = *reader_.ReadServices(recording.body);
    if (recording.kind == "nodes") swarm_.nodes = *reader_.ReadNodes(recording.body);
    if (recording.kind == "tasks") swarm_.tasks = *reader_.ReadTasks(recording.body);
    if (recording.kind == "containers") containers_.containers = *reader_.ReadContainers(recording.body);
    if (recording.kind != "containers") swarm_.server = recording.server;
    swarm_.read_time = containers_.read_time = recording.time;
  }

  SnapshotReader reader_{MaskOptions{}};
  Snapshot swarm_;
  Snapshot containers_;
};

TEST_P(KnownReplayTest, RestartsChangeNothing) {
  Known swarm;
  Known containers;
  Known restarted_swarm;
  Known restarted_containers;
  for (const Recording& recording : LoadRecordings(GetParam())) {
    Take(recording);
    Restart(restarted_swarm, restarted_containers);
    ASSERT_EQ(Tell(restarted_swarm, swarm_), Tell(swarm, swarm_)) << recording.file;
    ASSERT_EQ(Tell(restarted_containers, containers_), Tell(containers, containers_)) << recording.file;
  }
}

std::string TestName(const testing::TestParamInfo<std::string>& info) {
  std::string name = info.param;
  for (char& c : name) {
    if (c == '-' || c == '.') c = '_';
  }
  return name;
}

INSTANTIATE_TEST_SUITE_P(Engines, KnownReplayTest, testing::ValuesIn(Scenarios()), TestName);

Known EverySort() {
  Known known;
  known.services.emplace();
  auto service = std::make_shared<Service>();
  service->id = "s1";
  service->spec =
      R"({"Name":"web","TaskTemplate":{"RestartPolicy":{"Condition":"on-failure","MaxAttempts":2}}})";
  service->job_iteration = 3;
  service->created_at = absl::FromUnixNanos(1'795'350'000'123'456'789);
  known.services->Add(service);
  known.nodes.emplace();
  known.tasks.emplace();
  auto task = std::make_shared<Task>();
  task->id = "t1";
  task->exit_code = 0;
  task->job_iteration = 4;
  known.tasks->Add(task);
  known.network_names["n1"] = "front";
  known.secrets.emplace();
  auto network = std::make_shared<SharedObject>();
  network->id = "n1";
  network->name = "front";
  network->labels["zone"] = "a";
  network->driver = "overlay";
  network->attachable = true;
  known.networks.emplace();
  known.networks->Add(network);
  known.settings.emplace().text = R"({"SubnetSize":24})";
  known.server = "Docker/20.10.24 (linux)";
  known.service_notes["s1"].run = KnownRun{.started_at = absl::FromUnixSeconds(9), .state = {}, .fields = {}};
  known.service_notes["s1"].run->progress =
      RunProgress{.since = absl::FromUnixSeconds(11), .reached = {3, 1}, .stalled = true, .stalls = 2};
  known.service_notes["s1"].run->origin.emplace().set_by("alice");
  known.node_notes["m1"].away_since = absl::FromUnixSeconds(5);
  known.leader_id = "m1";
  known.failed_tasks["t1"] = v1::TASK_STATE_FAILED;
  known.unschedulable.emplace("s1", "no suitable node");
  known.shortages["s1"] = {
      .since = absl::FromUnixSeconds(7), .episode = "e", .reported = true, .running_at_baseline = 0};
  known.shortages["s2"].unschedulable = true;
  known.shortages["s3"].held_since = absl::FromUnixSeconds(8);
  known.service_notes["s1"].first_start = true;
  known.held_unschedulable["s4"] = absl::FromUnixSeconds(11);
  known.failed_jobs["s5"] = {.run = "run 2", .failed_at = absl::FromUnixSeconds(12)};
  return known;
}

TEST(KnownRecordsTest, KeepsEverySort) {
  Known containers;
  containers.troubles["c1"].state = "dead";
  containers.troubles["c1"].reported = true;
  Known swarm;
  Known containers_again;
  ASSERT_TRUE(Open(Seal(EverySort(), containers), swarm, containers_again).ok());
  EXPECT_EQ(swarm.services->at("s1")->created_at, absl::FromUnixNanos(1'795'350'000'123'456'789));
  EXPECT_TRUE(swarm.nodes && swarm.nodes->empty());
  EXPECT_EQ(swarm.tasks->at("t1")->exit_code, 0);
  EXPECT_EQ(swarm.network_names["n1"], "front");
  EXPECT_TRUE(swarm.secrets && swarm.secrets->empty());
  EXPECT_FALSE(swarm.configs);
  EXPECT_EQ(swarm.networks->at("n1")->driver, "overlay");
  EXPECT_EQ(swarm.networks->at("n1")->labels.at("zone"), "a");
  EXPECT_TRUE(swarm.networks->at("n1")->attachable);
  EXPECT_EQ(swarm.settings->text, R"({"SubnetSize":24})");
  EXPECT_EQ(swarm.service_notes["s1"].run->started_at, absl::FromUnixSeconds(9));
  const RunProgress& progress = swarm.service_notes["s1"].run->progress.value();
  EXPECT_EQ(progress.since, absl::FromUnixSeconds(11));
  EXPECT_EQ(progress.reached, (std::vector<std::uint32_t>{3, 1}));
  EXPECT_TRUE(progress.stalled);
  EXPECT_EQ(progress.stalls, 2U);
  EXPECT_EQ(swarm.node_notes["m1"].away_since, absl::FromUnixSeconds(5));
  EXPECT_EQ(swarm.leader_id, "m1");
  EXPECT_EQ(swarm.failed_tasks["t1"], v1::TASK_STATE_FAILED);
  EXPECT_TRUE(swarm.unschedulable.contains({"s1", "no suitable node"}));
  EXPECT_EQ(swarm.shortages["s1"].running_at_baseline, 0u);
  EXPECT_TRUE(swarm.shortages["s2"].unschedulable);
  EXPECT_FALSE(swarm.shortages["s2"].held_since);
  EXPECT_EQ(swarm.shortages["s3"].held_since, absl::FromUnixSeconds(8));
  EXPECT_TRUE(swarm.service_notes["s1"].first_start);
  EXPECT_EQ(swarm.held_unschedulable["s4"], absl::FromUnixSeconds(11));
  EXPECT_EQ(swarm.failed_jobs["s5"].run, "run 2");
  EXPECT_EQ(swarm.failed_jobs["s5"].failed_at, absl::FromUnixSeconds(12));
  EXPECT_EQ(swarm.tasks->at("t1")->job_iteration, 4u);
  EXPECT_EQ(swarm.services->at("s1")->job_iteration, 3u);
  EXPECT_EQ(swarm.services->at("s1")->policy.restart, RestartCondition::kOnFailure);
  EXPECT_EQ(swarm.services->at("s1")->policy.max_attempts, 2u);
  EXPECT_FALSE(containers_again.containers);
  EXPECT_TRUE(containers_again.troubles["c1"].reported);
}

// Written before shortages were held for different times: those that were not told go on waiting.
TEST(KnownRecordsTest, ReadsShortagesOfAnEarlierVersion) {
  Known swarm;
  Known containers;
  const auto add = [&](const std::string& id, bool told) {
    store::v1::Shortage shortage;
    shortage.mutable_since()->set_seconds(7);
    shortage.set_told(told);
    const std::string name = "shortage:" + id;
    return AddKnownRecord(name, SealMessage(name, shortage), swarm, containers).ok();
  };
  ASSERT_TRUE(add("s1", false) && add("s2", true));
  EXPECT_EQ(swarm.shortages["s1"].held_since, absl::FromUnixSeconds(7));
  EXPECT_FALSE(swarm.shortages["s2"].held_since);
}

// Written before stalls were counted.
TEST(KnownRecordsTest, ReadsStallsOfAnEarlierVersion) {
  Known swarm;
  Known containers;
  const auto add = [&](const std::string& id, bool stalled) {
    store::v1::ServiceNote note;
    note.mutable_run()->mutable_progress()->mutable_since()->set_seconds(7);
    note.mutable_run()->mutable_progress()->set_stalled(stalled);
    const std::string name = "service-note:" + id;
    return AddKnownRecord(name, SealMessage(name, note), swarm, containers).ok();
  };
  ASSERT_TRUE(add("s1", true) && add("s2", false));
  EXPECT_EQ(swarm.service_notes["s1"].run->progress->stalls, 1U);
  EXPECT_EQ(swarm.service_notes["s2"].run->progress->stalls, 0U);
}

TEST(KnownRecordsTest, RefusesWhatCannotBe) {
  Known swarm;
  Known containers;
  store::v1::Service service;
  service.set_id("s1");
  const auto add = [&](const std::string& name, const google::protobuf::MessageLite& message) {
    return absl::IsDataLoss(AddKnownRecord(name, SealMessage(name, message), swarm, containers));
  };
  EXPECT_FALSE(add("service:s1", service));
  EXPECT_TRUE(add("service:s2", service));
  EXPECT_TRUE(add("nonsense:s1", service));
  EXPECT_TRUE(add("", service));
  service.set_spec("{");
  EXPECT_TRUE(add("service:s1", service));
  service.set_spec("");
  service.mutable_create_time()->set_nanos(-1);
  EXPECT_TRUE(add("service:s1", service));
}

}  // namespace
}  // namespace swarmbell
