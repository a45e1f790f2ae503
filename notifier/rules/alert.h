#pragma once

#include <string>
#include <vector>

#include "notifier/config/notifier_config.h"
#include "swarmbell/v1/change_event.pb.h"

namespace swarmbell {

// A change that a rule says is worth telling.
struct Alert {
  v1::ChangeEvent event;
  std::string rule;
  Color color = Color::kBlue;
  // Names of the receivers to tell; never empty.
  std::vector<std::string> receivers;
  // Replaces the card's title when not empty; placeholders already filled in.
  std::string title;
};

}  // namespace swarmbell
