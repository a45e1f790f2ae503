#include "tests/collector/stream/feed_harness.h"

#include <gtest/gtest.h>

#include <utility>

#include "common/grpc/auth.h"
#include "grpcpp/create_channel.h"

namespace swarmbell {
namespace {

constexpr absl::Duration kPatience = absl::Seconds(20);

void SetPatience(grpc::ClientContext& context) {
  context.set_deadline(absl::ToChronoTime(absl::Now() + kPatience));
}

ChangeFeedOptions WithSummary(ChangeFeedOptions options) {
  if (!options.summary) options.summary = [] { return v1::GetSnapshotSummaryResponse(); };
  return options;
}

}  // namespace

v1::ChangeEvent NodeEvent(const std::string& id) {
  v1::ChangeEvent event;
  event.set_event_id(id);
  event.mutable_resource()->set_kind(v1::RESOURCE_KIND_NODE);
  event.mutable_node_role_changed()->set_current_role(v1::NODE_ROLE_MANAGER);
  return event;
}

v1::ChangeEvent ServiceEvent(const std::string& id, const std::string& stack) {
  v1::ChangeEvent event;
  event.set_event_id(id);
  event.mutable_resource()->set_kind(v1::RESOURCE_KIND_SERVICE);
  event.mutable_resource()->set_stack(stack);
  event.mutable_service_appeared();
  return event;
}

std::vector<v1::ChangeEvent> NodeEvents(const std::string& prefix, int count) {
  std::vector<v1::ChangeEvent> events;
  for (int i = 0; i < count; ++i) events.push_back(NodeEvent(prefix + std::to_string(i)));
  return events;
}

v1::SubscribeResponse Decoded(const FeedMessage& message) {
  std::vector<grpc::Slice> slices;
  EXPECT_TRUE(message.bytes.Dump(&slices).ok());
  std::string bytes;
  for (const grpc::Slice& slice : slices) bytes.append(slice.begin(), slice.end());
  EXPECT_EQ(bytes.size(), message.size);
  v1::SubscribeResponse response;
  EXPECT_TRUE(response.ParseFromString(bytes));
  return response;
}

ChangeFeedOptions QuietFeed() {
  return {.progress_interval = absl::Hours(1), .spacing = absl::ZeroDuration()};
}

FeedHarness::FeedHarness(FeedSetup setup) : log(setup.log), token_(setup.feed.auth_token) {
  service = std::make_unique<ChangeFeedServiceImpl>(log, book, metrics, WithSummary(std::move(setup.feed)));
  auto started = GrpcServer::Start("127.0.0.1:0", setup.tls, {service.get()});
  EXPECT_TRUE(started.ok()) << started.status();
  server = *std::move(started);
}

FeedHarness::~FeedHarness() {
  service->Shutdown();
  server->Shutdown(absl::Seconds(5));
}

std::unique_ptr<v1::ChangeFeedService::Stub> FeedHarness::Stub(const ChannelTls& tls) const {
  const auto credentials = MakeChannelCredentials(tls);
  EXPECT_TRUE(credentials.ok()) << credentials.status();
  return v1::ChangeFeedService::NewStub(grpc::CreateChannel(Target(), *credentials));
}

bool FeedHarness::AwaitSubscribers(std::uint32_t count) const {
  const auto stub = Stub();
  const absl::Time deadline = absl::Now() + kPatience;
  while (absl::Now() < deadline) {
    grpc::ClientContext context;
    SetPatience(context);
    AddAuthToken(context, token_);
    v1::GetSnapshotSummaryResponse summary;
    if (!stub->GetSnapshotSummary(&context, {}, &summary).ok()) return false;
    if (summary.subscribers() == count) return true;
  }
  return false;
}

FeedClient::FeedClient(v1::ChangeFeedService::Stub& stub, const v1::SubscribeRequest& request,
                       const std::string& token) {
  SetPatience(context_);
  AddAuthToken(context_, token);
  reader_ = stub.Subscribe(&context_, request);
}

FeedClient::~FeedClient() {
  if (!finished_) (void)Cancel();
}

v1::SubscribeResponse FeedClient::Next() {
  v1::SubscribeResponse response;
  if (!reader_->Read(&response)) return {};
  cursor = response.cursor();
  return response;
}

v1::Cursor FeedClient::Open() {
  const v1::SubscribeResponse response = Next();
  EXPECT_TRUE(response.has_opened()) << response.ShortDebugString();
  return response.cursor();
}

std::string FeedClient::NextIds() {
  const v1::SubscribeResponse response = Next();
  if (response.has_gap()) return v1::GapReason_Name(response.gap().reason());
  if (response.has_progress()) return "progress";
  if (!response.has_changes()) return "end of stream";
  std::string ids;
  for (const v1::ChangeEvent& event : response.changes().events()) {
    ids += (ids.empty() ? "" : " ") + event.event_id();
  }
  return ids;
}

grpc::Status FeedClient::Cancel() {
  context_.TryCancel();
  return Finish();
}

grpc::Status FeedClient::Finish() {
  v1::SubscribeResponse skipped;
  while (reader_->Read(&skipped)) {
  }
  finished_ = true;
  return reader_->Finish();
}

v1::SubscribeRequest FromNow() { return {}; }

v1::SubscribeRequest FromOldest() {
  v1::SubscribeRequest request;
  request.set_from_oldest(true);
  return request;
}

v1::SubscribeRequest After(const v1::Cursor& cursor) {
  v1::SubscribeRequest request;
  *request.mutable_resume_after() = cursor;
  return request;
}

}  // namespace swarmbell
