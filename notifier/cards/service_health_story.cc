// The stories of services that run too few tasks, and of runs of jobs.

#include <algorithm>

#include "notifier/cards/story.h"
#include "notifier/cards/words.h"

namespace swarmbell::cards {
namespace {

// `Its task has not run`, `None of its 3 tasks has run`, `2 of 5 tasks running`
std::string HowMany(const v1::ServiceDegraded& change) {
  if (change.running_tasks() > 0) {
    return std::to_string(change.running_tasks()) + " of " + Tasks(change.wanted_tasks()) + " running";
  }
  return change.wanted_tasks() == 1 ? "Its task has not run"
                                    : "None of its " + Tasks(change.wanted_tasks()) + " has run";
}

// `; it is in state starting`, `; 2 in state new, 1 in state starting`, or nothing.
std::string InWhichStates(const v1::ServiceDegraded& change) {
  if (change.wanted_tasks() == 1 && change.waiting_size() == 1) {
    return "; it is in state " + TaskStateWord(change.waiting(0).state());
  }
  const std::string counts = StateCounts(change.waiting());
  return counts.empty() ? "" : "; " + counts;
}

void Degraded(const v1::ChangeEvent& event, Story& story) {
  const v1::ServiceDegraded& change = event.service_degraded();
  const std::string lasted = Between(change.has_start_time(), change.start_time(), event.observe_time());
  story.rank = StoryRank::kLacking;
  story.result = change.first_start() ? "has not started" : "degraded";
  story.sentence = HowMany(change) + (lasted.empty() ? "" : " for " + lasted) + InWhichStates(change) + ".";
  story.also = story.sentence;
  AddTask(change.failed_task(), "Last failed task", story);
}

void ServiceRecovered(const v1::ChangeEvent& event, Story& story) {
  const v1::ServiceRecovered& change = event.service_recovered();
  const std::string lasted = Between(change.has_start_time(), change.start_time(), event.observe_time());
  const bool one = change.wanted_tasks() == 1;
  story.rank = StoryRank::kDone;
  story.result = "recovered";
  story.sentence = change.wanted_tasks() == 0 ? "It runs all its tasks again"
                   : one                      ? "Its task runs again"
                                              : "All " + Tasks(change.wanted_tasks()) + " run again";
  story.sentence += lasted.empty() ? "." : ", after " + lasted + ".";
  story.also = story.sentence;
}

// `ended with exit code 3 on worker-01`, `was rejected by worker-01`
std::string HowEnded(const v1::TaskSummary& task) {
  if (task.has_exit_code()) return "ended with exit code " + ExitCodeOf(task) + OnNode(task);
  if (task.state() == v1::TASK_STATE_REJECTED) {
    return "was rejected" + (NodeOf(task).empty() ? "" : " by " + NodeOf(task));
  }
  return "failed" + OnNode(task);
}

void JobFailed(const v1::ServiceJobFailed& change, Story& story) {
  const bool many = change.wanted_tasks() > 1;
  story.rank = StoryRank::kFailed;
  story.result = "job failed";
  if (many) {
    story.sentence =
        std::to_string(change.completed_tasks()) + " of " + Tasks(change.wanted_tasks()) + " completed. ";
  }
  story.sentence += change.failures() > 1 ? Tasks(change.failures()) + " failed; the last one "
                    : many                ? "One "
                                          : "Its task ";
  story.sentence += HowEnded(change.task()) + ". It is not tried again.";
  story.also = "Its job failed.";
  AddTask(change.task(), "Failed task", story);
  AddFacts(story.tail, {{"Image", ShortImage(change.task().image())}});
}

void JobSucceeded(const v1::ChangeEvent& event, Story& story) {
  const v1::ServiceJobSucceeded& change = event.service_job_succeeded();
  const std::string since = Between(change.has_failure_time(), change.failure_time(), event.observe_time());
  story.rank = StoryRank::kDone;
  story.result = "job succeeded";
  story.sentence = change.completed_tasks() > 1 ? "All " + Tasks(change.completed_tasks()) + " ended well"
                                                : "It ended well";
  story.sentence +=
      since.empty() ? "; the run before had failed." : "; the run before failed " + since + " ago.";
  story.also = "Its job succeeded.";
}

}  // namespace

bool DescribeServiceHealth(const v1::ChangeEvent& event, Story& story) {
  switch (event.details_case()) {
    case v1::ChangeEvent::kServiceDegraded:
      return Degraded(event, story), true;
    case v1::ChangeEvent::kServiceRecovered:
      return ServiceRecovered(event, story), true;
    case v1::ChangeEvent::kServiceJobFailed:
      return JobFailed(event.service_job_failed(), story), true;
    case v1::ChangeEvent::kServiceJobSucceeded:
      return JobSucceeded(event, story), true;
    default:
      return false;
  }
}

}  // namespace swarmbell::cards
