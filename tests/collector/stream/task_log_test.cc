// GetTaskLog, with an engine that is a fake and a server that is real.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "collector/docker/engine_client.h"
#include "tests/collector/stream/feed_harness.h"
#include "tests/fakes/fake_engine_server.h"

namespace swarmbell {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

v1::ChangeEvent FailedTask(const std::string& id, v1::TaskState state = v1::TASK_STATE_FAILED) {
  v1::ChangeEvent event;
  event.set_event_id(id);
  event.mutable_resource()->set_kind(v1::RESOURCE_KIND_TASK);
  event.mutable_task_failed()->mutable_task()->set_id(id);
  event.mutable_task_failed()->mutable_task()->set_state(state);
  return event;
}

class TaskLogTest : public testing::Test {
 protected:
  TaskLogTest() {
    engine_.Answer("/version",
                   {.body = R"({"Version":"20.10.24","ApiVersion":"1.41","MinAPIVersion":"1.12"})"});
    engine_.Answer("/tasks/t1/logs", {.body = "2026-11-28T15:07:33.863714830Z cannot connect\r\n"});
    client_ = *EngineClient::Create({.host = engine_.DockerHost()});
    logs_ = std::make_unique<TaskLogs>(8, *client_, Masker({}, "key"));
  }

  static grpc::Status Get(FeedHarness& harness, const std::string& task, v1::GetTaskLogResponse& response) {
    grpc::ClientContext context;
    context.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(20));
    v1::GetTaskLogRequest request;
    request.set_task_id(task);
    return harness.Stub()->GetTaskLog(&context, request, &response);
  }

  FeedSetup WithLogs() {
    FeedSetup setup{.feed = QuietFeed()};
    setup.feed.task_logs = logs_.get();
    return setup;
  }

  FakeEngineServer engine_;
  std::unique_ptr<EngineClient> client_;
  std::unique_ptr<TaskLogs> logs_;
  v1::GetTaskLogResponse response_;
};

TEST_F(TaskLogTest, ReturnsTheLastLinesOfATaskThatFailed) {
  FeedHarness harness(WithLogs());
  harness.log.Append({FailedTask("t0"), FailedTask("t1")});
  ASSERT_TRUE(Get(harness, "t1", response_).ok());
  EXPECT_THAT(response_.lines(), ElementsAre("cannot connect"));
  EXPECT_EQ(response_.missing(), "");
}

TEST_F(TaskLogTest, FindsTheTaskOfAnUpdateThatStopped) {
  FeedHarness harness(WithLogs());
  v1::ChangeEvent paused;
  paused.mutable_service_update_state_changed()->mutable_failed_task()->set_id("t1");
  paused.mutable_service_update_state_changed()->mutable_failed_task()->set_state(v1::TASK_STATE_REJECTED);
  harness.log.Append({paused});
  ASSERT_TRUE(Get(harness, "t1", response_).ok());
  EXPECT_THAT(response_.lines(), ElementsAre("cannot connect"));
}

TEST_F(TaskLogTest, FindsTheTaskThatEndedTooEarlyForAnUpdate) {
  FeedHarness harness(WithLogs());
  v1::ChangeEvent paused;
  paused.mutable_service_update_state_changed()->mutable_failed_task()->set_id("t1");
  paused.mutable_service_update_state_changed()->mutable_failed_task()->set_state(v1::TASK_STATE_COMPLETE);
  harness.log.Append({paused, FailedTask("t2", v1::TASK_STATE_COMPLETE)});
  EXPECT_TRUE(Get(harness, "t1", response_).ok());
  EXPECT_EQ(Get(harness, "t2", response_).error_code(), grpc::StatusCode::NOT_FOUND);
}

TEST_F(TaskLogTest, TheEngineIsNotAskedForTasksThatDidNotFail) {
  FeedHarness harness(WithLogs());
  harness.log.Append({FailedTask("other"), FailedTask("t1", v1::TASK_STATE_RUNNING)});
  for (const std::string task : {"t1", "unknown", ""}) {
    const grpc::Status status = Get(harness, task, response_);
    EXPECT_EQ(status.error_code(), grpc::StatusCode::NOT_FOUND) << task;
    EXPECT_THAT(status.error_message(), HasSubstr("the log holds no failure of the task"));
  }
  EXPECT_EQ(engine_.Count("/tasks/t1/logs"), 0u);
}

TEST_F(TaskLogTest, AServiceMayOptOut) {
  FeedHarness harness(WithLogs());
  v1::ChangeEvent event = FailedTask("t1");
  (*event.mutable_resource()->mutable_labels())["swarmbell.logs"] = "False";
  harness.log.Append({event});
  ASSERT_TRUE(Get(harness, "t1", response_).ok());
  EXPECT_THAT(response_.missing(), HasSubstr("swarmbell.logs=false"));
  EXPECT_EQ(engine_.Count("/tasks/t1/logs"), 0u);
}

TEST_F(TaskLogTest, OffItSaysHowToSwitchItOn) {
  FeedHarness harness;
  harness.log.Append({FailedTask("t1")});
  const grpc::Status status = Get(harness, "t1", response_);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::FAILED_PRECONDITION);
  EXPECT_THAT(status.error_message(), HasSubstr("SWARMBELL_LOGS_LINES"));
}

TEST_F(TaskLogTest, ACallThatWaitsEndsWithTheServer) {
  engine_.Answer("/tasks/t1/logs", {.ending = FakeEnding::kNeverAnswers});
  auto harness = std::make_unique<FeedHarness>(WithLogs());
  harness->log.Append({FailedTask("t1")});
  grpc::Status ended;
  std::jthread call([&, stub = harness->Stub()] {
    grpc::ClientContext context;
    v1::GetTaskLogRequest request;
    request.set_task_id("t1");
    ended = stub->GetTaskLog(&context, request, &response_);
  });
  ASSERT_TRUE(engine_.WaitForRequests("/tasks/t1/logs", 1));
  harness->service->Shutdown();
  call.join();
  EXPECT_TRUE(ended.ok()) << ended.error_message();
  EXPECT_THAT(response_.missing(), HasSubstr("shuts down"));
}

}  // namespace
}  // namespace swarmbell
