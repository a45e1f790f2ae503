#pragma once

#include <string>

#include "absl/time/time.h"
#include "notifier/config/notifier_config.h"
#include "swarmbell/v1/change_event.pb.h"

namespace swarmbell {

// A change in words, as rules match it and titles show it.
struct Transition {
  // The name of the field of ChangeEvent.details that is set, e.g. `node_role_changed`; `unknown` when
  // none is (a change that this reader does not know).
  std::string change;
  // The states before and now, as docker writes them: `drain`, `manager`, `rollback_started`, `running`;
  // `none` where the engine has no state; the number of replicas, or else the kind of service, for
  // service_mode_changed; hostnames for leader_changed. Empty for a change that knows no such state.
  std::string from;
  std::string to;

  friend bool operator==(const Transition&, const Transition&) = default;
};

// Pure; works by reflection, so that a new change needs no second table.
Transition TransitionOf(const v1::ChangeEvent& event);

// `service`, `node` and so on, as in a match; empty for a kind that this reader does not know.
std::string KindWord(v1::ResourceKind kind);

// Replaces {name} {kind} {stack} {cluster} {from} {to} {change}, but not inside a replaced text; other braces
// stay as they are.
std::string FillTitle(const std::string& title, const v1::ChangeEvent& event, const Transition& transition);

// A rule's or mute's match, against one change. All functions are pure and thread-safe.

// True if every part that `match` sets fits the change. `transition` is the event's own.
bool Matches(const MatchConfig& match, const v1::ChangeEvent& event, const Transition& transition);

// Why it does not fit, for a person: the first part that does not, as `to is "active", not drain`. Empty when
// it fits.
std::string Mismatch(const MatchConfig& match, const v1::ChangeEvent& event, const Transition& transition);

// True if the mute's time windows contain `now`. A window that passes midnight belongs to the day on which it
// starts. The start of a window is in it, its end is not.
bool InForce(const MuteConfig& mute, absl::Time now);

}  // namespace swarmbell
