// Subscriptions with a name: where they start, and what is acknowledged.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <mutex>

#include "tests/collector/stream/feed_harness.h"

namespace swarmbell {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

v1::SubscribeRequest Named(v1::SubscribeRequest request) {
  request.set_subscription("alerts");
  return request;
}

class NamedSubscriptionTest : public testing::Test {
 protected:
  grpc::Status Acknowledge(const v1::AcknowledgeRequest& request) {
    grpc::ClientContext context;
    v1::AcknowledgeResponse response;
    return stub_->Acknowledge(&context, request, &response);
  }

  v1::AcknowledgeRequest UpTo(std::uint64_t sequence) {
    v1::AcknowledgeRequest request;
    request.set_subscription("alerts");
    request.mutable_cursor()->set_log_id(harness_.log.Newest().log_id);
    request.mutable_cursor()->set_sequence(sequence);
    return request;
  }

  void AppendOneByOne(int count) {
    for (const v1::ChangeEvent& event : NodeEvents("e", count)) harness_.log.Append({event});
  }

  FeedHarness harness_;
  std::unique_ptr<v1::ChangeFeedService::Stub> stub_ = harness_.Stub();
};

TEST_F(NamedSubscriptionTest, GoesOnWhereItWasOpenedUntilSomethingIsAcknowledged) {
  FeedClient(*stub_, Named(FromNow())).Open();
  AppendOneByOne(1);
  FeedClient again(*stub_, Named(FromNow()));
  EXPECT_TRUE(again.Next().opened().resumed());
  EXPECT_EQ(again.NextIds(), "e0");
}

TEST_F(NamedSubscriptionTest, GoesOnAfterWhatWasAcknowledged) {
  FeedClient(*stub_, Named(FromNow())).Open();
  AppendOneByOne(3);
  ASSERT_TRUE(Acknowledge(UpTo(2)).ok());
  FeedClient again(*stub_, Named(FromOldest()));
  EXPECT_TRUE(again.Next().opened().resumed());
  EXPECT_EQ(again.NextIds(), "e2");
}

TEST_F(NamedSubscriptionTest, APositionThatTheSubscriberHasItselfComesFirst) {
  FeedClient(*stub_, Named(FromNow())).Open();
  AppendOneByOne(3);
  ASSERT_TRUE(Acknowledge(UpTo(1)).ok());
  FeedClient again(*stub_, Named(After(UpTo(2).cursor())));
  EXPECT_FALSE(again.Next().opened().resumed());
  EXPECT_EQ(again.NextIds(), "e2");
}

TEST_F(NamedSubscriptionTest, APositionOfAnotherLogYieldsToTheOneThatIsKept) {
  FeedClient(*stub_, Named(FromNow())).Open();
  AppendOneByOne(3);
  ASSERT_TRUE(Acknowledge(UpTo(1)).ok());
  v1::Cursor other;
  other.set_log_id("feedfacefeedfacefeedfacefeedface");
  FeedClient again(*stub_, Named(After(other)));
  EXPECT_TRUE(again.Next().opened().resumed());
  EXPECT_EQ(again.NextIds(), "e1");
}

TEST_F(NamedSubscriptionTest, WithoutAKeptOneAPositionOfAnotherLogIsAGap) {
  AppendOneByOne(1);
  v1::Cursor other;
  other.set_log_id("feedfacefeedfacefeedfacefeedface");
  FeedClient client(*stub_, Named(After(other)));
  EXPECT_FALSE(client.Next().opened().resumed());
  EXPECT_EQ(client.NextIds(), "GAP_REASON_LOG_RESET");
  EXPECT_EQ(client.NextIds(), "e0");
}

TEST_F(NamedSubscriptionTest, AKeptPositionThatIsTooOldIsAGap) {
  FeedHarness small({.feed = QuietFeed(), .log = {.max_events = 1}});
  const auto stub = small.Stub();
  FeedClient(*stub, Named(FromNow())).Open();
  for (const v1::ChangeEvent& event : NodeEvents("e", 3)) small.log.Append({event});
  FeedClient again(*stub, Named(FromNow()));
  again.Open();
  EXPECT_EQ(again.NextIds(), "GAP_REASON_COMPACTED");
  EXPECT_EQ(again.NextIds(), "e2");
}

TEST_F(NamedSubscriptionTest, HandsBackMarksAndState) {
  FeedClient(*stub_, Named(FromNow())).Open();
  v1::AcknowledgeRequest request = UpTo(0);
  request.add_marks("one");
  request.add_marks("two");
  request.set_state("open loops");
  ASSERT_TRUE(Acknowledge(request).ok());
  const v1::SubscribeResponse opened = FeedClient(*stub_, Named(FromNow())).Next();
  EXPECT_THAT(opened.opened().marks(), ElementsAre("one", "two"));
  EXPECT_EQ(opened.opened().state(), "open loops");
  EXPECT_TRUE(FeedClient(*stub_, FromNow()).Next().opened().marks().empty());
}

// While the log is there, it has the end of each alarm.
TEST(OpenAlarmsOfSubscriberTest, AreAdoptedOnlyAfterTheLogIsLost) {
  std::mutex mutex;
  std::vector<std::string> adopted;
  const auto so_far = [&] {
    std::lock_guard lock(mutex);
    return adopted;
  };
  FeedSetup setup{.feed = QuietFeed()};
  setup.feed.adopt = [&](const std::vector<v1::ChangeEvent>& alarms) {
    std::lock_guard lock(mutex);
    for (const v1::ChangeEvent& alarm : alarms) adopted.push_back(alarm.event_id());
  };
  FeedHarness harness(setup);
  const auto stub = harness.Stub();
  v1::Cursor here;
  here.set_log_id(harness.log.Newest().log_id);
  v1::Cursor of_lost_log;
  of_lost_log.set_log_id("lost");
  for (v1::SubscribeRequest request : {FromNow(), FromOldest(), After(here), After(of_lost_log)}) {
    EXPECT_THAT(so_far(), testing::IsEmpty());
    *request.mutable_known()->add_open_alarms() = NodeEvent("alarm");
    FeedClient(*stub, request).Open();
  }
  EXPECT_THAT(so_far(), ElementsAre("alarm"));
}

TEST(OpenAlarmsOfSubscriberTest, AreNotAdoptedFromACallThatIsRefused) {
  std::atomic<int> adopted = 0;
  FeedSetup setup{.feed = QuietFeed()};
  setup.feed.max_subscribers = 1;
  setup.feed.adopt = [&](const std::vector<v1::ChangeEvent>&) { ++adopted; };
  FeedHarness harness(setup);
  const auto stub = harness.Stub();
  v1::Cursor of_lost_log;
  of_lost_log.set_log_id("lost");
  v1::SubscribeRequest request = After(of_lost_log);
  *request.mutable_known()->add_open_alarms() = NodeEvent("alarm");
  FeedClient first(*stub, request);
  first.Open();
  EXPECT_EQ(FeedClient(*stub, request).Finish().error_code(), grpc::StatusCode::RESOURCE_EXHAUSTED);
  EXPECT_EQ(adopted.load(), 1);
}

TEST_F(NamedSubscriptionTest, RefusesWhatMakesNoSense) {
  AppendOneByOne(1);
  EXPECT_EQ(Acknowledge({}).error_code(), grpc::StatusCode::INVALID_ARGUMENT);

  EXPECT_EQ(Acknowledge(UpTo(2)).error_code(), grpc::StatusCode::FAILED_PRECONDITION);
  v1::AcknowledgeRequest other = UpTo(0);
  other.mutable_cursor()->set_log_id("other");
  EXPECT_THAT(Acknowledge(other).error_message(), HasSubstr("subscribe again"));

  v1::AcknowledgeRequest large = UpTo(1);
  large.set_state(std::string(300 << 10, 'x'));
  EXPECT_EQ(Acknowledge(large).error_code(), grpc::StatusCode::INVALID_ARGUMENT);

  v1::SubscribeRequest long_name = FromNow();
  long_name.set_subscription(std::string(300, 'x'));
  EXPECT_EQ(FeedClient(*stub_, long_name).Finish().error_code(), grpc::StatusCode::INVALID_ARGUMENT);
}

TEST(NamedSubscriptionTokenTest, AcknowledgeWantsTheToken) {
  ChangeFeedOptions options = QuietFeed();
  options.auth_token = "secret";
  FeedHarness harness({.feed = options});
  grpc::ClientContext context;
  v1::AcknowledgeRequest request;
  request.set_subscription("alerts");
  v1::AcknowledgeResponse response;
  EXPECT_EQ(harness.Stub()->Acknowledge(&context, request, &response).error_code(),
            grpc::StatusCode::UNAUTHENTICATED);
}

}  // namespace
}  // namespace swarmbell
