#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "notifier/alert/alert_group.h"
#include "notifier/cards/card.h"
#include "swarmbell/v1/change_event.pb.h"
#include "swarmbell/v1/common.pb.h"
#include "swarmbell/v1/service_changes.pb.h"
#include "swarmbell/v1/task_changes.pb.h"

namespace swarmbell::cards {

// How changes are put into words and sections. All pure.

using FieldChanges = std::vector<v1::FieldChange>;

// Changed settings as sections of a card, one for each group, in the order of the groups' first fields.
std::vector<CardSection> FieldSections(const FieldChanges& fields);

// Changed settings in half a sentence: `4 environment variables, arguments, memory limit`. Empty for none.
std::string FieldSummary(const FieldChanges& fields);

// The same with the names of at most `most` entries, one at least: `env LOG_LEVEL, PORT, +2, image`.
std::string FieldNames(const FieldChanges& fields, std::size_t most);

// The change with the smallest rank, among several of one object, makes the title of their card.
enum class StoryRank {
  kGone,
  kFailed,   // an update that stopped, a loop, a node that is down
  kLacking,  // too few tasks, a failed task
  kShaped,   // mode, availability, role
  kRolled,   // a rollback that is running or done
  kChanged,  // settings
  kDone,     // completed, recovered
  kAppeared,
  kStarted,  // an update that has just begun: its cause is more informative
  kNote,     // what another change means besides
  kShared,   // a secret, config or network
};

// The story of one change. A card shows it alone, or combined with others of its object.
struct Story {
  StoryRank rank = StoryRank::kChanged;
  std::string object;             // `Service`; empty for the word of the resource's kind
  std::string name;               // the object's name; empty for the resource's own
  std::string title;              // the whole title, for several objects; otherwise empty
  std::string result;             // ends the title, in the past tense: `drained`
  std::string sentence;           // under the title when it makes the title
  std::string also;               // under the title when another change makes it; may be empty
  std::vector<CardSection> lead;  // before the changed settings
  FieldChanges fields;            // the changed settings
  std::vector<CardSection> tail;  // after them
};

// The story of one change. A change whose details are unset, or newer than this program, becomes `created`,
// `updated` or `removed`.
Story DescribeChange(const v1::ChangeEvent& event);

// The same for the changes of one kind; false for those of other kinds.
bool DescribeNode(const v1::ChangeEvent& event, Story& story);
bool DescribeService(const v1::ChangeEvent& event, Story& story);
bool DescribeServiceSettings(const v1::ChangeEvent& event, Story& story);
bool DescribeServiceUpdate(const v1::ChangeEvent& event, Story& story);
bool DescribeServiceHealth(const v1::ChangeEvent& event, Story& story);
bool DescribeServiceFailures(const v1::ChangeEvent& event, Story& story);
bool DescribeTask(const v1::ChangeEvent& event, Story& story);
bool DescribeContainer(const v1::ChangeEvent& event, Story& story);
bool DescribeFeed(const v1::ChangeEvent& event, Story& story);
bool DescribeShared(const v1::ChangeEvent& event, Story& story);
bool DescribeSilence(const v1::ChangeEvent& event, Story& story);

// The alarms that a removal ends, in a sentence; empty for none.
std::string EndedAlarms(const v1::ChangeEvent& event);

// The object's name on cards: its name, otherwise the start of its identifier.
std::string ShownName(const v1::ResourceRef& resource);

// Add a section, without values that are empty; none when all are.
void AddFacts(std::vector<CardSection>& sections, std::vector<Fact> facts);
void AddQuote(std::vector<CardSection>& sections, const std::string& title, const std::string& text);
void AddMeta(std::vector<CardSection>& sections, std::vector<std::string> items);
void AddChange(std::vector<CardSection>& sections, const std::string& label, const std::string& before,
               const std::string& after);

// The node's name, or the start of its identifier; empty when the node is not known.
std::string NodeOf(const v1::TaskSummary& task);

// ` on worker-02`; empty when the node is not known.
std::string OnNode(const v1::TaskSummary& task);

// `shop_api.2 on worker-02`
std::string TaskAndNode(const v1::TaskSummary& task);

// The exit code in words: `137 (killed)`; empty without one.
std::string ExitCodeOf(const v1::TaskSummary& task);

// The same as a fact; without a value where the task's error says as much.
Fact ExitCodeFact(const v1::TaskSummary& task);

// `2 in state new, 1 in state starting`; empty for none.
std::string StateCounts(const google::protobuf::RepeatedPtrField<v1::TaskStateCount>& counts);

// Adds a task: its error as a quote to `lead`, its name, node and exit code as facts to `tail`. `label` names
// the task: `Failed task`. A task that has not started yet is a `Waiting task`.
void AddTask(const v1::TaskSummary& task, const std::string& label, Story& story);

// Several evicted tasks of one service as one story.
Story DescribeEvictions(const std::vector<const v1::TaskEvicted*>& changes);

// Adds the changes that came just before the alerts of a group, each with how long before `headline`, the
// change that makes the card's title; of a digest, that makes its footer.
void AddJustBefore(const AlertGroup& group, const v1::ChangeEvent& headline,
                   std::vector<CardSection>& sections);

// An alert and its story.
struct Described {
  const Alert* alert = nullptr;
  Story story;
  bool overtaken = false;  // another alert is a later step of the same update
};

// The stories of the alerts, in their order, without those that another one includes: earlier steps of an
// update, each of several failed tasks. Not empty unless `alerts` is.
std::vector<Described> DescribeAll(const std::vector<Alert>& alerts);

// The story that makes the title.
const Described& Headline(const std::vector<Described>& all, Color color);

// The headline's story with what the others add.
Story Combine(const std::vector<Described>& all, const Described& headline);

}  // namespace swarmbell::cards
