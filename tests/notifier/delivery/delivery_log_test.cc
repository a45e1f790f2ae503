#include "notifier/delivery/delivery_log.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <future>

#include "absl/strings/str_cat.h"

namespace swarmbell {
namespace {

using testing::IsEmpty;
using testing::SizeIs;

const absl::Time kNow = absl::FromUnixSeconds(1'700'000'000);

DeliveryRecord Titled(const std::string& title) {
  DeliveryRecord record;
  record.title = title;
  return record;
}

TEST(DeliveryLogTest, ListsTheNewestFirst) {
  DeliveryLog log;
  for (int i = 0; i < 5; ++i) log.Add(Titled(absl::StrCat(i)));
  const auto newest = log.Newest(2);
  ASSERT_THAT(newest, SizeIs(2));
  EXPECT_EQ(newest[0].title, "4");
  EXPECT_EQ(newest[1].title, "3");
  EXPECT_THAT(DeliveryLog().Newest(10), IsEmpty());
}

TEST(DeliveryLogTest, KeepsWhatBecameOfAMessage) {
  DeliveryLog log;
  const auto number = log.Add(Titled("a"));
  log.CountAttempt(number, "answered 500");
  EXPECT_EQ(log.Newest(1)[0].attempts, 1u);
  EXPECT_EQ(log.Newest(1)[0].error, "answered 500");
  log.CountAttempt(number, "");
  log.Finish(number, DeliveryProgress::kAccepted, "", kNow);
  const DeliveryRecord record = log.Newest(1)[0];
  EXPECT_EQ(record.attempts, 2u);
  EXPECT_EQ(record.progress, DeliveryProgress::kAccepted);
  EXPECT_EQ(record.finished, kNow);
  EXPECT_EQ(record.error, "");
}

TEST(DeliveryLogTest, ForgetsTheOldestAndTakesNoChangesForIt) {
  DeliveryLog log(2);
  const auto first = log.Add(Titled("a"));
  const auto second = log.Add(Titled("b"));
  log.Add(Titled("c"));
  log.Finish(first, DeliveryProgress::kFailed, "x", kNow);
  log.CountAttempt(second, "y");
  const auto newest = log.Newest(10);
  ASSERT_THAT(newest, SizeIs(2));
  EXPECT_EQ(newest[0].error, "");
  EXPECT_EQ(newest[1].error, "y");
}

TEST(DeliveryLogTest, WaitsForTheEnd) {
  DeliveryLog log;
  const auto number = log.Add(Titled("a"));
  auto waiting =
      std::async(std::launch::async, [&] { return log.WaitFinished(number, absl::Seconds(10), {}); });
  log.Finish(number, DeliveryProgress::kAccepted, "", kNow);
  EXPECT_EQ(waiting.get()->progress, DeliveryProgress::kAccepted);
}

TEST(DeliveryLogTest, WaitingEndsWithTheLimitAndWithAStop) {
  DeliveryLog log;
  const auto number = log.Add(Titled("a"));
  EXPECT_EQ(log.WaitFinished(number, absl::Milliseconds(1), {})->progress, DeliveryProgress::kPending);
  std::stop_source stop;
  stop.request_stop();
  EXPECT_EQ(log.WaitFinished(number, absl::Seconds(10), stop.get_token())->progress,
            DeliveryProgress::kPending);
}

}  // namespace
}  // namespace swarmbell
