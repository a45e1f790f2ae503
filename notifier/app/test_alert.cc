#include "notifier/app/test_alert.h"

#include <cstdint>
#include <utility>

#include "absl/time/clock.h"

namespace swarmbell {
namespace {

Card TestCard(absl::Time now) {
  Card card;
  card.color = Color::kGreen;
  card.title = "Swarmbell test message";
  card.subtitle =
      "The way from the notifier to here works. Changes of the swarm arrive as cards like this one.";
  card.unix_seconds = absl::ToUnixSeconds(now);
  return card;
}

}  // namespace

std::optional<std::vector<DeliveryRecord>> PostTestAlert(Receivers& receivers, const DeliveryLog& log,
                                                         const std::string& receiver, absl::Time now,
                                                         absl::Duration limit, std::stop_token stop) {
  std::vector<std::uint64_t> numbers;
  for (const ReceiverConfig& config : receivers.Configs()) {
    if (!receiver.empty() && config.name != receiver) continue;
    if (const auto number = receivers.PostCard(config.name, TestCard(now))) numbers.push_back(*number);
  }
  if (numbers.empty()) return std::nullopt;
  const absl::Time deadline = absl::Now() + limit;
  std::vector<DeliveryRecord> records;
  for (const std::uint64_t number : numbers) {
    if (auto record = log.WaitFinished(number, deadline - absl::Now(), stop))
      records.push_back(*std::move(record));
  }
  return records;
}

}  // namespace swarmbell
