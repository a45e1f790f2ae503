#include <utility>

#include "notifier/cards/task_facts.h"
#include "notifier/cards/words.h"

// The stories of services whose tasks fail: repeatedly, once together, or with the same error as those of
// other services.
namespace swarmbell::cards {
namespace {

using google::protobuf::RepeatedPtrField;

std::string Failures(std::uint64_t count) { return Counted(count, "failure", "failures"); }

// ` in 4 minutes`; nothing for what one reading found: how long it took is not known.
std::string Within(bool has_start, const google::protobuf::Timestamp& start,
                   const google::protobuf::Timestamp& last) {
  if (has_start && ToTime(start) == ToTime(last)) return "";
  const std::string lasted = Between(has_start, start, last);
  return lasted.empty() ? "" : " in " + lasted;
}

// ` on w1 and w2`; ` on 5 nodes`, which AllNodes() names.
std::string OnNodes(const RepeatedPtrField<std::string>& nodes) {
  if (nodes.empty()) return "";
  if (nodes.size() > 3) return " on " + std::to_string(nodes.size()) + " nodes";
  return " on " + JoinAnd({nodes.begin(), nodes.end()});
}

Fact AllNodes(const RepeatedPtrField<std::string>& nodes) {
  return {"Nodes", nodes.size() > 3 ? JoinSome({nodes.begin(), nodes.end()}, 8) : ""};
}

void AddLastTask(const v1::TaskSummary& task, const Fact& nodes, Story& story) {
  AddFacts(story.tail, {{"Last task", TaskAndNode(task)},
                        {"Exit code", ExitCodeOf(task)},
                        {"Image", ShortImage(task.image())},
                        nodes});
}

// How long nothing has failed: `No failure for 2 minutes.`
std::string Calm(bool has_last, const google::protobuf::Timestamp& last, const v1::ChangeEvent& event) {
  const std::string calm = Between(has_last, last, event.observe_time());
  return calm.empty() ? "No failure any more." : "No failure for " + calm + ".";
}

void CrashLoop(const v1::ServiceCrashLoop& change, Story& story) {
  story.rank = StoryRank::kFailed;
  story.result = "went into a crash loop";
  story.sentence = Failures(change.failures()) +
                   Within(change.has_start_time(), change.start_time(), change.last_time()) +
                   OnNodes(change.nodes()) + ".";
  story.also = "Its tasks fail again and again: " + story.sentence;
  AddQuote(story.lead, "Last error", change.last_task().error());
  AddLastTask(change.last_task(), AllNodes(change.nodes()), story);
}

void CrashLoopOver(const v1::ChangeEvent& event, Story& story) {
  const v1::ServiceCrashLoopOver& change = event.service_crash_loop_over();
  story.rank = StoryRank::kDone;
  story.result = "left its crash loop";
  story.sentence = Calm(change.has_last_time(), change.last_time(), event);
  story.also = "Its tasks stopped failing.";
  AddFacts(story.tail, {{"Failures in all",
                         Failures(change.failures()) +
                             Within(change.has_start_time(), change.start_time(), change.last_time())}});
}

void TasksFailed(const v1::ServiceTasksFailed& change, Story& story) {
  story.rank = StoryRank::kLacking;
  story.result =
      "replaced " + (change.failures() == 0 ? std::string("failed tasks")
                                            : Counted(change.failures(), "failed task", "failed tasks"));
  const std::string within = Within(change.has_start_time(), change.start_time(), change.last_time());
  story.sentence = (change.failures() == 1 ? "It failed once" : "Each failed once") +
                   OnNodes(change.nodes()) + (within.empty() ? "." : "," + within + ".");
  story.also = Counted(change.failures(), "task", "tasks") + " failed once" + OnNodes(change.nodes()) +
               " and " + (change.failures() == 1 ? "was" : "were") + " replaced.";
  AddQuote(story.lead, "Last error", change.last_task().error());
  AddLastTask(change.last_task(), AllNodes(change.nodes()), story);
}

std::string Services(int count) {
  return count == 0 ? "Several services" : Counted(static_cast<std::uint64_t>(count), "service", "services");
}

// A row for each service: `mon_grafana   4 failures`.
void AddServices(const RepeatedPtrField<v1::FailingService>& services, Fact nodes, Story& story) {
  std::vector<Fact> facts = {std::move(nodes)};
  for (const v1::FailingService& service : services) {
    const bool named = !service.service_name().empty();
    facts.push_back(
        {named ? service.service_name() : ShortId(service.service_id()), Failures(service.failures())});
  }
  AddFacts(story.tail, std::move(facts));
}

std::uint64_t AllFailures(const RepeatedPtrField<v1::FailingService>& services) {
  std::uint64_t all = 0;
  for (const v1::FailingService& service : services) all += service.failures();
  return all;
}

void SameError(const v1::ServicesFailing& change, Story& story) {
  story.rank = StoryRank::kFailed;
  story.title = Services(change.services_size()) + " failed with the same error";
  story.sentence = Failures(AllFailures(change.services())) +
                   Within(change.has_start_time(), change.start_time(), change.last_time()) +
                   OnNodes(change.nodes()) + ".";
  story.also = story.title + ": " + LowerFirst(story.sentence);
  AddQuote(story.lead, "Their error", change.error());
  AddServices(change.services(), AllNodes(change.nodes()), story);
}

void SameErrorOver(const v1::ChangeEvent& event, Story& story) {
  const v1::ServicesFailingOver& change = event.services_failing_over();
  story.rank = StoryRank::kDone;
  story.title = Services(change.services_size()) + " stopped failing";
  story.sentence = Calm(change.has_last_time(), change.last_time(), event);
  story.also = story.title + ".";
  AddQuote(story.lead, "Their error was", change.error());
  AddServices(change.services(), {}, story);
}

}  // namespace

bool TellServiceFailures(const v1::ChangeEvent& event, Story& story) {
  switch (event.details_case()) {
    case v1::ChangeEvent::kServiceCrashLoop:
      return CrashLoop(event.service_crash_loop(), story), true;
    case v1::ChangeEvent::kServiceCrashLoopOver:
      return CrashLoopOver(event, story), true;
    case v1::ChangeEvent::kServiceTasksFailed:
      return TasksFailed(event.service_tasks_failed(), story), true;
    case v1::ChangeEvent::kServicesFailing:
      return SameError(event.services_failing(), story), true;
    case v1::ChangeEvent::kServicesFailingOver:
      return SameErrorOver(event, story), true;
    default:
      return false;
  }
}

}  // namespace swarmbell::cards
