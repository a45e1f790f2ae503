#include "notifier/chat/webhook_channel.h"

#include <algorithm>
#include <cstddef>
#include <utility>

namespace swarmbell {
namespace {

constexpr std::size_t kMaxAnswerBytes = std::size_t{64} << 10;

}  // namespace

WebhookChannel::WebhookChannel(const ReceiverConfig& receiver, const DeliveryConfig& delivery, Judge judge,
                               Clock& clock)
    : judge_(judge), clock_(clock) {
  request_.display_name = "receiver " + receiver.name;
  request_.method = "POST";
  request_.url = receiver.url;
  request_.headers = {"Content-Type: application/json"};
  request_.timeout = delivery.timeout;
  request_.connect_timeout = std::min(request_.connect_timeout, delivery.timeout);
  request_.tls.ca_file = delivery.ca_file;
  request_.max_body_bytes = kMaxAnswerBytes;
  request_.cut_body = true;
}

Verdict WebhookChannel::Post(const std::string& body, std::stop_token stop) {
  request_.body = body;
  const absl::StatusOr<HttpResponse> answer = http_.Send(request_, std::move(stop));
  if (!answer.ok()) return JudgeFailure(answer.status());
  return judge_(*answer, request_.url, clock_.Now());
}

}  // namespace swarmbell
