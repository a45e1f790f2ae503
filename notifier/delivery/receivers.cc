#include "notifier/delivery/receivers.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <utility>

#include "notifier/delivery/console_channel.h"
#include "notifier/delivery/webhook_channel.h"
#include "notifier/pipeline/group_color.h"

namespace swarmbell {
namespace {

// The receiver's configuration and the form must outlive what is returned.
ReceiverOptions OptionsFor(const ReceiverConfig& receiver, const DeliveryConfig& delivery,
                           const MessageForm& form) {
  ReceiverOptions options;
  options.give_up_after = delivery.give_up_after;
  options.queue_size = static_cast<std::size_t>(std::max(delivery.queue_size, 1));
  options.digest_over = static_cast<std::size_t>(std::max(delivery.digest_over, 0));
  if (receiver.type == ReceiverType::kConsole) {
    options.pace.interval = absl::ZeroDuration();
    options.digest_over = 0;
  }
  options.digest = [&receiver, &form](std::vector<Alert> alerts) {
    AlertGroup group{receiver.name, std::move(alerts), Color::kBlue, /*digest=*/true};
    group.color = GroupColor(group.alerts);
    return MakeMessage(receiver, group, form);
  };
  return options;
}

}  // namespace

Receivers::Receivers(const NotifierConfig& config, MessageForm form, std::ostream& console, Clock& clock,
                     Metrics& metrics, DeliveryLog& log)
    : configs_(config.receivers), form_(std::move(form)), clock_(clock) {
  for (const ReceiverConfig& receiver : configs_) {
    std::unique_ptr<Channel> channel;
    if (receiver.type == ReceiverType::kConsole) {
      channel = std::make_unique<ConsoleChannel>(console);
    } else {
      channel = std::make_unique<WebhookChannel>(receiver, config.delivery.timeout, clock);
    }
    entries_[receiver.name] = {
        &receiver,
        std::make_unique<Receiver>(receiver.name, std::move(channel),
                                   OptionsFor(receiver, config.delivery, form_), clock, metrics, log)};
  }
}

void Receivers::Post(OutgoingGroup group) {
  const auto entry = entries_.find(group.group.receiver);
  if (entry == entries_.end()) {
    spdlog::error("An alert names a receiver that does not exist. receiver={}", group.group.receiver);
    return;
  }
  entry->second.receiver->Enqueue(MakeMessage(*entry->second.config, std::move(group), form_));
}

std::optional<std::uint64_t> Receivers::PostCard(const std::string& receiver, const Card& card) {
  const auto entry = entries_.find(receiver);
  if (entry == entries_.end()) return std::nullopt;
  return entry->second.receiver->Enqueue(MakeMessage(*entry->second.config, card, form_));
}

void Receivers::HandOver() {
  for (auto& [name, entry] : entries_) entry.receiver->HandOver();
}

void Receivers::Finish(absl::Duration limit) {
  const absl::Time deadline = clock_.Now() + limit;
  for (auto& [name, entry] : entries_) entry.receiver->BeginDrain();
  for (auto& [name, entry] : entries_) entry.receiver->Finish(deadline - clock_.Now());
}

}  // namespace swarmbell
