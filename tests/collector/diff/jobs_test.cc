// Changes of jobs, of services that run once, and of those that swarm-cronjob starts.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <ctime>
#include <utility>

#include "absl/strings/str_cat.h"
#include "collector/diff/diff.h"
#include "tests/collector/diff/swarm_fixture.h"

namespace swarmbell {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

class JobsTest : public SwarmFixture {
 protected:
  JobsTest() { nodes_.push_back(NodeJson("n1", "host1")); }

  void AddService(const std::string& name, const std::string& condition, int max_attempts = 0) {
    services_.push_back(ServiceJson("s1", name, 1));
    SetRestart(condition, max_attempts);
  }
  void SetRestart(const std::string& condition, int max_attempts = 0) {
    Spec()["TaskTemplate"]["RestartPolicy"] = {{"Condition", condition}, {"MaxAttempts", max_attempts}};
  }
  // `at` is the second in which the engine makes the task.
  Json& Add(const std::string& id, int slot, int at, int iteration = -1) {
    Json task = TaskJson(id, "s1", slot, "running");
    task["CreatedAt"] = absl::StrCat("2026-11-22T12:00:", 10 + at, "Z");
    task["DesiredState"] = iteration < 0 ? "running" : "complete";
    if (iteration >= 0) task["JobIteration"] = {{"Index", iteration}};
    return tasks_.insert(tasks_.end(), task).value();
  }
  void End(int task, const std::string& state, int exit_code) {
    Json& task_json = tasks_[static_cast<std::size_t>(task)];
    task_json["Status"]["State"] = state;
    task_json["Status"]["ContainerStatus"] = {{"ContainerID", "c"}, {"ExitCode", exit_code}};
    const bool keeps = task_json["DesiredState"] == "complete" && state == "complete";
    if (!keeps) task_json["DesiredState"] = "shutdown";
  }
};

TEST_F(JobsTest, OneShotsThatEndedWellAreDone) {
  Read();
  AddService("shop_migrate", "none");
  Add("t1", 1, 0);
  EXPECT_THAT(Names(Read()), ElementsAre("service_appeared"));
  End(0, "complete", 0);
  EXPECT_THAT(Read(), IsEmpty());
  EXPECT_THAT(Read(absl::Minutes(20)), IsEmpty());
}

TEST_F(JobsTest, OneShotsOnEachNodeAreDoneToo) {
  nodes_.push_back(NodeJson("n2", "host2"));
  AddService("sysctl", "none");
  Spec()["Mode"] = {{"Global", Json::object()}};
  Add("t1", 0, 0);
  Add("t2", 0, 0)["NodeID"] = "n2";
  Read();
  End(0, "complete", 0);
  End(1, "complete", 0);
  EXPECT_THAT(Read(), IsEmpty());
  EXPECT_THAT(Read(absl::Minutes(20)), IsEmpty());
}

TEST_F(JobsTest, OneShotsThatFailHaveFailedOnce) {
  AddService("seed_data", "none");
  Add("t1", 1, 0);
  Read();
  End(0, "failed", 3);
  const Events events = Read();
  ASSERT_THAT(Names(events), ElementsAre("service_job_failed"));
  EXPECT_EQ(events[0].resource().name(), "seed_data");
  const v1::ServiceJobFailed& failed = events[0].service_job_failed();
  EXPECT_EQ(failed.task().exit_code(), 3);
  EXPECT_EQ(failed.failures(), 1u);
  EXPECT_EQ(failed.completed_tasks(), 0u);
  EXPECT_EQ(failed.wanted_tasks(), 1u);
  EXPECT_THAT(Read(absl::Minutes(20)), IsEmpty());
}

TEST_F(JobsTest, OneShotsOfWhichTwoTasksFailHaveFailedOnce) {
  AddService("import", "none");
  Spec()["Mode"] = {{"Replicated", {{"Replicas", 2}}}};
  Add("t1", 1, 0);
  Add("t2", 2, 0);
  Read();
  End(1, "failed", 1);
  EXPECT_THAT(Names(Read()), ElementsAre("service_job_failed"));
  End(0, "failed", 1);
  EXPECT_THAT(Read(), IsEmpty());
}

// The engine takes a task that ends within the update's monitoring time for one that failed.
TEST_F(JobsTest, AnUpdateOfAOneShotThatEndsWellIsNotPaused) {
  AddService("shop_migrate", "none");
  Add("t1", 1, 0);
  End(0, "complete", 0);
  Read();
  Container()["Image"] = "migrate:2";
  services_[0]["UpdateStatus"] = Status("updating", 20);
  Add("t2", 1, 5);
  EXPECT_THAT(Names(Read()), ElementsAre("service_task_template_changed", "service_update_state_changed"));
  services_[0]["UpdateStatus"] = Status("paused", 20, "update paused due to early termination of task t2");
  End(1, "complete", 0);
  EXPECT_THAT(Names(Read()), IsEmpty());
}

TEST_F(JobsTest, AnUpdateOfAOneShotThatFailsIsPaused) {
  AddService("shop_migrate", "none");
  Add("t1", 1, 0);
  End(0, "complete", 0);
  Read();
  Container()["Image"] = "migrate:3";
  services_[0]["UpdateStatus"] = Status("paused", 20, "update paused due to failure of task t2");
  Add("t2", 1, 5);
  End(1, "failed", 1);
  EXPECT_THAT(Names(Read()), ElementsAre("service_task_template_changed", "service_update_state_changed",
                                         "service_update_state_changed", "service_job_failed"));
}

TEST_F(JobsTest, TheRunAfterAFailedOneIsToldToEndWell) {
  AddService("seed_data", "none");
  Add("t1", 1, 0);
  Read();
  End(0, "failed", 3);
  Read();
  Add("t2", 1, 5);
  EXPECT_THAT(Read(), IsEmpty());
  End(1, "complete", 0);
  const Events events = Read();
  ASSERT_THAT(Names(events), ElementsAre("service_job_succeeded"));
  EXPECT_EQ(events[0].service_job_succeeded().completed_tasks(), 1u);
  EXPECT_TRUE(events[0].service_job_succeeded().has_failure_time());
  Add("t3", 1, 9);
  Read();
  End(2, "failed", 3);
  EXPECT_THAT(Names(Read()), ElementsAre("service_job_failed"));
}

TEST_F(JobsTest, AllCollectorsGiveAFailedRunTheSameIdentifier) {
  AddService("seed_data", "none");
  Add("t1", 1, 0);
  Known other;
  Read();
  ReadBy(other);
  End(0, "failed", 3);
  const Events seen = Read();
  Read();
  const Events seen_later = ReadBy(other, absl::Minutes(1));
  ASSERT_THAT(Names(seen_later), ElementsAre("service_job_failed"));
  EXPECT_EQ(seen_later[0].event_id(), seen[0].event_id());
  Snapshot first;
  first.read_time = now_;
  first.services = *reader_.ReadServices(services_.dump());
  first.nodes = *reader_.ReadNodes(nodes_.dump());
  tasks_[0]["Status"]["Timestamp"] = absl::FormatTime(absl::RFC3339_full, now_, absl::UTCTimeZone());
  first.tasks = *reader_.ReadTasks(tasks_.dump());
  const Events recollected = Recollect(first, context_);
  ASSERT_THAT(Names(recollected), ElementsAre("service_job_failed"));
  EXPECT_EQ(recollected[0].event_id(), seen[0].event_id());
}

TEST_F(JobsTest, JobsFailOnceTheirAttemptsAreUsedUp) {
  AddService("nightly", "on-failure", 2);
  Spec()["Mode"] = {{"ReplicatedJob", {{"TotalCompletions", 1}, {"MaxConcurrent", 1}}}};
  Add("t1", 0, 0, 0);
  Read();
  End(0, "failed", 9);
  Add("t2", 0, 1, 0);
  EXPECT_THAT(Read(), IsEmpty());
  End(1, "failed", 9);
  Add("t3", 0, 2, 0);
  EXPECT_THAT(Read(), IsEmpty());
  End(2, "failed", 9);
  const Events events = Read();
  ASSERT_THAT(Names(events), ElementsAre("service_job_failed"));
  EXPECT_EQ(events[0].service_job_failed().failures(), 3u);
  EXPECT_EQ(events[0].service_job_failed().task().id(), "t3");
  services_[0]["JobStatus"] = {{"JobIteration", {{"Index", 1}}}};
  Add("t4", 0, 20, 1);
  EXPECT_THAT(Read(), IsEmpty());
  End(3, "complete", 0);
  EXPECT_THAT(Names(Read()), ElementsAre("service_job_succeeded"));
}

TEST_F(JobsTest, JobsThatAreNotTriedAgainFailAtOnce) {
  nodes_.push_back(NodeJson("n2", "host2"));
  AddService("scan", "none");
  Spec()["Mode"] = {{"GlobalJob", Json::object()}};
  Add("t1", 0, 0, 0);
  Add("t2", 0, 0, 0)["NodeID"] = "n2";
  Read();
  End(0, "complete", 0);
  EXPECT_THAT(Read(), IsEmpty());
  End(1, "failed", 4);
  const Events events = Read();
  ASSERT_THAT(Names(events), ElementsAre("service_job_failed"));
  EXPECT_EQ(events[0].service_job_failed().completed_tasks(), 1u);
  EXPECT_EQ(events[0].service_job_failed().wanted_tasks(), 2u);
}

TEST_F(JobsTest, JobsThatAreTriedForEverHaveFailedAfterAFewAttempts) {
  AddService("sync", "on-failure");
  Spec()["Mode"] = {{"ReplicatedJob", {{"TotalCompletions", 1}, {"MaxConcurrent", 1}}}};
  Add("t0", 0, 0, 0);
  Read();
  std::vector<std::string> told;
  for (int i = 0; i < 6; ++i) {
    End(i, "failed", 1);
    Add(absl::StrCat("t", i + 1), 0, i + 1, 0);
    for (const std::string& name : Names(Read())) told.push_back(absl::StrCat(i, " ", name));
  }
  EXPECT_THAT(told, ElementsAre("2 service_job_failed"));
  End(6, "complete", 0);
  EXPECT_THAT(Names(Read()), ElementsAre("service_job_succeeded"));
}

class RedeployedTest : public JobsTest {
 protected:
  void AddTwo() {
    AddService("import", "none");
    Spec()["Mode"] = {{"Replicated", {{"Replicas", 2}}}};
    Make("t1", 1, 0);
    Make("t2", 2, 0);
  }
  Json& Make(const std::string& id, int slot, int at) {
    Json& task = Add(id, slot, at);
    task["Spec"] = Template();
    return task;
  }
  // The engine replaces the task of one slot, and only later that of the other.
  void Redeploy() {
    Template()["ForceUpdate"] = 1;
    Make("t3", 1, 5);
  }
  static std::vector<std::string> FailedTasks(const Events& events) {
    std::vector<std::string> ids;
    for (const v1::ChangeEvent& event : events) {
      if (event.has_service_job_failed()) ids.push_back(event.service_job_failed().task().id());
    }
    return ids;
  }
};

TEST_F(RedeployedTest, ATaskThatFailedInARunThatWasToldIsNotToldAgain) {
  AddTwo();
  Read();
  End(0, "failed", 1);
  EXPECT_THAT(FailedTasks(Read()), ElementsAre("t1"));
  End(1, "failed", 1);
  EXPECT_THAT(FailedTasks(Read()), IsEmpty());
  Redeploy();
  EXPECT_THAT(FailedTasks(Read()), IsEmpty());
  EXPECT_THAT(FailedTasks(Read()), IsEmpty());
  End(2, "failed", 1);
  EXPECT_THAT(FailedTasks(Read()), ElementsAre("t3"));
  Make("t4", 2, 9);
  EXPECT_THAT(FailedTasks(Read()), IsEmpty());
  End(3, "failed", 1);
  EXPECT_THAT(FailedTasks(Read()), IsEmpty());
}

TEST_F(RedeployedTest, ATaskThatFailsWhileAnotherIsReplacedIsOfTheRunThatWasTold) {
  AddTwo();
  Read();
  End(0, "failed", 1);
  EXPECT_THAT(FailedTasks(Read()), ElementsAre("t1"));
  End(1, "failed", 1);
  Redeploy();
  EXPECT_THAT(FailedTasks(Read()), IsEmpty());
}

TEST_F(RedeployedTest, OneOnEachNodeIsNotToldAgainEither) {
  nodes_.push_back(NodeJson("n2", "host2"));
  AddTwo();
  Spec()["Mode"] = {{"Global", Json::object()}};
  tasks_[0]["Slot"] = tasks_[1]["Slot"] = 0;
  tasks_[1]["NodeID"] = "n2";
  Read();
  End(1, "failed", 1);
  EXPECT_THAT(FailedTasks(Read()), ElementsAre("t2"));
  End(0, "failed", 1);
  Redeploy();
  tasks_[2]["Slot"] = 0;
  EXPECT_THAT(FailedTasks(Read()), IsEmpty());
}

TEST_F(RedeployedTest, AllCollectorsNameARunAfterItsFirstFailure) {
  AddTwo();
  Known other;
  Read();
  ReadBy(other);
  End(1, "failed", 1);
  tasks_[1]["Version"]["Index"] = 40;
  const Events seen = Read();
  ASSERT_THAT(FailedTasks(seen), ElementsAre("t2"));
  End(0, "failed", 1);
  tasks_[0]["Version"]["Index"] = 41;
  const Events seen_later = ReadBy(other);
  ASSERT_THAT(FailedTasks(seen_later), ElementsAre("t2"));
  EXPECT_EQ(seen_later[0].event_id(), seen[0].event_id());
}

TEST_F(RedeployedTest, AllCollectorsGiveTheRunThatEndsWellTheSameIdentifier) {
  AddTwo();
  Known other;
  Read();
  End(0, "failed", 1);
  Read();
  End(1, "failed", 1);
  Redeploy();
  Read();
  ReadBy(other);
  Make("t4", 2, 6);
  End(2, "complete", 0);
  End(3, "complete", 0);
  const Events seen = Read();
  const Events seen_by_other = ReadBy(other);
  ASSERT_THAT(Names(seen), ElementsAre("service_job_succeeded"));
  ASSERT_THAT(Names(seen_by_other), ElementsAre("service_job_succeeded"));
  EXPECT_EQ(seen_by_other[0].event_id(), seen[0].event_id());
}

// State that an older version has kept holds the tasks, but no failed runs.
TEST_F(RedeployedTest, WhatFailedBeforeFailuresWereRememberedIsNotTold) {
  AddTwo();
  End(0, "failed", 1);
  Read();
  known_.failed_jobs.clear();
  known_.due.all = true;
  EXPECT_THAT(Read(), IsEmpty());
  EXPECT_EQ(known_.failed_jobs.size(), 1u);
  End(1, "failed", 1);
  EXPECT_THAT(FailedTasks(Read()), IsEmpty());
}

TEST_F(RedeployedTest, ARunThatFailedBeforeItsServiceWasListedIsTold) {
  Read();
  AddTwo();
  End(0, "failed", 1);
  const Json services = std::exchange(services_, Json::array());
  EXPECT_THAT(Read(), IsEmpty());
  services_ = services;
  EXPECT_THAT(FailedTasks(Read()), ElementsAre("t1"));
}

// 20,000 tasks that failed, each in a slot of its own, take a moment and not one for each pair of them.
TEST_F(JobsTest, ManyFailedCompletionsTakeTimeThatGrowsAsTheyDo) {
  AddService("import", "on-failure");
  Spec()["Mode"] = {{"ReplicatedJob", {{"TotalCompletions", 20'000}, {"MaxConcurrent", 20'000}}}};
  for (int i = 0; i < 20'000; ++i) {
    Add(absl::StrCat("t", i), i, 0, 0);
    End(i, "failed", 1);
  }
  Snapshot snapshot;
  snapshot.read_time = now_;
  snapshot.services = *reader_.ReadServices(services_.dump());
  snapshot.nodes = *reader_.ReadNodes(nodes_.dump());
  snapshot.tasks = *reader_.ReadTasks(tasks_.dump());
  const std::clock_t start = std::clock();
  Diff(known_, snapshot, context_);
  const std::clock_t took = std::clock() - start;
  EXPECT_LT(took, CLOCKS_PER_SEC / 2);
}

class ScheduledTest : public JobsTest {
 protected:
  ScheduledTest() {
    AddService("report", "none");
    Spec()["Labels"] = {{"swarm.cronjob.enable", "true"}, {"swarm.cronjob.schedule", "@hourly"}};
    Spec()["Mode"]["Replicated"]["Replicas"] = 0;
    Read();
  }
  void Start(int run) {
    services_[0]["Version"]["Index"] = 100 + run;
    services_[0]["PreviousSpec"] = Spec();
    Spec()["Mode"]["Replicated"]["Replicas"] = 1;
    Spec()["TaskTemplate"]["ForceUpdate"] = run;
  }
};

TEST_F(ScheduledTest, RunsAreRoutine) {
  for (int run = 1; run <= 3; ++run) {
    Start(run);
    EXPECT_THAT(Names(Read()), IsEmpty());
    services_[0]["UpdateStatus"] = Status("updating", 10 + run);
    Add(absl::StrCat("t", run), 1, run);
    EXPECT_THAT(Names(Read()), IsEmpty());
    End(run - 1, "complete", 0);
    // The engine takes a task that ends soon for one that failed.
    services_[0]["UpdateStatus"] = Status(run == 2 ? "paused" : "completed", 10 + run, "task t2");
    EXPECT_THAT(Names(Read(absl::Minutes(5))), IsEmpty());
  }
}

TEST_F(ScheduledTest, RunsThatFailAreTold) {
  Start(1);
  Add("t1", 1, 1);
  Read();
  End(0, "failed", 7);
  services_[0]["UpdateStatus"] = Status("paused", 11, "task t1");
  const Events events = Read();
  ASSERT_THAT(Names(events), ElementsAre("service_job_failed"));
  EXPECT_EQ(events[0].service_job_failed().task().exit_code(), 7);
  Start(2);
  Add("t2", 1, 5);
  EXPECT_THAT(Names(Read()), IsEmpty());
  End(1, "complete", 0);
  EXPECT_THAT(Names(Read()), ElementsAre("service_job_succeeded"));
}

TEST_F(ScheduledTest, WhatSomebodyChangesIsTold) {
  Start(1);
  Container()["Image"] = "report:2";
  EXPECT_THAT(Names(Read()), ElementsAre("service_task_template_changed"));
  services_[0]["UpdateStatus"] = Status("updating", 12);
  EXPECT_THAT(Names(Read()), ElementsAre("service_update_state_changed"));
  Spec()["Mode"]["Replicated"]["Replicas"] = 4;
  EXPECT_THAT(Names(Read()), ElementsAre("service_mode_changed"));
}

TEST_F(ScheduledTest, RunsOfSeveralReplicasAreRoutine) {
  Spec()["Labels"]["swarm.cronjob.replicas"] = "2";
  Read();
  Start(1);
  Spec()["Mode"]["Replicated"]["Replicas"] = 2;
  EXPECT_THAT(Names(Read()), IsEmpty());
}

TEST_F(JobsTest, ForcedUpdatesOfOthersAreTold) {
  AddService("report", "none");
  Read();
  Spec()["TaskTemplate"]["ForceUpdate"] = 1;
  Spec()["Mode"]["Replicated"]["Replicas"] = 0;
  EXPECT_THAT(Names(Read()), ElementsAre("service_task_template_changed", "service_mode_changed"));
}

}  // namespace
}  // namespace swarmbell
