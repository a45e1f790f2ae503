#include "notifier/cards/story.h"
#include "notifier/cards/words.h"

// The stories of containers that no service owns.
namespace swarmbell::cards {
namespace {

std::string Node(const v1::ContainerSummary& container) {
  return container.node_hostname().empty() ? ShortId(container.node_id()) : container.node_hostname();
}

std::string OnNode(const v1::ContainerSummary& container) {
  const std::string node = Node(container);
  return node.empty() ? "" : " on " + node;
}

void AddContainer(const v1::ContainerSummary& container, Story& story) {
  AddFacts(story.tail, {{"Image", ShortImage(container.image())}, {"Node", Node(container)}});
}

void Restarting(const v1::ContainerRestarting& change, Story& story) {
  const v1::ContainerSummary& container = change.container();
  story.rank = StoryRank::kFailed;
  story.result = "went into a restart loop";
  story.sentence = "It ends again and again" + OnNode(container);
  if (change.has_exit_code()) story.sentence += ", with exit code " + ExitCodeWords(change.exit_code());
  story.sentence += ".";
  story.also = "It is in a restart loop.";
  AddChange(story.lead, "State", change.previous_state().empty() ? "new" : change.previous_state(),
            "restarting");
  AddQuote(story.lead, "The engine says", container.status());
  AddContainer(container, story);
}

void GaveUp(const v1::ChangeEvent& event, Story& story) {
  const v1::ContainerGaveUp& change = event.container_gave_up();
  const v1::ContainerSummary& container = change.container();
  const std::string lasted = Between(change.has_start_time(), change.start_time(), event.observe_time());
  story.rank = StoryRank::kFailed;
  story.result = "gave up restarting";
  story.sentence = "The engine does not start it again: it ended";
  if (change.has_exit_code()) story.sentence += " with exit code " + ExitCodeWords(change.exit_code());
  story.sentence += OnNode(container) + (lasted.empty() ? "." : ", after " + lasted + " of restarts.");
  story.also = "It is not started again.";
  AddChange(story.lead, "State", change.previous_state(), change.current_state());
  AddQuote(story.lead, "The engine says", container.status());
  AddContainer(container, story);
}

void Dead(const v1::ContainerDead& change, Story& story) {
  const v1::ContainerSummary& container = change.container();
  const std::string state = change.current_state().empty() ? "dead" : change.current_state();
  story.rank = StoryRank::kFailed;
  story.result = state == "removing" ? "stuck while being removed" : "died";
  story.sentence = "The engine could not remove it" + OnNode(container) + ".";
  story.also = story.sentence;
  AddChange(story.lead, "State", change.previous_state().empty() ? "unknown" : change.previous_state(),
            state);
  if (LowerFirst(container.status()) != state) AddQuote(story.lead, "The engine says", container.status());
  AddContainer(container, story);
}

void Recovered(const v1::ChangeEvent& event, Story& story) {
  const v1::ContainerRecovered& change = event.container_recovered();
  const std::string lasted = Between(change.has_start_time(), change.start_time(), event.observe_time());
  const std::string after = lasted.empty() ? "." : ", after " + lasted + ".";
  story.rank = StoryRank::kDone;
  const bool gone = change.current_state().empty();
  const bool ended = change.current_state() == "exited";
  story.result = gone ? "gone" : ended ? "ended" : "recovered";
  story.sentence = gone    ? "It no longer exists"
                   : ended ? "It ended without an error and needs no restart any more"
                           : "It is " + change.current_state() + " again";
  story.sentence += OnNode(change.container()) + after;
  story.also = story.sentence;
  AddChange(story.lead, "State", change.previous_state(), gone ? "gone" : change.current_state());
  AddContainer(change.container(), story);
}

}  // namespace

bool TellContainer(const v1::ChangeEvent& event, Story& story) {
  switch (event.details_case()) {
    case v1::ChangeEvent::kContainerRestarting:
      return Restarting(event.container_restarting(), story), true;
    case v1::ChangeEvent::kContainerGaveUp:
      return GaveUp(event, story), true;
    case v1::ChangeEvent::kContainerDead:
      return Dead(event.container_dead(), story), true;
    case v1::ChangeEvent::kContainerRecovered:
      return Recovered(event, story), true;
    default:
      return false;
  }
}

}  // namespace swarmbell::cards
