#pragma once

#include <memory>
#include <ostream>
#include <stop_token>
#include <string>

#include "absl/time/time.h"
#include "common/http/http_client.h"
#include "common/time/clock.h"
#include "notifier/chat/chat.h"
#include "notifier/config/notifier_config.h"

namespace swarmbell {

// Posts JSON to a webhook over one kept connection. Errors name the receiver, never the URL.
class WebhookChannel final : public Channel {
 public:
  // The meaning of an answer of the chat.
  using Judge = Verdict (*)(const HttpResponse& answer, const std::string& url, absl::Time now);

  // `clock` must outlive the channel.
  WebhookChannel(const ReceiverConfig& receiver, const DeliveryConfig& delivery, Judge judge, Clock& clock);

  Verdict Post(const std::string& body, std::stop_token stop) override;

 private:
  Judge judge_;
  HttpRequest request_;
  Clock& clock_;
  HttpClient http_;
};

// Chat::open of a chat that is reached by a webhook.
template <WebhookChannel::Judge judge>
std::unique_ptr<Channel> OpenWebhook(const ReceiverConfig& receiver, const DeliveryConfig& delivery,
                                     std::ostream&, Clock& clock) {
  return std::make_unique<WebhookChannel>(receiver, delivery, judge, clock);
}

}  // namespace swarmbell
