#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <ostream>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/metrics/metrics.h"
#include "common/time/clock.h"
#include "notifier/config/notifier_config.h"
#include "notifier/delivery/delivery_log.h"
#include "notifier/delivery/message.h"
#include "notifier/delivery/receiver.h"

namespace swarmbell {

// Every configured receiver; the configuration may change. Thread-safe.
class Receivers {
 public:
  // Takes what is to be told of a receiver at the others; see ReceiverOptions.
  using OnNews = std::function<void(ReceiverNews news, std::stop_token stop)>;

  // Starts a thread for each. `console` is where console receivers write; it, `clock`, `metrics` and `log`
  // must outlive the object. `on_news` may be null.
  Receivers(const NotifierConfig& config, MessageForm form, std::ostream& console, Clock& clock,
            Metrics& metrics, DeliveryLog& log, OnNews on_news = nullptr);

  // Hands a message to its receiver; never waits. A receiver that does not exist is logged.
  void Post(OutgoingGroup group);

  // Hands a test to the receiver of this name; returns its number in the log. NOT_FOUND when there is no such
  // receiver, RESOURCE_EXHAUSTED while another test waits for it or its queue is full.
  absl::StatusOr<std::uint64_t> PostTest(const std::string& receiver, const Card& card);

  // The names of those that accept no posts.
  std::vector<std::string> Failing() const;

  // Puts another configuration in force. A receiver that keeps its name and type keeps what is queued for it,
  // also when it gets another URL. Those that are none any more are still posted to, until RetireOthers.
  void Configure(const NotifierConfig& config, MessageForm form);

  // Messages queued for removed receivers get one more attempt; no new ones are queued.
  void RetireOthers();

  // The body for each receiver that an alert names.
  std::vector<ReceiverConfig> Configs() const;
  MessageForm Form() const;

  // See Receiver::HandOver and TakeOver; also for receivers that come later.
  void HandOver();
  void TakeOver();

  // Waits for what is queued, at most `limit` in all; see Receiver::Finish.
  void Finish(absl::Duration limit);

 private:
  struct Entry {
    ReceiverConfig config;
    std::unique_ptr<Receiver> receiver;
  };

  ReceiverOptions OptionsFor(const ReceiverConfig& receiver, const DeliveryConfig& delivery) const;
  void Put(const ReceiverConfig& receiver, const DeliveryConfig& delivery);
  std::unique_ptr<Channel> ChannelFor(const ReceiverConfig& receiver, const DeliveryConfig& delivery) const;

  std::ostream& console_;
  Clock& clock_;
  Metrics& metrics_;
  DeliveryLog& log_;
  const OnNews on_news_;
  mutable std::mutex mutex_;             // guards all below; nothing waits with it but Finish
  std::vector<ReceiverConfig> configs_;  // in force
  MessageForm form_;
  absl::Duration timeout_;  // of a post
  std::string ca_file_;
  bool on_duty_ = true;
  std::map<std::string, Entry> entries_;  // by name
  std::vector<std::unique_ptr<Receiver>> retired_;
};

}  // namespace swarmbell
