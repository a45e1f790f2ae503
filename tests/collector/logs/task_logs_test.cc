#include "collector/logs/task_logs.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <future>

#include "absl/strings/str_cat.h"
#include "collector/docker/engine_client.h"
#include "tests/collector/logs/recorded.h"
#include "tests/fakes/fake_engine_server.h"

namespace swarmbell {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class TaskLogsTest : public testing::Test {
 protected:
  TaskLogsTest() {
    engine_.Answer("/version",
                   {.body = R"({"Version":"20.10.24","ApiVersion":"1.41","MinAPIVersion":"1.12"})"});
    options_.host = engine_.DockerHost();
  }

  std::unique_ptr<TaskLogs> Make(std::size_t lines = 8) {
    client_ = *EngineClient::Create(options_);
    return std::make_unique<TaskLogs>(lines, *client_, Masker({}, "key"));
  }

  static std::future<TaskLog> Ask(TaskLogs& logs, const std::string& task, bool abandoned = false) {
    const auto answer = std::make_shared<std::promise<TaskLog>>();
    logs.Read({.task_id = task,
               .is_abandoned = [abandoned] { return abandoned; },
               .done = [answer](TaskLog log) { answer->set_value(std::move(log)); }});
    return answer->get_future();
  }

  FakeEngineServer engine_;
  EngineOptions options_;
  std::unique_ptr<EngineClient> client_;
};

TEST_F(TaskLogsTest, ReadsTheLastLinesWithoutSecrets) {
  engine_.Answer("/tasks/t1/logs", {.body = Recorded("stack-trace.bin")});
  const TaskLog log = Ask(*Make(2), "t1").get();
  EXPECT_THAT(log.lines, ElementsAre("    connect(password=\"••••\")", "RuntimeError: cannot connect"));
  EXPECT_EQ(log.missing, "");
  EXPECT_THAT(engine_.Requests().back().target,
              HasSubstr("/tasks/t1/logs?stdout=1&stderr=1&timestamps=1&tail="));
}

TEST_F(TaskLogsTest, SaysWhyThereAreNoLines) {
  engine_.Answer("/tasks/silent/logs", {.body = ""});
  engine_.Answer("/tasks/gone/logs", {.status = 404, .body = R"({"message":"task gone not found"})"});
  engine_.Answer("/tasks/driver/logs",
                 {.body = "Error grabbing logs: configured logging driver does not support reading\n"});
  engine_.Answer("/tasks/proxy/logs", {.status = 403, .body = "no"});
  engine_.Answer("/tasks/other/logs", {.body = "Error grabbing logs: rpc error: token=hunter2secret\n"});
  const auto logs = Make();
  const auto reason = [&](const std::string& task) {
    const TaskLog log = Ask(*logs, task).get();
    EXPECT_THAT(log.lines, IsEmpty());
    return log.missing;
  };
  EXPECT_EQ(reason("silent"), "the task wrote nothing, or its log driver cannot be read");
  EXPECT_EQ(reason("gone"), "the engine has already removed this task");
  EXPECT_EQ(reason("driver"), "the service's log driver does not support reading");
  EXPECT_THAT(reason("proxy"), HasSubstr("allow GET of /tasks/ID/logs"));
  EXPECT_EQ(reason("other"), "rpc error: token=••••");
  EXPECT_THAT(reason("../../etc"), HasSubstr("identifiers no engine gives"));
}

TEST_F(TaskLogsTest, AnEngineThatHangsCostsTheDeadlineAndNoMore) {
  options_.log_timeout = absl::Milliseconds(50);
  engine_.Answer("/tasks/t1/logs", {.ending = FakeEnding::kNeverAnswers});
  EXPECT_EQ(Ask(*Make(), "t1").get().missing, "the task's node did not send the log within 2 s");
}

TEST_F(TaskLogsTest, KeepsWhatHadArrivedOfALogWithoutEnd) {
  options_.log_timeout = absl::Milliseconds(300);
  engine_.Answer("/tasks/t1/logs", {.body = Recorded("terminal.bin"), .ending = FakeEnding::kEndless});
  EXPECT_THAT(Ask(*Make(), "t1").get().lines, testing::SizeIs(8));
}

TEST_F(TaskLogsTest, ReadsFiveAtOnceAndTheOthersAfterThem) {
  engine_.Answer("/tasks/t/logs", {.ending = FakeEnding::kNeverAnswers});
  options_.log_timeout = absl::Minutes(5);
  auto logs = Make();
  std::vector<std::future<TaskLog>> answers;
  answers.reserve(100);
  for (int i = 0; i < 100; ++i) answers.push_back(Ask(*logs, "t"));
  ASSERT_TRUE(engine_.WaitForRequests("/tasks/t/logs", 5));
  EXPECT_EQ(engine_.Count("/tasks/t/logs"), 5u);
  logs->Stop();
  for (auto& answer : answers) EXPECT_EQ(answer.get().missing, "the collector shuts down");
  EXPECT_EQ(engine_.Count("/tasks/t/logs"), 5u);
  EXPECT_THAT(Ask(*logs, "t").get().missing, HasSubstr("shuts down"));
}

TEST_F(TaskLogsTest, TooManyAreRefused) {
  engine_.Answer("/tasks/t/logs", {.ending = FakeEnding::kNeverAnswers});
  options_.log_timeout = absl::Minutes(5);
  const auto logs = Make();
  std::vector<std::future<TaskLog>> answers;
  answers.reserve(206);
  for (int i = 0; i < 5; ++i) answers.push_back(Ask(*logs, "t"));
  ASSERT_TRUE(engine_.WaitForRequests("/tasks/t/logs", 5));  // the threads are busy
  for (int i = 0; i < 201; ++i) answers.push_back(Ask(*logs, "t"));
  EXPECT_THAT(answers.back().get().missing, HasSubstr("busy"));
  logs->Stop();
}

TEST_F(TaskLogsTest, TheEngineIsSparedARequestThatNobodyWaitsFor) {
  engine_.Answer("/tasks/t/logs", {.body = ""});
  const auto logs = Make();
  EXPECT_THAT(Ask(*logs, "t", true).get().missing, IsEmpty());
  EXPECT_EQ(engine_.Count("/tasks/t/logs"), 0u);
}

}  // namespace
}  // namespace swarmbell
