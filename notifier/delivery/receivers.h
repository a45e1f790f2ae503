#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <ostream>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/metrics/metrics.h"
#include "common/sync/mutex.h"
#include "common/time/clock.h"
#include "notifier/config/notifier_config.h"
#include "notifier/delivery/delivery_log.h"
#include "notifier/delivery/living_messages.h"
#include "notifier/delivery/message.h"
#include "notifier/delivery/receiver.h"

namespace swarmbell {

// Every configured receiver; the configuration may change. Thread-safe.
class Receivers {
 public:
  // Called with a report about one receiver, for the others; see ReceiverOptions.
  using OnNews = std::function<void(ReceiverNews news, std::stop_token stop)>;

  // Starts a thread for each. `console` is where console receivers write; it, `clock`, `metrics` and `log`
  // must outlive the object, as must `living`. `on_news` may be null, and `living` too: then no message is
  // edited.
  Receivers(const NotifierConfig& config, MessageForm form, std::ostream& console, Clock& clock,
            Metrics& metrics, DeliveryLog& log, OnNews on_news = nullptr, LivingMessages* living = nullptr);

  // Queues a message for its receiver; never waits. Logs and drops it if the receiver does not exist.
  void Post(OutgoingGroup group);

  // Shows how far an update is, where messages can be edited; never waits.
  void ShowProgress(const v1::ChangeEvent& progress);

  // Repeats the alarms that are open, each to its receivers that need that (see Chat::join); never waits.
  void RepeatAlarms(const std::vector<Alert>& open);

  // Queues a test for the receiver of this name; returns its number in the log. NOT_FOUND if there is no such
  // receiver, RESOURCE_EXHAUSTED while another test waits for it or its queue is full.
  absl::StatusOr<std::uint64_t> PostTest(const std::string& receiver, const Card& card);

  // The names of the receivers that accept no posts.
  std::vector<std::string> Failing() const;

  // Applies a new configuration. A receiver that keeps its name and type keeps its queue, also if it gets
  // another URL. Removed receivers are still posted to, until RetireOthers.
  void Configure(const NotifierConfig& config, MessageForm form);

  // Messages queued for removed receivers get one more attempt; no new ones are queued.
  void RetireOthers();

  // The configuration in force.
  std::vector<ReceiverConfig> Configs() const;
  MessageForm Form() const;

  // See Receiver::HandOver and TakeOver; also for receivers that are added later.
  void HandOver();
  void TakeOver();

  // Waits for queued messages, at most `limit` in all; see Receiver::Finish.
  void Finish(absl::Duration limit);

 private:
  struct Entry {
    ReceiverConfig config;
    std::unique_ptr<Receiver> receiver;
  };

  ReceiverOptions OptionsFor(const ReceiverConfig& receiver, const DeliveryConfig& delivery) const
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Put(const ReceiverConfig& receiver, const DeliveryConfig& delivery)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Enqueue(Entry& entry, OutgoingGroup group) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void EnqueueDigest(Entry& entry, OutgoingGroup group) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  bool Lives(const std::string& receiver, const std::string& story) const;
  std::unique_ptr<Channel> ChannelFor(const ReceiverConfig& receiver, const DeliveryConfig& delivery) const;

  std::ostream& console_;
  Clock& clock_;
  Metrics& metrics_;
  DeliveryLog& log_;
  const OnNews on_news_;
  LivingMessages* const living_;
  mutable Mutex mutex_;                                          // nothing waits with it except Finish
  std::vector<ReceiverConfig> configs_ ABSL_GUARDED_BY(mutex_);  // in force
  MessageForm form_ ABSL_GUARDED_BY(mutex_);
  absl::Duration timeout_ ABSL_GUARDED_BY(mutex_);  // of a post
  std::string ca_file_ ABSL_GUARDED_BY(mutex_);
  bool on_duty_ ABSL_GUARDED_BY(mutex_) = true;
  std::map<std::string, Entry> entries_ ABSL_GUARDED_BY(mutex_);  // by name
  std::vector<std::unique_ptr<Receiver>> retired_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace swarmbell
