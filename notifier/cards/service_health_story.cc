#include "notifier/cards/task_facts.h"
#include "notifier/cards/words.h"

// What is said of services that run too few tasks or tasks that keep failing.
namespace swarmbell::cards {
namespace {

void Degraded(const v1::ChangeEvent& event, Story& story) {
  const v1::ServiceDegraded& change = event.service_degraded();
  const std::string lasted = Between(change.has_start_time(), change.start_time(), event.observe_time());
  story.rank = StoryRank::kLacking;
  story.result = "degraded";
  story.sentence = std::to_string(change.running_tasks()) + " of " + Tasks(change.wanted_tasks()) +
                   " running" + (lasted.empty() ? "." : " for " + lasted + ".");
  if (change.running_tasks() == 0) {
    story.sentence = "None of its " + Tasks(change.wanted_tasks()) + " has run" +
                     (lasted.empty() ? "." : " for " + lasted + ".");
  }
  story.also = story.sentence;
  AddTask(change.failed_task(), "Last failed task", story);
}

void Recovered(const v1::ChangeEvent& event, Story& story) {
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

// ` in 4 minutes`; nothing for what one reading found: how long it took is not known.
std::string Within(bool has_start, const google::protobuf::Timestamp& start,
                   const google::protobuf::Timestamp& last) {
  if (has_start && ToTime(start) == ToTime(last)) return "";
  const std::string lasted = Between(has_start, start, last);
  return lasted.empty() ? "" : " in " + lasted;
}

void CrashLoop(const v1::ServiceCrashLoop& change, Story& story) {
  const std::vector<std::string> nodes(change.nodes().begin(), change.nodes().end());
  const v1::TaskSummary& task = change.last_task();
  story.rank = StoryRank::kFailed;
  story.result = "went into a crash loop";
  story.sentence = Counted(change.failures(), "failure", "failures") +
                   Within(change.has_start_time(), change.start_time(), change.last_time()) +
                   (nodes.empty() ? ""
                                  : " on " + (nodes.size() <= 3 ? JoinAnd(nodes)
                                                                : std::to_string(nodes.size()) + " nodes")) +
                   ".";
  story.also = "Its tasks fail again and again: " + story.sentence;
  AddQuote(story.lead, "Last error", task.error());
  AddFacts(story.tail, {{"Last task", TaskAndNode(task)},
                        {"Exit code", task.has_exit_code() ? ExitCodeWords(task.exit_code()) : ""},
                        {"Image", ShortImage(task.image())},
                        {"Nodes", nodes.size() > 3 ? JoinSome(nodes, 8) : ""}});
}

void CrashLoopOver(const v1::ChangeEvent& event, Story& story) {
  const v1::ServiceCrashLoopOver& change = event.service_crash_loop_over();
  const std::string calm = Between(change.has_last_time(), change.last_time(), event.observe_time());
  story.rank = StoryRank::kDone;
  story.result = "left its crash loop";
  story.sentence = calm.empty() ? "No failure any more." : "No failure for " + calm + ".";
  story.also = "Its tasks stopped failing.";
  AddFacts(story.tail, {{"Failures in all",
                         Counted(change.failures(), "failure", "failures") +
                             Within(change.has_start_time(), change.start_time(), change.last_time())}});
}

}  // namespace

bool TellServiceHealth(const v1::ChangeEvent& event, Story& story) {
  switch (event.details_case()) {
    case v1::ChangeEvent::kServiceDegraded:
      return Degraded(event, story), true;
    case v1::ChangeEvent::kServiceRecovered:
      return Recovered(event, story), true;
    case v1::ChangeEvent::kServiceCrashLoop:
      return CrashLoop(event.service_crash_loop(), story), true;
    case v1::ChangeEvent::kServiceCrashLoopOver:
      return CrashLoopOver(event, story), true;
    default:
      return false;
  }
}

}  // namespace swarmbell::cards
