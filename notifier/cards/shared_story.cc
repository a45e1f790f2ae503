// The stories of secrets, configs and networks, of the swarm's settings, and of what a change of a service's
// settings means besides: an image changed by hand, a secret or config that was rotated.

#include "notifier/alert/change_facts.h"
#include "notifier/cards/story.h"
#include "notifier/cards/words.h"

namespace swarmbell::cards {
namespace {

std::string InStack(const std::string& stack) { return stack.empty() ? "" : " in stack " + stack; }

std::string KindOf(const v1::ChangeEvent& event) { return LowerFirst(KindWord(event.resource().kind())); }

void Created(const v1::ChangeEvent& event, const v1::SharedObject& object, Story& story) {
  story.rank = StoryRank::kShared;
  story.result = "created";
  story.sentence = "New " + KindOf(event) + InStack(event.resource().stack()) + ".";
  AddMeta(story.tail,
          {object.driver(), object.attachable() ? "attachable" : "", object.internal() ? "internal" : ""});
}

void Removed(const v1::ChangeEvent& event, const v1::SharedObject& object, Story& story) {
  const std::string lasted = Between(object.has_create_time(), object.create_time(), event.observe_time());
  story.rank = StoryRank::kShared;
  story.result = "removed";
  const std::string& stack = event.resource().stack();
  story.sentence = stack.empty() ? "" : "Was in stack " + stack + ".";
  if (!lasted.empty()) story.sentence += (stack.empty() ? "" : " ") + ("It existed for " + lasted + ".");
}

void ChangedByHand(const v1::ServiceImageChangedByHand& change, Story& story) {
  story.rank = StoryRank::kNote;
  story.result = "image changed by hand";
  story.sentence = "The stack says " + ShortImage(change.stack_image()) + "; it runs " +
                   ShortImage(change.image()) + " now.";
  story.also = "Changed by hand: the stack says " + ShortImage(change.stack_image()) + ".";
}

void Rotated(const v1::FileRotated& change, const std::string& kind, Story& story) {
  story.rank = StoryRank::kNote;
  story.result = kind + " rotated";
  story.sentence = "Its " + kind + " " + change.file() + " is " + change.new_name() + " now, before " +
                   change.old_name() + ".";
  story.also = UpperFirst(kind) + " " + change.file() + " rotated.";
}

void SettingsChanged(const v1::SwarmSettingsChanged& change, Story& story) {
  story.rank = StoryRank::kChanged;
  story.result = "settings changed";
  story.fields = {change.fields().begin(), change.fields().end()};
  story.sentence = "Changed: " + FieldNames(story.fields, 4) + ".";
  story.also = story.sentence;
}

}  // namespace

bool DescribeShared(const v1::ChangeEvent& event, Story& story) {
  switch (event.details_case()) {
    case v1::ChangeEvent::kServiceImageChangedByHand:
      return ChangedByHand(event.service_image_changed_by_hand(), story), true;
    case v1::ChangeEvent::kServiceSecretRotated:
      return Rotated(event.service_secret_rotated(), "secret", story), true;
    case v1::ChangeEvent::kServiceConfigRotated:
      return Rotated(event.service_config_rotated(), "config", story), true;
    case v1::ChangeEvent::kSwarmSettingsChanged:
      return SettingsChanged(event.swarm_settings_changed(), story), true;
    default:
      break;
  }
  const v1::SharedObject* object = SharedObjectOf(event);
  if (object == nullptr) return false;
  return (event.action() == v1::ACTION_REMOVED ? Removed : Created)(event, *object, story), true;
}

}  // namespace swarmbell::cards
