#include "notifier/pipeline/receiver_failures.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/time/proto_time.h"
#include "tests/notifier/pipeline/sample_events.h"

namespace swarmbell {
namespace {

using testing::IsEmpty;
using testing::SizeIs;

v1::ChangeEvent Failing(const std::string& receiver, const std::string& id = "failing") {
  v1::ChangeEvent event = SampleEvent(id, v1::RESOURCE_KIND_RECEIVER, receiver);
  event.mutable_receiver_failing()->set_receiver(receiver);
  event.mutable_receiver_failing()->set_error("answered 404");
  event.mutable_receiver_failing()->set_lost_alerts(2);
  *event.mutable_receiver_failing()->mutable_start_time() = ToProto(kStart);
  return event;
}

v1::ChangeEvent Works(const std::string& receiver, std::uint32_t lost = 0) {
  v1::ChangeEvent event = SampleEvent("works", v1::RESOURCE_KIND_RECEIVER, receiver);
  event.mutable_receiver_recovered()->set_receiver(receiver);
  event.mutable_receiver_recovered()->set_lost_alerts(lost);
  return event;
}

TEST(ReceiverFailuresTest, AFailureAndItsEndAreToldOnce) {
  ReceiverFailures failures;
  EXPECT_TRUE(failures.News(Failing("ops")));
  EXPECT_FALSE(failures.News(Failing("ops", "later")));
  EXPECT_THAT(failures.Open(), SizeIs(1));
  const auto over = failures.News(Works("ops", 5));
  ASSERT_TRUE(over && over->has_receiver_recovered());
  EXPECT_EQ(over->event_id(), "over:failing");
  EXPECT_EQ(over->receiver_recovered().receiver(), "ops");
  EXPECT_EQ(over->receiver_recovered().lost_alerts(), 5u);
  EXPECT_EQ(FromProto(over->receiver_recovered().start_time()), kStart);
  EXPECT_FALSE(failures.News(Works("ops")));
  EXPECT_THAT(failures.Open(), IsEmpty());
}

TEST(ReceiverFailuresTest, OneThatWorksFromTheStartIsNoNews) {
  ReceiverFailures failures;
  EXPECT_FALSE(failures.News(Works("ops")));
}

TEST(ReceiverFailuresTest, TheEndComesAlsoAfterARestart) {
  ReceiverFailures failures;
  EXPECT_FALSE(failures.Restore(Failing("ops"), kStart));
  EXPECT_FALSE(failures.News(Failing("ops", "again")));  // it was told before
  const auto over = failures.News(Works("ops"));
  ASSERT_TRUE(over);
  EXPECT_EQ(over->event_id(), "over:failing");
  EXPECT_EQ(over->receiver_recovered().lost_alerts(), 2u);
}

TEST(ReceiverFailuresTest, OneThatWorkedBeforeItsFailureWasRestoredIsOver) {
  ReceiverFailures failures;
  failures.News(Works("ops"));
  const auto over = failures.Restore(Failing("ops"), kStart + absl::Seconds(9));
  ASSERT_TRUE(over && over->has_receiver_recovered());
  EXPECT_EQ(FromProto(over->observe_time()), kStart + absl::Seconds(9));
  EXPECT_THAT(failures.Open(), IsEmpty());
}

TEST(ReceiverFailuresTest, AFailureThatWasToldBeforeItsStateCameEndsAsTheOneBeforeTheRestart) {
  ReceiverFailures failures;
  EXPECT_TRUE(failures.IsNews(Failing("ops")));
  EXPECT_TRUE(failures.News(Failing("ops", "again")));
  EXPECT_FALSE(failures.IsNews(Failing("ops")));
  EXPECT_TRUE(failures.IsNews(Failing("ops", "again")));
  EXPECT_FALSE(failures.Restore(Failing("ops"), kStart));
  EXPECT_THAT(failures.Open(), SizeIs(1));
  const auto over = failures.News(Works("ops"));
  ASSERT_TRUE(over);
  EXPECT_EQ(over->event_id(), "over:failing");
}

TEST(ReceiverFailuresTest, AReceiverThatWasRemovedIsForgotten) {
  ReceiverFailures failures;
  failures.News(Failing("ops"));
  failures.News(Failing("team-a"));
  failures.Configure({{"team-a"}});
  EXPECT_THAT(failures.Open(), SizeIs(1));
  EXPECT_FALSE(failures.News(Works("ops")));
}

TEST(ReceiverFailuresTest, WhatARemovedReceiverStillSaysIsNoNews) {
  ReceiverFailures failures(std::set<std::string>{"team-a"});
  EXPECT_FALSE(failures.News(Failing("ops")));
  EXPECT_FALSE(failures.News(Works("ops")));
  EXPECT_FALSE(failures.Restore(Failing("ops"), kStart));
  EXPECT_THAT(failures.Open(), IsEmpty());
  EXPECT_TRUE(failures.News(Failing("team-a")));
}

}  // namespace
}  // namespace swarmbell
