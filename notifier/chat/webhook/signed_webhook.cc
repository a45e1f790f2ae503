#include "notifier/chat/webhook/signed_webhook.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "notifier/chat/webhook.h"
#include "notifier/chat/webhook/cloud_event.h"
#include "notifier/chat/webhook/signature.h"
#include "notifier/config/signing.h"

namespace swarmbell {
namespace {

class SignedWebhookChannel final : public Channel {
 public:
  SignedWebhookChannel(const ReceiverConfig& receiver, const DeliveryConfig& delivery, Clock& clock)
      : keys_(SigningKeys(receiver.token)), request_(PostRequest(receiver, delivery)), clock_(clock) {}

  Verdict Post(const std::string& body, std::stop_token stop) override {
    const std::string id = CloudEventId(body);
    const absl::Time now = clock_.Now();
    request_.body = body;
    request_.headers = {"Content-Type: application/cloudevents+json", absl::StrCat("webhook-id: ", id),
                        absl::StrCat("webhook-timestamp: ", absl::ToUnixSeconds(now))};
    if (!keys_.empty()) {
      request_.headers.push_back(absl::StrCat("webhook-signature: ", SignaturesOf(keys_, id, now, body)));
    }
    const absl::StatusOr<HttpResponse> answer = http_.Send(request_, std::move(stop));
    if (!answer.ok()) return JudgeFailure(answer.status());
    return JudgeProgramAnswer(*answer, request_.url, clock_.Now());
  }

 private:
  const std::vector<std::string> keys_;  // secrets
  HttpRequest request_;
  Clock& clock_;
  HttpClient http_;
};

}  // namespace

Chat WebhookChat() {
  return {.type = ReceiverType::kWebhook,
          .name = "webhook",
          .render = [](const Notice& notice, const TerminalStyle&) { return RenderCloudEvent(notice); },
          .open = [](const ReceiverConfig& receiver, const DeliveryConfig& delivery, std::ostream&,
                     Clock& clock) -> std::unique_ptr<Channel> {
            return std::make_unique<SignedWebhookChannel>(receiver, delivery, clock);
          },
          .takes_any_number = true,
          .per_signal = true};
}

}  // namespace swarmbell
