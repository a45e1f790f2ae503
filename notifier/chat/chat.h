#pragma once

#include <memory>
#include <ostream>
#include <stop_token>
#include <string>

#include "common/time/clock.h"
#include "notifier/cards/card.h"
#include "notifier/chat/answer.h"
#include "notifier/config/notifier_config.h"

namespace swarmbell {

// The way to one receiver. One call at a time.
class Channel {
 public:
  virtual ~Channel() = default;

  // Tries once to post; returns within the channel's time limit, at once after `stop`.
  virtual Verdict Post(const std::string& body, std::stop_token stop) = 0;
};

struct TerminalStyle {
  bool color = false;
  int width = 80;  // columns
};

// One kind of chat: how it shows a card, and the way to it. A folder beside this file each.
struct Chat {
  ReceiverType type;
  const char* name;  // for --preview
  // The body of a post. `style` is for what a terminal shows. Pure.
  std::string (*render)(const Card& card, const TerminalStyle& style);
  // `console` and `clock` must outlive the channel.
  std::unique_ptr<Channel> (*open)(const ReceiverConfig& receiver, const DeliveryConfig& delivery,
                                   std::ostream& console, Clock& clock);
  // Needs no pace and no digests.
  bool takes_any_number = false;
};

}  // namespace swarmbell
