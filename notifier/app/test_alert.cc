#include "notifier/app/test_alert.h"

#include <cstdint>
#include <utility>

#include "common/time/clock.h"

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

DeliveryRecord NotPosted(const std::string& receiver, const absl::Status& why, absl::Time now) {
  DeliveryRecord record;
  record.receiver = receiver;
  record.progress = DeliveryProgress::kFailed;
  record.error = std::string(why.message());
  record.enqueued = now;
  record.finished = now;
  return record;
}

}  // namespace

absl::StatusOr<std::vector<DeliveryRecord>> PostTestAlert(Receivers& receivers, const DeliveryLog& log,
                                                          const std::string& receiver, absl::Time now,
                                                          absl::Duration limit, std::stop_token stop) {
  std::vector<std::string> names = {receiver};
  if (receiver.empty()) {
    names.clear();
    for (const ReceiverConfig& config : receivers.Configs()) names.push_back(config.name);
  }
  std::vector<std::uint64_t> numbers;
  std::vector<DeliveryRecord> records;
  absl::Status refused;
  for (const std::string& name : names) {
    const absl::StatusOr<std::uint64_t> number = receivers.PostTest(name, TestCard(now));
    if (number.ok()) {
      numbers.push_back(*number);
      continue;
    }
    refused = number.status();
    records.push_back(NotPosted(name, refused, now));
  }
  if (numbers.empty()) return refused;
  Clock& clock = Clock::Real();  // as the log's own wait
  const MonotonicTime deadline = clock.Steady() + limit;
  for (const std::uint64_t number : numbers) {
    if (auto record = log.WaitFinished(number, deadline - clock.Steady(), stop))
      records.push_back(*std::move(record));
  }
  return records;
}

}  // namespace swarmbell
