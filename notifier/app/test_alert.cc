#include "notifier/app/test_alert.h"

#include <cstdint>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "notifier/feed/proto_time.h"

namespace swarmbell {
namespace {

AlertGroup TestGroup(const std::string& receiver, absl::Time now) {
  Alert alert;
  alert.rule = "test";
  alert.color = Color::kGreen;
  alert.title = "Swarmbell test message";
  alert.receivers = {receiver};
  alert.event.set_event_id(absl::StrCat("test:", absl::ToUnixNanos(now)));
  alert.event.set_action(v1::ACTION_CREATED);
  *alert.event.mutable_observe_time() = ToProto(now);
  alert.event.mutable_resource()->set_kind(v1::RESOURCE_KIND_FEED);
  alert.event.mutable_resource()->set_name(receiver);
  AlertGroup group;
  group.receiver = receiver;
  group.color = alert.color;
  group.alerts = {std::move(alert)};
  return group;
}

}  // namespace

std::optional<std::vector<DeliveryRecord>> PostTestAlert(Receivers& receivers, const DeliveryLog& log,
                                                         const std::string& receiver, absl::Time now,
                                                         absl::Duration limit, std::stop_token stop) {
  std::vector<std::uint64_t> numbers;
  for (const ReceiverConfig& config : receivers.Configs()) {
    if (!receiver.empty() && config.name != receiver) continue;
    if (const auto number = receivers.PostTo(config.name, TestGroup(config.name, now)))
      numbers.push_back(*number);
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
