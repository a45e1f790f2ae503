#include "notifier/delivery/receiver_events.h"

#include <cstdint>

#include "absl/strings/str_cat.h"
#include "common/time/proto_time.h"

namespace swarmbell {

v1::ChangeEvent MakeReceiverEvent(const ReceiverNews& news, absl::Time now) {
  v1::ChangeEvent event;
  event.set_event_id(absl::StrCat(news.failing ? "receiver_failing:" : "receiver_recovered:", news.receiver,
                                  ":", absl::ToUnixNanos(news.since)));
  event.set_action(v1::ACTION_UPDATED);
  *event.mutable_observe_time() = ToProto(now);
  event.mutable_resource()->set_kind(v1::RESOURCE_KIND_RECEIVER);
  event.mutable_resource()->set_id(news.receiver);
  event.mutable_resource()->set_name(news.receiver);
  const auto lost = static_cast<std::uint32_t>(news.lost_alerts);
  if (!news.failing) {
    v1::ReceiverRecovered& recovered = *event.mutable_receiver_recovered();
    recovered.set_receiver(news.receiver);
    *recovered.mutable_start_time() = ToProto(news.since);
    recovered.set_lost_alerts(lost);
    return event;
  }
  v1::ReceiverFailing& failing = *event.mutable_receiver_failing();
  failing.set_receiver(news.receiver);
  failing.set_error(news.error);
  failing.set_advice(news.advice);
  *failing.mutable_start_time() = ToProto(news.since);
  failing.set_waiting_alerts(static_cast<std::uint32_t>(news.waiting_alerts));
  failing.set_lost_alerts(lost);
  return event;
}

}  // namespace swarmbell
