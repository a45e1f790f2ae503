#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "notifier/config/notifier_config.h"
#include "notifier/feed/last_words.h"
#include "swarmbell/v1/change_event.pb.h"

namespace swarmbell {

class PendingLastWords;
class Receipt;

// A change that a rule wants to be posted.
struct Alert {
  v1::ChangeEvent event;
  std::string rule;
  Color color = Color::kBlue;
  // Names of the receivers to post to; never empty.
  std::vector<std::string> receivers;
  // Replaces the card's title when not empty; placeholders already filled in.
  std::string title{};
  // Alerts of one story share messages although they are of several objects; empty: a story of its subject.
  std::string story{};
  // The last words of its failed task (see TaskWithOutput), once they are known.
  std::optional<LastWords> last_words{};
};

// A change of one object. One version of a service may change several kinds of settings: each is a part.
struct EarlierChange {
  std::vector<v1::ChangeEvent> parts;  // never empty
};

// Alerts that make one message to one receiver.
struct AlertGroup {
  std::string receiver;
  // In the order in which they are shown; never empty. All have one subject, or are of a service that was
  // removed and created again under its name. In a digest, such as that of a stack: of several subjects.
  std::vector<Alert> alerts;
  // See GroupColor.
  Color color = Color::kBlue;
  bool digest = false;
  // The changes just before a red message that may explain it, nearest first; see RecentChanges.
  std::vector<EarlierChange> before{};
};

// A group on its way to its receiver, and the receipts to release once it is accepted or finally
// undeliverable.
struct OutgoingGroup {
  AlertGroup group;
  std::vector<std::shared_ptr<Receipt>> receipts;  // without repeats, never null
  // Those of the failed task, while a collector is asked for them. Null if the message shows none.
  std::shared_ptr<PendingLastWords> last_words{};
};

// All functions are pure and thread-safe.

// The key of a change's subject: changes with equal subjects may share a message. Each object is a subject; a
// service's tasks belong to the subject of the service. A failure that several services share has a subject
// of its own.
std::string SubjectOf(const v1::ChangeEvent& event);

// For a service that appeared or disappeared: a key that it shares with another service of its name, which
// may take its place. Empty for any other change.
std::string ReplacementKeyOf(const v1::ChangeEvent& event);

// The part that a change has in the deploy of its stack.
enum class StackStep {
  kNone,     // of nothing in a stack, or of a service that fails: a story of its own
  kBegins,   // new settings, a new service, secret, config or network, the start of an update
  kEnds,     // the end of an update without failures
  kRemoves,  // one of these is removed
};
StackStep StackStepOf(const v1::ChangeEvent& event);

// The key of the stack of a change of a service or of its tasks; empty if it belongs to no stack.
std::string StackKeyOf(const v1::ChangeEvent& event);

// The alerts without those that only go with the services of their stack: of secrets, configs and networks
// that its deploy creates or removes, unless a rule gives them another colour than blue. Never empty unless
// `alerts` is; borrows from it.
std::vector<const Alert*> Principals(const std::vector<Alert>& alerts);

// True if the principal alerts are of several objects. A service that was removed and created again is one.
bool OfSeveralObjects(const std::vector<Alert>& alerts);

// True if `one` is graver: red before blue before yellow before black before green.
bool IsGraver(Color one, Color two);

// The graver of two colours.
Color Gravest(Color one, Color two);

// The colour of a message that shows all of `alerts`: the gravest of the principals', for each object without
// the start of an update beside its cause, a step of an update beside a later step of it, the changes that a
// completed update was for, and what a rollback changed beside the rollback.
Color GroupColor(const std::vector<Alert>& alerts);

// Replaces the messages to a receiver by one digest if there are more than `digest_over`; never if that is 0.
// Keeps the order.
std::vector<OutgoingGroup> MakeDigests(std::vector<OutgoingGroup> messages, int digest_over);

// The net effect of the alerts of one message.
struct NetAlerts {
  // Several changes of one kind of one object are joined into one, in the place of the last: from the first
  // value before to the last value after, with every field that any of them changed.
  std::vector<Alert> alerts;
  // The number of changes that were joined; 0 if none were.
  std::size_t joined = 0;
  // The names of fields that were changed and changed back.
  std::vector<std::string> restored;
};

// Joins changes of settings and of size, and drops the steps of an update that a later update of the same
// service followed, except red ones. All other alerts stay as they are. Empty only if `alerts` is.
NetAlerts NetOf(const std::vector<Alert>& alerts);

// The number of lines that a card needs for the alerts: one for each changed field, and at least one for each
// alert.
std::size_t LinesFor(const std::vector<Alert>& alerts);

}  // namespace swarmbell
