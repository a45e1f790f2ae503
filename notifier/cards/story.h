#pragma once

#include <string>
#include <vector>

#include "notifier/cards/card.h"
#include "notifier/cards/field_sections.h"
#include "swarmbell/v1/change_event.pb.h"

namespace swarmbell::cards {

// Which change of one object makes the title of their common card: the smallest.
enum class StoryRank {
  kGone,
  kFailed,   // an update that stopped, a loop, a node that is down
  kLacking,  // too few tasks, a task that failed
  kShaped,   // mode, availability, role
  kRolled,   // a rollback that goes on or is done
  kChanged,  // settings
  kDone,     // completed, recovered
  kAppeared,
  kStarted,  // an update that has only begun: its cause says more
};

// The content of one change, before it is shown alone or together with others of its object.
struct Story {
  StoryRank rank = StoryRank::kChanged;
  std::string object;             // `Service`; empty for the word of the resource's kind
  std::string name;               // the object's name; empty for the resource's own
  std::string title;              // the whole title, of a story of several objects; else empty
  std::string result;             // ends the title, in the past tense: `drained`
  std::string sentence;           // under the title when it makes the title
  std::string also;               // under the title when another change makes it; empty when it adds nothing
  std::vector<CardSection> lead;  // before the changed settings
  FieldChanges fields;            // the changed settings
  std::vector<CardSection> tail;  // after them
};

// The story of one change, by the kind of resource. Each takes any event of its kind, and one whose details
// are unset or newer than this program becomes `created`, `updated` or `removed`.
Story TellChange(const v1::ChangeEvent& event);

// By resource; false when the event's details are not about that resource.
bool TellNode(const v1::ChangeEvent& event, Story& story);
bool TellService(const v1::ChangeEvent& event, Story& story);
bool TellServiceSettings(const v1::ChangeEvent& event, Story& story);
bool TellServiceUpdate(const v1::ChangeEvent& event, Story& story);
bool TellServiceHealth(const v1::ChangeEvent& event, Story& story);
bool TellServiceFailures(const v1::ChangeEvent& event, Story& story);
bool TellTask(const v1::ChangeEvent& event, Story& story);
bool TellContainer(const v1::ChangeEvent& event, Story& story);
bool TellFeed(const v1::ChangeEvent& event, Story& story);

// The object's name as cards show it: its name, else the start of its identifier.
std::string ShownName(const v1::ResourceRef& resource);

// Facts in the order given, without those that have no value; no section when none is left.
void AddFacts(std::vector<CardSection>& sections, std::vector<Fact> facts);
void AddQuote(std::vector<CardSection>& sections, const std::string& title, const std::string& text);
void AddMeta(std::vector<CardSection>& sections, std::vector<std::string> items);
void AddChange(std::vector<CardSection>& sections, const std::string& label, const std::string& before,
               const std::string& after);

}  // namespace swarmbell::cards
