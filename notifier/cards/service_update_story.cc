// The stories of a service's updates and rollbacks.

#include <algorithm>

#include "notifier/cards/story.h"
#include "notifier/cards/words.h"

namespace swarmbell::cards {
namespace {

const google::protobuf::Timestamp& EndOf(const v1::ChangeEvent& event) {
  const v1::ServiceUpdateStateChanged& change = event.service_update_state_changed();
  if (change.complete_time().seconds() > 0) return change.complete_time();
  return event.occur_time().seconds() > 0 ? event.occur_time() : event.observe_time();
}

std::string Duration(const v1::ChangeEvent& event) {
  const v1::ServiceUpdateStateChanged& change = event.service_update_state_changed();
  return Between(change.has_start_time(), change.start_time(), EndOf(event));
}

// ` in 42 seconds`, or nothing.
std::string With(const std::string& preposition, const std::string& duration) {
  return duration.empty() ? "" : " " + preposition + " " + duration;
}

// `: image 2.4.1 → 2.5.0`, or nothing.
std::string About(const FieldChanges& fields) {
  const std::string summary = FieldSummary(fields);
  return summary.empty() ? "" : ": " + summary;
}

// ` (image 2.4.1 → 2.5.0)`, or nothing. In brackets, as a duration may stand before it.
std::string InBrackets(const FieldChanges& fields) {
  const std::string summary = FieldSummary(fields);
  return summary.empty() ? "" : " (" + summary + ")";
}

// The version that tasks which are not updated still run.
std::string OldThing(const FieldChanges& fields) {
  const bool image = std::any_of(fields.begin(), fields.end(),
                                 [](const v1::FieldChange& field) { return field.group() == "Image"; });
  return image ? "the old image" : "the old settings";
}

// The engine's message about the run, unless it only says that a task failed: that is on the card.
void AddReason(const v1::ServiceUpdateStateChanged& change, Story& story) {
  const bool usual =
      change.message().find("due to failure or early termination of task") != std::string::npos;
  if (!usual || change.failed_task().error().empty()) AddQuote(story.lead, "Reason", change.message());
}

// `1 of 3 tasks updated after 42 seconds (image 2.4.1 → 2.5.0). The other 2 still run the old image.`
std::string HowFar(const v1::ServiceUpdateStateChanged& change, const std::string& duration) {
  const FieldChanges fields(change.fields().begin(), change.fields().end());
  if (change.wanted_tasks() == 0) return "It stopped" + With("after", duration) + InBrackets(fields) + ".";
  std::string said = std::to_string(change.updated_tasks()) + " of " + Tasks(change.wanted_tasks()) +
                     " updated" + With("after", duration) + InBrackets(fields) + ".";
  if (change.updated_tasks() >= change.wanted_tasks()) return said;
  const std::uint32_t rest = change.wanted_tasks() - change.updated_tasks();
  if (change.updated_tasks() == 0) return said + " None runs the new settings.";
  return said + " The other " + (rest == 1 ? "one still runs " : std::to_string(rest) + " still run ") +
         OldThing(fields) + ".";
}

// True if a run ended although tasks failed and are missing.
bool LacksTasks(const v1::ServiceUpdateStateChanged& change) {
  return change.updated_tasks() < change.wanted_tasks() && change.has_failed_task();
}

std::string AllTasks(std::uint32_t wanted) {
  if (wanted == 0) return "";
  if (wanted == 1) return "Its only task";
  return wanted == 2 ? "Both tasks" : "All " + Tasks(wanted);
}

void Started(const v1::ServiceUpdateStateChanged& change, Story& story) {
  story.rank = StoryRank::kStarted;
  story.result = "update started";
  const std::string of = change.wanted_tasks() > 0 ? " of " + Tasks(change.wanted_tasks()) : "";
  story.sentence = "Rolling update" + of + " started" + About(story.fields) + ".";
  story.also = "Rolling update started.";
}

void Completed(const v1::ServiceUpdateStateChanged& change, const std::string& duration, Story& story) {
  story.rank = StoryRank::kDone;
  story.result = "update completed";
  const std::string all = AllTasks(change.wanted_tasks());
  const bool whole = change.updated_tasks() >= change.wanted_tasks();
  if (!whole) {
    story.sentence =
        std::to_string(change.updated_tasks()) + " of " + Tasks(change.wanted_tasks()) + " updated";
  } else {
    story.sentence = all.empty() ? "Its tasks are updated" : all + " updated";
  }
  story.sentence += With("in", duration) + InBrackets(story.fields) + ".";
  story.also = "Update completed" + With("in", duration) + ".";
  if (!LacksTasks(change)) return;
  const std::uint32_t missing = change.wanted_tasks() - change.updated_tasks();
  story.rank = StoryRank::kLacking;
  story.result = "update over, " + Tasks(missing) + " missing";
  story.sentence += " It is over: nothing is rolled back.";
  story.also = "Its update is over with " + Tasks(missing) + " missing.";
}

void Paused(const v1::ServiceUpdateStateChanged& change, const std::string& duration, Story& story) {
  const bool rollback = change.current_state() == v1::UPDATE_STATE_ROLLBACK_PAUSED;
  story.rank = StoryRank::kFailed;
  story.result = rollback ? "rollback paused" : "update paused";
  story.sentence = HowFar(change, duration);
  if (rollback) {
    story.sentence = change.wanted_tasks() == 0
                         ? "It stopped" + With("after", duration) + "."
                         : std::to_string(change.updated_tasks()) + " of " + Tasks(change.wanted_tasks()) +
                               " rolled back" + With("after", duration) + ". Someone has to look at it.";
  }
  story.also = rollback ? "Its rollback paused." : "Its update paused.";
  AddReason(change, story);
}

// The engine does that by itself when an update fails: it is the failure that is news.
void UpdateFailed(const v1::ServiceUpdateStateChanged& change, Story& story) {
  story.rank = StoryRank::kFailed;
  story.result = "update failed";
  story.sentence = "The engine rolls it back" + About(story.fields) + ".";
  story.also = "The update failed; the engine rolls it back.";
  AddReason(change, story);
}

// The engine says why it rolls back; of a rollback that was over before it was seen, nobody may know.
void RollbackStarted(const v1::ServiceUpdateStateChanged& change, Story& story) {
  if (change.automatic()) return UpdateFailed(change, story);
  const bool known = !change.message().empty() || change.has_failed_task();
  const bool by_hand = change.message().find("manually") != std::string::npos;
  story.rank = StoryRank::kRolled;
  story.result = "rollback started";
  story.sentence = "Tasks go back to the settings before.";
  story.also = "Rollback started.";
  if (known) {
    story.sentence = by_hand ? "Someone asked for it; tasks go back to the settings before."
                             : "The update failed; tasks go back to the settings before.";
    story.also = by_hand ? "Rollback started by hand." : "The update had failed.";
  }
  if (!by_hand) AddQuote(story.lead, "Reason", change.message());
}

// `All 3 tasks are back`, `1 of 3 tasks is back`
std::string WhoIsBack(const v1::ServiceUpdateStateChanged& change) {
  if (LacksTasks(change)) {
    return std::to_string(change.updated_tasks()) + " of " + Tasks(change.wanted_tasks()) +
           (change.updated_tasks() == 1 ? " is back" : " are back");
  }
  const std::string all = AllTasks(change.wanted_tasks());
  return all.empty() ? "It is back" : all + (change.wanted_tasks() == 1 ? " is back" : " are back");
}

void RolledBack(const v1::ServiceUpdateStateChanged& change, const std::string& duration, Story& story) {
  story.rank = StoryRank::kRolled;
  story.result = "rolled back";
  story.sentence = WhoIsBack(change) + " on the settings before" + About(story.fields) + ".";
  if (!duration.empty()) story.sentence += " Took " + duration + ".";
  story.also = "Rolled back.";
  if (!LacksTasks(change)) return;
  const std::string missing = Tasks(change.wanted_tasks() - change.updated_tasks());
  story.rank = StoryRank::kLacking;
  story.result = "rolled back, " + missing + " missing";
  story.also = "Rolled back, with " + missing + " missing.";
}

// `No task has moved on for 5 minutes: 1 of 3 tasks updated, 2 in state new.`
void Stalled(const v1::ChangeEvent& event, Story& story) {
  const v1::ServiceUpdateStalled& change = event.service_update_stalled();
  const bool rollback = change.state() == v1::UPDATE_STATE_ROLLBACK_STARTED;
  story.rank = StoryRank::kFailed;
  story.result = rollback ? "rollback stalled" : "update stalled";
  story.fields = {change.fields().begin(), change.fields().end()};
  story.sentence =
      "No task has moved on" + With("for", Between(change.has_last_progress_time(),
                                                   change.last_progress_time(), event.observe_time()));
  if (change.wanted_tasks() > 0) {
    story.sentence += ": " + std::to_string(change.updated_tasks()) + " of " + Tasks(change.wanted_tasks()) +
                      (rollback ? " rolled back" : " updated");
  }
  const std::string waiting = StateCounts(change.waiting());
  story.sentence += (waiting.empty() ? "" : ", " + waiting) + ".";
  story.also = (rollback ? "Its rollback stalled: " : "Its update stalled: ") + LowerFirst(story.sentence);
  AddTask(change.waiting_task(), "Failed task", story);
  const bool lacks = change.running_tasks() < change.wanted_tasks();
  AddFacts(story.tail,
           {{"Running now",
             lacks ? std::to_string(change.running_tasks()) + " of " + Tasks(change.wanted_tasks()) : ""}});
}

void Resumed(const v1::ChangeEvent& event, Story& story) {
  const v1::ServiceUpdateResumed& change = event.service_update_resumed();
  const bool rollback = change.state() == v1::UPDATE_STATE_ROLLBACK_STARTED;
  story.rank = StoryRank::kDone;
  if (change.state() == v1::UPDATE_STATE_UNSPECIFIED) {
    story.result = "update over";
    story.sentence = "It was changed, and no task is left to replace.";
    story.also = "Its update is over: no task is left to replace.";
    return;
  }
  story.result = rollback ? "rollback resumed" : "update resumed";
  story.sentence = "It moves on again" +
                   With("after", Between(change.has_stall_time(), change.stall_time(), event.observe_time()));
  if (change.wanted_tasks() > 0) {
    story.sentence += ": " + std::to_string(change.updated_tasks()) + " of " + Tasks(change.wanted_tasks()) +
                      (rollback ? " rolled back" : " updated");
  }
  story.sentence += ".";
  story.also = rollback ? "Its rollback moves on again." : "Its update moves on again.";
}

void UpdateStateChanged(const v1::ChangeEvent& event, Story& story) {
  const v1::ServiceUpdateStateChanged& change = event.service_update_state_changed();
  story.fields = {change.fields().begin(), change.fields().end()};
  const std::string duration = Duration(event);
  switch (change.current_state()) {
    case v1::UPDATE_STATE_UPDATING:
      Started(change, story);
      break;
    case v1::UPDATE_STATE_COMPLETED:
      Completed(change, duration, story);
      break;
    case v1::UPDATE_STATE_PAUSED:
    case v1::UPDATE_STATE_ROLLBACK_PAUSED:
      Paused(change, duration, story);
      break;
    case v1::UPDATE_STATE_ROLLBACK_STARTED:
      RollbackStarted(change, story);
      break;
    case v1::UPDATE_STATE_ROLLBACK_COMPLETED:
      RolledBack(change, duration, story);
      break;
    default:
      story.result = "update state changed";
      AddQuote(story.lead, "The engine says", change.message());
      break;
  }
  AddTask(change.failed_task(), "Failed task", story);
}

}  // namespace

bool DescribeServiceUpdate(const v1::ChangeEvent& event, Story& story) {
  switch (event.details_case()) {
    case v1::ChangeEvent::kServiceUpdateStateChanged:
      return UpdateStateChanged(event, story), true;
    case v1::ChangeEvent::kServiceUpdateStalled:
      return Stalled(event, story), true;
    case v1::ChangeEvent::kServiceUpdateResumed:
      return Resumed(event, story), true;
    default:
      return false;
  }
}

}  // namespace swarmbell::cards
