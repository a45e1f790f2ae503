#pragma once

#include <optional>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "notifier/alert/alert_group.h"
#include "swarmbell/v1/change_event.pb.h"

namespace swarmbell {

// A story: the alerts of one subject from the first until nothing of it goes on. Where a chat can edit
// messages it is one message. All functions are pure and thread-safe.

// The key of the story that a message belongs to: that of its subject, or of the stack that all of its
// subjects are in. Empty if it belongs to none, as a digest of several stacks.
std::string StoryKeyOf(const AlertGroup& group);

// True if `later` ends what `earlier` reports, both of one subject: it recovered, was removed, or a run of an
// update that had stopped was followed by one that completed.
bool EndsState(const v1::ChangeEvent& later, const v1::ChangeEvent& earlier);

// The alerts, in order, that no later one ends; those that one ends.
std::vector<Alert> Unended(const std::vector<Alert>& alerts);
std::vector<Alert> Ended(const std::vector<Alert>& alerts);

// True while a state lasts that another change will end, or an update runs.
bool GoesOn(const std::vector<Alert>& alerts);

// The change that started the run of an update that is in progress for a subject; null if none is.
const v1::ChangeEvent* RunInProgress(const std::vector<Alert>& alerts, const std::string& subject);

// True if the alerts show a state of the subject that lasts, or a run of its update that is in progress.
bool ShowsStateOf(const std::vector<Alert>& alerts, const std::string& subject);

// True if the alerts of a message with `more` continue the story of `alerts`, which was changed `since`: it
// goes on, or waited for the update that its settings start. False for a red alert that must ring again: of a
// kind that the story shows already, or long after its last change. An edit would notify nobody.
bool Continues(const std::vector<Alert>& alerts, const std::vector<Alert>& more, absl::Duration since);

// How long a story of settings alone waits for its update.
inline constexpr absl::Duration kAwaitsUpdate = absl::Seconds(30);

// Adds the alerts of another message. Alerts with a known `event_id` are left out; what a later step
// overtakes is dropped; the oldest that do not last go first when there are too many.
void AddToStory(const std::vector<Alert>& more, std::vector<Alert>& alerts);

}  // namespace swarmbell
