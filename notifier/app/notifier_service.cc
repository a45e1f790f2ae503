#include "notifier/app/notifier_service.h"

#include <algorithm>
#include <utility>

#include "common/grpc/status.h"
#include "common/time/proto_time.h"
#include "notifier/app/commands.h"
#include "notifier/config/notifier_config.h"

namespace swarmbell {
namespace {

constexpr absl::Duration kTestWait = absl::Seconds(15);
constexpr int kDefaultPage = 100;
constexpr int kLargestPage = 1000;

v1::DeliveryState StateOf(DeliveryProgress progress) {
  switch (progress) {
    case DeliveryProgress::kPending:
      return v1::DELIVERY_STATE_PENDING;
    case DeliveryProgress::kAccepted:
      return v1::DELIVERY_STATE_ACCEPTED;
    case DeliveryProgress::kFailed:
      return v1::DELIVERY_STATE_FAILED;
  }
  return v1::DELIVERY_STATE_UNSPECIFIED;
}

v1::Delivery DeliveryOf(const DeliveryRecord& record) {
  v1::Delivery delivery;
  delivery.set_receiver(record.receiver);
  delivery.set_title(record.title);
  delivery.set_color(ColorName(record.color));
  delivery.set_state(StateOf(record.progress));
  delivery.set_attempts(record.attempts);
  delivery.set_error(record.error);
  *delivery.mutable_enqueue_time() = ToProto(record.enqueued);
  if (record.finished) *delivery.mutable_finish_time() = ToProto(*record.finished);
  for (const std::string& id : record.event_ids) delivery.add_event_ids(id);
  return delivery;
}

}  // namespace

NotifierServiceImpl::NotifierServiceImpl(const RulesInForce& rules, Receivers& receivers,
                                         const DeliveryLog& log, Silencing& silencing, AuthToken auth_token,
                                         Clock& clock)
    : rules_(rules),
      receivers_(receivers),
      log_(log),
      silencing_(silencing),
      callers_(std::move(auth_token), ClientNames(), clock),
      clock_(clock) {}

grpc::Status NotifierServiceImpl::Authorize(const grpc::ServerContext& context) {
  return ToGrpcStatus(callers_.Check(context));
}

grpc::Status NotifierServiceImpl::Preview(grpc::ServerContext* context, const v1::PreviewRequest* request,
                                          v1::PreviewResponse* response) {
  if (grpc::Status allowed = Authorize(*context); !allowed.ok()) return allowed;
  if (request->event().details_case() == v1::ChangeEvent::DETAILS_NOT_SET) {
    return {grpc::StatusCode::INVALID_ARGUMENT,
            "cannot preview: the request has no event with details; take one from ListChanges"};
  }
  *response =
      PreviewEvent(request->event(), *rules_.Get(), receivers_.Configs(), receivers_.Form(), clock_.Now());
  return grpc::Status::OK;
}

grpc::Status NotifierServiceImpl::SendTest(grpc::ServerContext* context, const v1::SendTestRequest* request,
                                           v1::SendTestResponse* response) {
  if (grpc::Status allowed = Authorize(*context); !allowed.ok()) return allowed;
  const auto records =
      PostTestAlert(receivers_, log_, request->receiver(), clock_.Now(), kTestWait, stop_.get_token());
  if (!records.ok()) return ToGrpcStatus(records.status());
  for (const DeliveryRecord& record : *records) *response->add_deliveries() = DeliveryOf(record);
  return grpc::Status::OK;
}

grpc::Status NotifierServiceImpl::ListDeliveries(grpc::ServerContext* context,
                                                 const v1::ListDeliveriesRequest* request,
                                                 v1::ListDeliveriesResponse* response) {
  if (grpc::Status allowed = Authorize(*context); !allowed.ok()) return allowed;
  const int size = request->page_size() <= 0 ? kDefaultPage : std::min(request->page_size(), kLargestPage);
  for (const DeliveryRecord& record : log_.Newest(static_cast<std::size_t>(size))) {
    *response->add_deliveries() = DeliveryOf(record);
  }
  return grpc::Status::OK;
}

grpc::Status NotifierServiceImpl::Silence(grpc::ServerContext* context, const v1::SilenceRequest* request,
                                          v1::SilenceResponse* response) {
  if (grpc::Status allowed = Authorize(*context); !allowed.ok()) return allowed;
  absl::StatusOr<v1::Silence> silence = silencing_.Begin(*request);
  if (!silence.ok()) return ToGrpcStatus(silence.status());
  *response->mutable_silence() = *std::move(silence);
  return grpc::Status::OK;
}

grpc::Status NotifierServiceImpl::ListSilences(grpc::ServerContext* context, const v1::ListSilencesRequest*,
                                               v1::ListSilencesResponse* response) {
  if (grpc::Status allowed = Authorize(*context); !allowed.ok()) return allowed;
  const absl::StatusOr<std::vector<v1::Silence>> silences = silencing_.List();
  if (!silences.ok()) return ToGrpcStatus(silences.status());
  response->mutable_silences()->Add(silences->begin(), silences->end());
  return grpc::Status::OK;
}

grpc::Status NotifierServiceImpl::Unsilence(grpc::ServerContext* context, const v1::UnsilenceRequest* request,
                                            v1::UnsilenceResponse* response) {
  if (grpc::Status allowed = Authorize(*context); !allowed.ok()) return allowed;
  absl::StatusOr<v1::Silence> silence = silencing_.End(*request);
  if (!silence.ok()) return ToGrpcStatus(silence.status());
  *response->mutable_silence() = *std::move(silence);
  return grpc::Status::OK;
}

}  // namespace swarmbell
