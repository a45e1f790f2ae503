#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <ostream>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "common/metrics/metrics.h"
#include "common/time/clock.h"
#include "notifier/config/notifier_config.h"
#include "notifier/delivery/delivery_log.h"
#include "notifier/delivery/message.h"
#include "notifier/delivery/receiver.h"

namespace swarmbell {

// Every configured receiver. Thread-safe.
class Receivers {
 public:
  // Starts a thread for each. `console` is where console receivers write; it, `clock`, `metrics` and `log`
  // must outlive the object.
  Receivers(const NotifierConfig& config, MessageForm form, std::ostream& console, Clock& clock,
            Metrics& metrics, DeliveryLog& log);

  // Hands a message to its receiver; never waits. A receiver that does not exist is logged.
  void Post(OutgoingGroup group);

  // Hands a card to the receiver of this name; returns its number in the log, or nothing when there is no
  // such receiver.
  std::optional<std::uint64_t> PostCard(const std::string& receiver, const Card& card);

  // What each receiver that an alert names would be sent.
  const std::vector<ReceiverConfig>& Configs() const { return configs_; }
  const MessageForm& Form() const { return form_; }

  // See Receiver::HandOver.
  void HandOver();

  // Waits for what is queued, at most `limit` in all; see Receiver::Finish.
  void Finish(absl::Duration limit);

 private:
  struct Entry {
    const ReceiverConfig* config;
    std::unique_ptr<Receiver> receiver;
  };

  const std::vector<ReceiverConfig> configs_;
  const MessageForm form_;
  Clock& clock_;
  std::map<std::string, Entry> entries_;
};

}  // namespace swarmbell
