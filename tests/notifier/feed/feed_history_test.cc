#include "notifier/feed/feed_history.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "tests/notifier/feed/feed_client_fixture.h"
#include "tests/notifier/pipeline/sample_events.h"

namespace swarmbell {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

class FeedHistoryTest : public FeedClientTest {
 protected:
  FeedHistoryTest() { options_.history = absl::Minutes(30); }

  v1::ChangeEvent Observed(const std::string& id, absl::Duration ago) {
    v1::ChangeEvent event = NodeEvent(id, "node1");
    *event.mutable_observe_time() = ToProto(clock_.Now() - ago);
    return event;
  }

  bool Lists(std::size_t count) {
    return Eventually([&] { return collected_.History().size() == count; });
  }
};

TEST_F(FeedHistoryTest, AFeedListsTheLastTimeOnceItIsConnectedAndReportsNoneOfIt) {
  log_.Append({Observed("old", absl::Hours(1)), Observed("recent", absl::Minutes(5)),
               TaskFailure("task", "web", clock_.Now())});
  const TestCollector collector(log_);
  Follow(collector.Target());
  ASSERT_TRUE(Lists(1));
  log_.Append({Observed("new", {})});
  ASSERT_TRUE(collected_.WaitForEvents(1));
  EXPECT_THAT(collected_.Ids(), ElementsAre("new"));
  EndsAtOnce();
  EXPECT_THAT(collected_.History(), ElementsAre("recent"));
}

TEST_F(FeedHistoryTest, ChangesOfAllKindsAreListedOnRequest) {
  options_.history_of_all_kinds = true;
  log_.Append({Observed("node", absl::Minutes(5)), TaskFailure("task", "web", clock_.Now())});
  const TestCollector collector(log_);
  Follow(collector.Target());
  EXPECT_TRUE(Lists(2));
}

TEST_F(FeedHistoryTest, AllPagesAreRead) {
  std::vector<v1::ChangeEvent> events;
  for (int i = 0; i < 2500; ++i) events.push_back(Observed(absl::StrCat(i), absl::Minutes(1)));
  log_.Append(events);
  const TestCollector collector(log_);
  Follow(collector.Target());
  EXPECT_TRUE(Lists(2500));
}

TEST_F(FeedHistoryTest, OfChangesThatAreSentAgainTheTimeBeforeThemIsListed) {
  SubscriptionBook book;
  options_.subscription = "alerts";
  log_.Append({Observed("too old", absl::Hours(4)), Observed("cause", absl::Hours(3) + absl::Minutes(1))});
  const TestCollector collector(log_, 0, "127.0.0.1", "", &book);
  Follow(collector.Target());  // settles what is there
  ASSERT_TRUE(Eventually([&] { return book.All()["alerts"].position.sequence == 2; }));
  client_.reset();
  log_.Append({Observed("unsettled", absl::Hours(3))});
  Follow(collector.Target());
  ASSERT_TRUE(Lists(2));
  EXPECT_THAT(collected_.History(), ElementsAre("cause", "unsettled"));
}

TEST_F(FeedHistoryTest, ACollectorThatRefusesTheListIsFollowedAllTheSame) {
  struct Refusing final : v1::ChangeFeedService::Service {
    grpc::Status Subscribe(grpc::ServerContext*, const v1::SubscribeRequest*,
                           grpc::ServerWriter<v1::SubscribeResponse>* writer) override {
      v1::SubscribeResponse response;
      response.mutable_opened();
      writer->Write(response);
      while (!listed) std::this_thread::sleep_for(std::chrono::milliseconds(1));
      *response.mutable_changes()->add_events() = NodeEvent("a", "node1");
      writer->Write(response);
      return grpc::Status::OK;
    }
    grpc::Status ListChanges(grpc::ServerContext*, const v1::ListChangesRequest*,
                             v1::ListChangesResponse*) override {
      listed = true;
      return {grpc::StatusCode::UNIMPLEMENTED, "unknown method"};
    }
    std::atomic<bool> listed = false;
  };
  Refusing service;
  auto server = GrpcServer::Start("127.0.0.1:0", ServerTls(), {&service});
  ASSERT_TRUE(server.ok());
  Follow(absl::StrCat("127.0.0.1:", (*server)->Port()));
  ASSERT_TRUE(collected_.WaitForEvents(1));
  EXPECT_THAT(collected_.Ids(), ElementsAre("a"));
  EXPECT_THAT(collected_.History(), IsEmpty());
  EndsAtOnce();
}

TEST_F(FeedHistoryTest, AFeedEndsAlthoughTheListNeverComes) {
  struct Hanging final : v1::ChangeFeedService::Service {
    grpc::Status Subscribe(grpc::ServerContext* context, const v1::SubscribeRequest*,
                           grpc::ServerWriter<v1::SubscribeResponse>* writer) override {
      v1::SubscribeResponse response;
      response.mutable_opened();
      writer->Write(response);
      *response.mutable_changes()->add_events() = NodeEvent("a", "node1");
      writer->Write(response);
      while (!context->IsCancelled()) std::this_thread::sleep_for(std::chrono::milliseconds(1));
      return grpc::Status::OK;
    }
    grpc::Status ListChanges(grpc::ServerContext* context, const v1::ListChangesRequest*,
                             v1::ListChangesResponse*) override {
      listed = true;
      while (!context->IsCancelled()) std::this_thread::sleep_for(std::chrono::milliseconds(1));
      return grpc::Status::CANCELLED;
    }
    std::atomic<bool> listed = false;
  };
  Hanging service;
  auto server = GrpcServer::Start("127.0.0.1:0", ServerTls(), {&service});
  ASSERT_TRUE(server.ok());
  Follow(absl::StrCat("127.0.0.1:", (*server)->Port()));
  // No change waits for it.
  ASSERT_TRUE(collected_.WaitForEvents(1));
  ASSERT_TRUE(Eventually([&] { return service.listed.load(); }));
  EndsAtOnce();
}

}  // namespace
}  // namespace swarmbell
