#pragma once

#include <stop_token>
#include <string>

#include "absl/time/time.h"
#include "common/http/http_client.h"
#include "common/time/clock.h"
#include "notifier/config/notifier_config.h"
#include "notifier/delivery/channel.h"

namespace swarmbell {

// Posts JSON to a Slack or Teams webhook over one kept connection. What it says of a failure names the
// receiver, never the URL.
class WebhookChannel final : public Channel {
 public:
  // `clock` must outlive the channel.
  WebhookChannel(const ReceiverConfig& receiver, const DeliveryConfig& delivery, Clock& clock);

  Verdict Post(const std::string& body, std::stop_token stop) override;

 private:
  ReceiverType type_;
  HttpRequest request_;
  Clock& clock_;
  HttpClient http_;
};

}  // namespace swarmbell
