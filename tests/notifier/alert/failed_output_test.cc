#include "notifier/alert/failed_output.h"

#include <gtest/gtest.h>

#include <string>

namespace swarmbell {
namespace {

void Fill(v1::TaskSummary& task, const std::string& id, v1::TaskState state = v1::TASK_STATE_FAILED) {
  task.set_id(id);
  task.set_state(state);
}

Alert Failure(const std::string& task, v1::TaskState state = v1::TASK_STATE_FAILED) {
  Alert alert;
  alert.color = Color::kRed;
  Fill(*alert.event.mutable_task_failed()->mutable_task(), task, state);
  return alert;
}

std::string IdOf(const Alert* alert) {
  return alert == nullptr ? "none" : TaskWithOutput(alert->event)->id();
}

TEST(TaskWithOutputTest, IsTheTaskThatTheChangeBlames) {
  v1::ChangeEvent event;
  EXPECT_EQ(TaskWithOutput(event), nullptr);
  Fill(*event.mutable_service_update_state_changed()->mutable_failed_task(), "paused");
  EXPECT_EQ(TaskWithOutput(event)->id(), "paused");
  Fill(*event.mutable_service_update_stalled()->mutable_waiting_task(), "stalled");
  EXPECT_EQ(TaskWithOutput(event)->id(), "stalled");
  Fill(*event.mutable_service_job_failed()->mutable_task(), "job");
  EXPECT_EQ(TaskWithOutput(event)->id(), "job");
  Fill(*event.mutable_service_crash_loop()->mutable_last_task(), "loop");
  EXPECT_EQ(TaskWithOutput(event)->id(), "loop");
  Fill(*event.mutable_service_degraded()->mutable_failed_task(), "degraded");
  EXPECT_EQ(TaskWithOutput(event)->id(), "degraded");
  event.mutable_service_crash_loop_over();
  EXPECT_EQ(TaskWithOutput(event), nullptr);
}

TEST(TaskWithOutputTest, ATaskThatNeverRanHasNone) {
  EXPECT_EQ(TaskWithOutput(Failure("t", v1::TASK_STATE_REJECTED).event), nullptr);
  EXPECT_EQ(TaskWithOutput(Failure("t", v1::TASK_STATE_PENDING).event), nullptr);
  EXPECT_EQ(TaskWithOutput(Failure("").event), nullptr);
  EXPECT_NE(TaskWithOutput(Failure("t", v1::TASK_STATE_ORPHANED).event), nullptr);
  EXPECT_NE(TaskWithOutput(Failure("t", v1::TASK_STATE_COMPLETE).event), nullptr);
}

TEST(AlertWithOutputTest, IsTheNewestRedOne) {
  Alert yellow = Failure("yellow");
  yellow.color = Color::kYellow;
  EXPECT_EQ(IdOf(AlertWithOutput({})), "none");
  EXPECT_EQ(IdOf(AlertWithOutput({yellow})), "none");
  EXPECT_EQ(IdOf(AlertWithOutput({Failure("old"), Failure("new"), yellow})), "new");
}

TEST(AddLastWordsTest, LeavesACardAsItIsWhereLogsAreOff) {
  std::vector<Alert> alerts = {Failure("one"), Failure("two")};
  EXPECT_FALSE(AddLastWords({}, alerts));
  EXPECT_FALSE(alerts[1].last_words);
  EXPECT_TRUE(AddLastWords({{"last line"}, ""}, alerts));
  EXPECT_FALSE(alerts[0].last_words);
  EXPECT_EQ(alerts[1].last_words->lines.front(), "last line");
  std::vector<Alert> none;
  EXPECT_FALSE(AddLastWords({{}, "why"}, none));
}

}  // namespace
}  // namespace swarmbell
