#pragma once

#include <string>

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

// Replaces {name} {kind} {stack} {cluster} {from} {to} {change}, each once and not inside what another
// became; any other braces stay as they are.
std::string FillTitle(const std::string& title, const v1::ChangeEvent& event, const Transition& transition);

}  // namespace swarmbell
