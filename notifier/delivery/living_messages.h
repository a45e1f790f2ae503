#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/time/time.h"
#include "common/sync/mutex.h"
#include "common/time/clock.h"
#include "notifier/alert/alert_group.h"
#include "notifier/chat/chat.h"
#include "notifier/feed/receipt.h"

namespace swarmbell {

// A message that shows a story (see living_story.h) and is edited while that goes on.
struct LivingMessage {
  std::string receiver;
  std::string story;
  MessageId id;
  std::string configured_channel{};  // as set when it was posted: a name or an identifier
  absl::Time posted;
  absl::Time changed;
  bool closed = false;              // the next change of the subject makes a new message
  std::optional<absl::Time> red{};  // when the story turned red
  // That it shows; of a closed one only their identifiers.
  std::vector<Alert> alerts{};
  std::vector<EarlierChange> before{};  // see AlertGroup::before

  // True if it shows all of them already.
  bool Shows(const std::vector<Alert>& others) const;
};

// The messages that live, of all receivers. Collectors store them with the subscription, so that a restart
// and another notifier continue them. They are stored before the changes that they show are acknowledged, if
// Put() is called before the receipts are released.
//
// Bounded in number, age and bytes: what has been closed or unchanged for longest is forgotten first, and a
// change of its subject then makes a new message. Thread-safe.
class LivingMessages {
 public:
  // Both must outlive the object.
  LivingMessages(HandledChanges& handled, Clock& clock) : handled_(handled), clock_(clock) {}

  // Adds what a collector stored: a serialised NotifierState. The newer entry counts. Anything else is
  // ignored.
  void Restore(const std::string& state);

  // The message of a story that is not closed.
  std::optional<LivingMessage> Find(const std::string& receiver, const std::string& story) const;

  // The story of the open message that changes of the subject belong to: its own, or one that shows a state
  // of the subject that has not ended. Unset if there is none.
  std::optional<std::string> FindStory(const std::string& receiver, const std::string& subject) const;

  // The message that shows a run of an update of the subject, if any does.
  std::optional<LivingMessage> FindRun(const std::string& receiver, const std::string& subject) const;

  // True if a closed message of the story has shown all of the alerts: they come again because the process
  // before ended between two acknowledgements.
  bool HasShown(const std::string& receiver, const std::string& story,
                const std::vector<Alert>& alerts) const;

  // Adds or replaces a message.
  void Put(LivingMessage message);

  // Another notifier is active: forgets everything, and stores nothing until TakeOver().
  void HandOver();
  void TakeOver();

 private:
  using Key = std::pair<std::string, std::string>;  // receiver, story

  void Prune() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  std::string Bytes() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  HandledChanges& handled_;
  Clock& clock_;
  mutable Mutex mutex_;
  std::map<Key, LivingMessage> messages_ ABSL_GUARDED_BY(mutex_);
  bool active_ ABSL_GUARDED_BY(mutex_) = true;
};

}  // namespace swarmbell
