#pragma once

#include <string>
#include <vector>

#include "notifier/cards/build_card.h"
#include "notifier/chat/chat.h"
#include "tests/notifier/pipeline/sample_events.h"

namespace swarmbell {

inline const absl::Time kThen = absl::FromUnixSeconds(1'700'000'000);

// A change of the service shop_api of the stack shop in the swarm prod-eu, observed `after` kThen.
inline v1::ChangeEvent OfShop(v1::ChangeEvent event, absl::Duration after = absl::ZeroDuration()) {
  event.mutable_cluster()->set_name("prod-eu");
  event.mutable_resource()->set_name("shop_api");
  event.mutable_resource()->set_stack("shop");
  *event.mutable_observe_time() = ToProto(kThen + after);
  return event;
}

// Renders alerts as the messages of a chat that a program reads.
template <typename Render>
std::vector<std::string> RenderEach(Render render, const std::vector<Alert>& alerts) {
  std::vector<std::string> bodies;
  for (const SignalAlerts& part : SignalsOf(alerts)) {
    const Card card = BuildCard({"chat", part.alerts, GroupColor(part.alerts)}, {});
    bodies.push_back(render(Notice{card, part.alerts, part.signal}));
  }
  return bodies;
}

template <typename Render>
std::string RenderTest(Render render) {
  Card card;
  card.title = "Swarmbell test message";
  card.unix_seconds = absl::ToUnixSeconds(kThen);
  return render(Notice{card, {}, {}});
}

}  // namespace swarmbell
