// When a task that does not run is missing, as its service says.

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "collector/snapshot/spec.h"

namespace swarmbell {
namespace {

TaskPolicy Read(const char* text) {
  const nlohmann::json task_template = nlohmann::json::parse(text);
  absl::Status status;
  const TaskPolicy policy = ReadTaskPolicy(JsonFields(task_template, "a template", &status));
  EXPECT_TRUE(status.ok()) << status;
  return policy;
}

TEST(TaskPolicyTest, WhatIsLeftOutHasTheEnginesDefaults) {
  const TaskPolicy policy = Read("{}");
  EXPECT_EQ(policy.restart, RestartCondition::kAny);
  EXPECT_EQ(policy.max_attempts, 0u);
  EXPECT_FALSE(policy.health_check);
  EXPECT_EQ(policy.start_grace, absl::Seconds(90));
  EXPECT_EQ(Read(R"({"RestartPolicy":null,"ContainerSpec":null})").restart, RestartCondition::kAny);
}

TEST(TaskPolicyTest, RestartConditionsAndAttempts) {
  const TaskPolicy policy = Read(R"({"RestartPolicy":{"Condition":"on-failure","MaxAttempts":4}})");
  EXPECT_EQ(policy.restart, RestartCondition::kOnFailure);
  EXPECT_EQ(policy.max_attempts, 4u);
  EXPECT_EQ(Read(R"({"RestartPolicy":{"Condition":"none"}})").restart, RestartCondition::kNone);
  EXPECT_EQ(Read(R"({"RestartPolicy":{"Condition":"any"}})").restart, RestartCondition::kAny);
}

TEST(TaskPolicyTest, AHealthCheckHasAllItsChances) {
  const TaskPolicy policy =
      Read(R"({"ContainerSpec":{"Healthcheck":{"Test":["CMD","x"],"Interval":5000000000,"Retries":4,)"
           R"("StartPeriod":60000000000}}})");
  EXPECT_TRUE(policy.health_check);
  EXPECT_EQ(policy.start_grace, absl::Seconds(80));
  EXPECT_EQ(Read(R"({"ContainerSpec":{"Healthcheck":{"StartPeriod":1000000000}}})").start_grace,
            absl::Seconds(91));
}

TEST(TaskPolicyTest, AHealthCheckThatIsSwitchedOffHasNone) {
  const TaskPolicy policy = Read(R"({"ContainerSpec":{"Healthcheck":{"Test":["NONE"]}}})");
  EXPECT_FALSE(policy.health_check);
  EXPECT_EQ(policy.start_grace, absl::ZeroDuration());
}

}  // namespace
}  // namespace swarmbell
