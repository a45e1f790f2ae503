#pragma once

#include <string>
#include <vector>

#include "notifier/rules/alert.h"

namespace swarmbell {

// Alerts that make one message to one receiver.
struct AlertGroup {
  std::string receiver;
  // Of one object (or of one story, such as removed and created again under one name); in the order to tell.
  // Never empty. In a digest: of several objects.
  std::vector<Alert> alerts;
  // The colour of the message: red before blue before yellow before black before green. An update's start
  // yields to what caused it, a step of a run to a later step of it, and what a rollback changed to the
  // rollback.
  Color color = Color::kBlue;
  bool digest = false;
};

}  // namespace swarmbell
