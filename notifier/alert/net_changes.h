#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "notifier/rules/alert.h"

namespace swarmbell {

// The net effect of the alerts of one message.
struct NetAlerts {
  // Joins several changes of one kind of one object into one, in the place of the last: from the first value
  // before to the last value after, with every field that any of them changed.
  std::vector<Alert> alerts;
  // How many changes those that were joined stand for; 0 when none were.
  std::size_t joined = 0;
  // The names of fields that were changed and changed back.
  std::vector<std::string> restored;
};

// Joins changes of settings and of size, and drops the steps of an update that a later update of the same
// service followed, but for the red ones. All other alerts stay as they are. Never empty unless `alerts` is.
// Pure.
NetAlerts NetOf(const std::vector<Alert>& alerts);

// How many lines a card needs for what the alerts name: one for each changed field, and at least one an
// alert.
std::size_t LinesFor(const std::vector<Alert>& alerts);

}  // namespace swarmbell
