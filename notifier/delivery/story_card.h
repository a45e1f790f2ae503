#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "notifier/alert/alert_group.h"
#include "notifier/cards/card.h"
#include "notifier/config/notifier_config.h"
#include "notifier/delivery/living_messages.h"
#include "swarmbell/v1/change_event.pb.h"

namespace swarmbell {

// The card of a message that shows a whole story. All pure.

// The progress of updates, by subject; for a card those in progress (see IsOfRun).
using ProgressBySubject = std::map<std::string, v1::ChangeEvent>;

// The card of a story: the states that last, and how far its updates are. Once no red state is left it shows
// the end, how long the story was red, and what it was.
Card StoryCard(const LivingMessage& message, const ProgressBySubject& progress,
               const std::vector<LinkConfig>& links);

// The card of one step of a story: a title and a sentence, for the thread of its message.
Card StepCard(const std::vector<Alert>& alerts, const std::vector<LinkConfig>& links);

// `▰▰▰▱▱ 3/5`, with the number of failed tasks if there are any.
std::string ProgressBar(const v1::ServiceUpdateProgress& progress);

// True if the progress is of the run that the alerts say is in progress.
bool IsOfRun(const v1::ChangeEvent& progress, const std::vector<Alert>& alerts);

}  // namespace swarmbell
