#pragma once

#include <stop_token>
#include <string>

#include "notifier/delivery/verdict.h"

namespace swarmbell {

// The way to one receiver. One call at a time.
class Channel {
 public:
  virtual ~Channel() = default;

  // Tries once to post; returns within the channel's time limit, at once after `stop`.
  virtual Verdict Post(const std::string& body, std::stop_token stop) = 0;
};

}  // namespace swarmbell
