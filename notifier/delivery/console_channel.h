#pragma once

#include <ostream>
#include <stop_token>
#include <string>

#include "notifier/cards/render.h"
#include "notifier/delivery/channel.h"

namespace swarmbell {

// Writes messages to a terminal or a log.
class ConsoleChannel final : public Channel {
 public:
  // `out` must outlive the channel.
  explicit ConsoleChannel(std::ostream& out);

  Verdict Post(const std::string& body, std::stop_token stop) override;

 private:
  std::ostream& out_;
};

// How standard output shows cards: in colour on a terminal unless NO_COLOR is set (https://no-color.org), as
// wide as the terminal, else 80 columns.
TerminalStyle StandardOutputStyle();

}  // namespace swarmbell
