#pragma once

#include <memory>
#include <string>
#include <vector>

#include "notifier/feed/feed_batch.h"
#include "notifier/rules/alert.h"
#include "swarmbell/v1/change_event.pb.h"

namespace swarmbell {

// Alerts that make one message to one receiver.
struct AlertGroup {
  std::string receiver;
  // In the order to tell; never empty. All have one subject, or are of a service that was removed and created
  // again under its name. In a digest: of several subjects.
  std::vector<Alert> alerts;
  // See GroupColor.
  Color color = Color::kBlue;
  bool digest = false;
};

// A group on its way to its receiver, and what to let go once it is accepted or finally undeliverable.
struct OutgoingGroup {
  AlertGroup group;
  std::vector<std::shared_ptr<Receipt>> receipts;  // without repeats, never null
};

// All functions are pure and thread-safe.

// A key for what a change is about: changes with equal subjects may share a message. One object is one
// subject; the tasks of a service belong to the service. What several services share is a subject of its own.
std::string SubjectOf(const v1::ChangeEvent& event);

// For a service that appeared or disappeared: a key that it shares with another service of its name, which
// may take its place. Empty for any other change.
std::string ReplacementKeyOf(const v1::ChangeEvent& event);

// Whether `one` says that more is wrong: red before blue before yellow before black before green.
bool IsGraver(Color one, Color two);

// The graver of two colours.
Color Gravest(Color one, Color two);

// The colour of a message that tells all of `alerts`: the gravest of theirs. Left out are the start of an
// update beside its cause, a step of an update beside a later step of it, and what a rollback changed beside
// the rollback.
Color GroupColor(const std::vector<Alert>& alerts);

// Replaces the messages to a receiver by one digest where there are more than `digest_over`; never when that
// is 0. The order is kept.
std::vector<OutgoingGroup> MakeDigests(std::vector<OutgoingGroup> messages, int digest_over);

}  // namespace swarmbell
