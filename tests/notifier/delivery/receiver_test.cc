#include "notifier/delivery/receiver.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <condition_variable>
#include <deque>
#include <future>

#include "absl/strings/str_cat.h"
#include "notifier/delivery/delivery_log.h"
#include "notifier/feed/pending_last_words.h"
#include "tests/fakes/fake_clock.h"

namespace swarmbell {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::SizeIs;

// Posts to nowhere; answers as told, in order, then accepts. Thread-safe.
class ScriptedChannel : public Channel {
 public:
  Verdict Post(const std::string& body, std::stop_token stop) override {
    std::unique_lock lock(mutex_);
    posted_.push_back(body);
    changed_.notify_all();
    if (posted_.size() == hang_from_) hanging_ = true;
    if (hanging_) {
      changed_.wait(lock, std::move(stop), [this] { return !hanging_; });
      if (hanging_) return {Outcome::kRetry, "stopped", std::nullopt};
    }
    if (verdicts_.empty()) return {};
    Verdict verdict = verdicts_.front();
    verdicts_.pop_front();
    return verdict;
  }

  void Answer(std::initializer_list<Verdict> verdicts) {
    std::lock_guard lock(mutex_);
    verdicts_.insert(verdicts_.end(), verdicts);
  }

  void Hang(bool hanging) {
    std::lock_guard lock(mutex_);
    hanging_ = hanging;
    changed_.notify_all();
  }

  // Lets go of what hangs, until the post of this number.
  void HangFrom(std::size_t number) {
    std::lock_guard lock(mutex_);
    hanging_ = false;
    hang_from_ = number;
    changed_.notify_all();
  }

  bool WaitForPosts(std::size_t count) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, std::chrono::seconds(30), [&] { return posted_.size() >= count; });
  }

  std::vector<std::string> Posted() {
    std::lock_guard lock(mutex_);
    return posted_;
  }

 private:
  std::mutex mutex_;
  std::condition_variable_any changed_;
  std::deque<Verdict> verdicts_;     // guarded by mutex_
  std::vector<std::string> posted_;  // guarded by mutex_
  bool hanging_ = false;             // guarded by mutex_
  std::size_t hang_from_ = 0;        // 0 for none; guarded by mutex_
};

const Verdict kTryAgain{Outcome::kRetry, "answered 503", std::nullopt};
const Verdict kRefused{Outcome::kFinal, "answered 400", std::nullopt};
const Verdict kGone{Outcome::kUntilMended, "answered 404", std::nullopt, "make a new one"};

class ReceiverTest : public testing::Test {
 protected:
  ReceiverTest() {
    DeclareDeliveryMetrics(metrics_);
    options_.pace.interval = absl::ZeroDuration();
    options_.backoff = {absl::Seconds(2), absl::Seconds(60)};
    options_.queue.digest_over = 0;
    options_.on_news = [this](const ReceiverNews& news, const std::stop_token&) {
      const std::lock_guard lock(news_mutex_);
      news_.push_back(news);
    };
    options_.digest = [](const std::vector<Alert>& alerts) {
      Message digest;
      digest.body = "digest";
      for (const Alert& alert : alerts) absl::StrAppend(&digest.body, " ", alert.event.event_id());
      return digest;
    };
  }

  void Start() {
    auto channel = std::make_unique<ScriptedChannel>();
    channel_ = channel.get();
    receiver_ = std::make_unique<Receiver>("chat", std::move(channel), options_, clock_, metrics_, log_);
  }

  std::uint64_t Enqueue(const std::string& title, std::shared_ptr<Receipt> receipt = nullptr) {
    Message message;
    message.title = title;
    message.body = "body " + title;
    message.observed = clock_.Now() - absl::Seconds(3);
    if (receipt) message.receipts = {std::move(receipt)};
    return receiver_->Enqueue(std::move(message));
  }

  std::uint64_t EnqueueAlert(const std::string& id, std::shared_ptr<Receipt> receipt = nullptr) {
    Message message;
    message.body = "body " + id;
    Alert alert;
    alert.event.set_event_id(id);
    message.alerts = {alert};
    if (receipt) message.receipts = {std::move(receipt)};
    return receiver_->Enqueue(std::move(message));
  }

  DeliveryRecord Wait(std::uint64_t number) { return *log_.WaitFinished(number, absl::Seconds(30), {}); }

  std::vector<ReceiverNews> News() {
    const std::lock_guard lock(news_mutex_);
    return news_;
  }

  // Lets time go by until the message is done.
  DeliveryRecord AdvanceUntilDone(std::uint64_t number) {
    std::future<DeliveryRecord> record = std::async(std::launch::async, [&] { return Wait(number); });
    while (record.wait_for(std::chrono::milliseconds(1)) != std::future_status::ready) {
      if (clock_.Sleepers() > 0) clock_.Advance(absl::Seconds(1));
    }
    return record.get();
  }

  std::uint64_t EnqueueTest() {
    Message message;
    message.title = "test";
    message.body = "body test";
    return *receiver_->EnqueueTest(std::move(message));
  }

  FakeClock clock_;
  std::mutex news_mutex_;
  std::vector<ReceiverNews> news_;  // guarded by news_mutex_
  Metrics metrics_;
  DeliveryLog log_;
  ReceiverOptions options_;
  ScriptedChannel* channel_ = nullptr;
  std::unique_ptr<Receiver> receiver_;
};

TEST_F(ReceiverTest, AnotherChannelIsUsedAtOnceForWhatIsQueued) {
  Start();
  channel_->Answer({kTryAgain});
  const std::uint64_t first = Enqueue("1");
  const std::uint64_t second = Enqueue("2");
  ASSERT_TRUE(channel_->WaitForPosts(1));
  ASSERT_TRUE(clock_.WaitForSleepers(1));  // until the next attempt, which the clock never comes to
  auto fresh = std::make_unique<ScriptedChannel>();
  ScriptedChannel& posted = *fresh;
  receiver_->Reconfigure(std::move(fresh), options_);
  EXPECT_EQ(Wait(first).progress, DeliveryProgress::kAccepted);
  EXPECT_EQ(Wait(second).progress, DeliveryProgress::kAccepted);
  EXPECT_THAT(posted.Posted(), ElementsAre("body 1", "body 2"));
}

TEST_F(ReceiverTest, OtherOptionsLeaveTheChannelAndItsWaitAlone) {
  Start();
  channel_->Answer({kTryAgain});
  const std::uint64_t first = Enqueue("1");
  ASSERT_TRUE(channel_->WaitForPosts(1));
  receiver_->Reconfigure(nullptr, options_);
  ASSERT_TRUE(clock_.WaitForSleepers(1));
  EXPECT_THAT(channel_->Posted(), SizeIs(1));
  clock_.Advance(absl::Seconds(60));
  EXPECT_EQ(Wait(first).progress, DeliveryProgress::kAccepted);
}

TEST_F(ReceiverTest, ARetiredReceiverTriesWhatIsQueuedOnceMoreAndLosesNoReceipt) {
  Start();
  channel_->Answer({kTryAgain, kTryAgain});
  bool settled = false;
  bool lost = false;
  const std::uint64_t first = Enqueue("1", std::make_shared<Receipt>([&](bool was_lost) {
                                        settled = true;
                                        lost = was_lost;
                                      }));
  const std::uint64_t second = Enqueue("2");
  ASSERT_TRUE(channel_->WaitForPosts(1));
  ASSERT_TRUE(clock_.WaitForSleepers(1));
  receiver_->Retire();
  ASSERT_TRUE(clock_.WaitForSleepers(1));
  clock_.Advance(absl::Seconds(2));
  EXPECT_EQ(Wait(first).progress, DeliveryProgress::kFailed);
  ASSERT_TRUE(clock_.WaitForSleepers(1));
  clock_.Advance(absl::Seconds(2));
  EXPECT_EQ(Wait(second).progress, DeliveryProgress::kAccepted);
  receiver_->Finish(absl::Seconds(1));
  EXPECT_TRUE(receiver_->IsDone());
  EXPECT_TRUE(settled);
  EXPECT_FALSE(lost);
}

TEST_F(ReceiverTest, PostsInOrder) {
  Start();
  std::uint64_t last = 0;
  for (int i = 0; i < 20; ++i) last = Enqueue(absl::StrCat(i));
  EXPECT_EQ(Wait(last).progress, DeliveryProgress::kAccepted);
  const auto posted = channel_->Posted();
  ASSERT_THAT(posted, SizeIs(20));
  for (int i = 0; i < 20; ++i) EXPECT_EQ(posted[static_cast<std::size_t>(i)], absl::StrCat("body ", i));
  EXPECT_THAT(metrics_.Render(),
              HasSubstr(R"(swarmbell_deliveries_total{receiver="chat",outcome="accepted"} 20)"));
  EXPECT_THAT(metrics_.Render(), HasSubstr(R"(swarmbell_delivery_latency_seconds_sum{receiver="chat"} 60)"));
}

TEST_F(ReceiverTest, ABacklogIsFoldedIntoDigestsInOrder) {
  options_.queue.digest_over = 4;
  options_.queue.digest_lines = 3;
  Start();
  channel_->Hang(true);
  EnqueueAlert("0");
  ASSERT_TRUE(channel_->WaitForPosts(1));
  int settled = 0;
  std::uint64_t first = 0;
  std::uint64_t last = 0;
  for (const char* id : {"1", "2", "3", "4", "5"}) {
    last = EnqueueAlert(id, std::make_shared<Receipt>([&](bool lost) { settled += lost ? 0 : 1; }));
    if (first == 0) first = last;
  }
  channel_->Hang(false);
  EXPECT_EQ(Wait(first).progress, DeliveryProgress::kAccepted);
  EXPECT_EQ(Wait(last).progress, DeliveryProgress::kAccepted);
  EXPECT_THAT(channel_->Posted(), ElementsAre("body 0", "digest 1 2 3", "digest 4 5"));
  receiver_.reset();
  EXPECT_EQ(settled, 5);
}

TEST_F(ReceiverTest, ARefusedDigestIsPostedOneByOne) {
  options_.queue.digest_over = 2;
  Start();
  channel_->Hang(true);
  EnqueueAlert("0");
  ASSERT_TRUE(channel_->WaitForPosts(1));
  const auto poisoned = EnqueueAlert("1");
  EnqueueAlert("2");
  const auto last = EnqueueAlert("3");
  channel_->Answer({Verdict{}, kRefused, kRefused});
  channel_->Hang(false);
  EXPECT_EQ(Wait(poisoned).progress, DeliveryProgress::kFailed);
  EXPECT_EQ(Wait(last).progress, DeliveryProgress::kAccepted);
  EXPECT_THAT(channel_->Posted(), ElementsAre("body 0", "digest 1 2 3", "body 1", "body 2", "body 3"));
}

TEST_F(ReceiverTest, ADigestThatSomebodyTookIsNotPostedOneByOne) {
  options_.queue.digest_over = 2;
  Start();
  channel_->Hang(true);
  EnqueueAlert("0");
  ASSERT_TRUE(channel_->WaitForPosts(1));
  const auto first = EnqueueAlert("1");
  EnqueueAlert("2");
  const auto last = EnqueueAlert("3");
  channel_->Answer(
      {Verdict{}, {Outcome::kFinal, "answered 200 but not \"ok\"", std::nullopt, "", /*taken=*/true}});
  channel_->Hang(false);
  EXPECT_EQ(Wait(first).error, "answered 200 but not \"ok\"");
  EXPECT_EQ(Wait(last).progress, DeliveryProgress::kFailed);
  EXPECT_THAT(channel_->Posted(), ElementsAre("body 0", "digest 1 2 3"));
}

TEST_F(ReceiverTest, WhatIsQueuedAtAHandOverIsLeftToTheOther) {
  Start();
  channel_->Hang(true);
  EnqueueAlert("0");
  ASSERT_TRUE(channel_->WaitForPosts(1));
  bool lost = false;
  const auto queued = EnqueueAlert("1", std::make_shared<Receipt>([&](bool was_lost) { lost = was_lost; }));
  receiver_->HandOver();
  EXPECT_TRUE(lost);
  EXPECT_EQ(Wait(queued).progress, DeliveryProgress::kFailed);
  channel_->Hang(false);
  Wait(EnqueueAlert("2"));
  EXPECT_THAT(channel_->Posted(), ElementsAre("body 0", "body 2"));
}

TEST_F(ReceiverTest, WhatWaitsForAnotherAttemptAtAHandOverIsLeftToTheOther) {
  Start();
  channel_->Answer({kGone});
  bool lost = false;
  const auto first = EnqueueAlert("1", std::make_shared<Receipt>([&](bool was_lost) { lost = was_lost; }));
  ASSERT_TRUE(channel_->WaitForPosts(1));
  ASSERT_TRUE(clock_.WaitForSleepers(1));
  receiver_->HandOver();
  EXPECT_THAT(AdvanceUntilDone(first).error, HasSubstr("another notifier is active"));
  EXPECT_THAT(channel_->Posted(), SizeIs(1));
  EXPECT_EQ(AdvanceUntilDone(EnqueueAlert("2")).progress, DeliveryProgress::kAccepted);
  receiver_.reset();
  EXPECT_TRUE(lost);
}

TEST_F(ReceiverTest, APostThatFailsDuringAHandOverIsLeftToTheOther) {
  options_.queue.digest_over = 1;
  for (const Verdict& verdict : {kGone, kTryAgain, kRefused}) {
    Start();
    channel_->Hang(true);
    EnqueueAlert("0");
    ASSERT_TRUE(channel_->WaitForPosts(1));
    bool lost = false;
    EnqueueAlert("1", std::make_shared<Receipt>([&](bool was_lost) { lost = was_lost; }));
    const auto last = EnqueueAlert("2");
    channel_->HangFrom(2);
    ASSERT_TRUE(channel_->WaitForPosts(2));
    receiver_->HandOver();
    channel_->Answer({verdict});
    channel_->Hang(false);
    EXPECT_THAT(AdvanceUntilDone(last).error, HasSubstr("another notifier is active"));
    EXPECT_THAT(channel_->Posted(), ElementsAre("body 0", "digest 1 2"));
    receiver_.reset();
    EXPECT_TRUE(lost);
  }
}

TEST_F(ReceiverTest, AfterAHandOverAReceiverTellsNothingUntilItIsOnDutyAgain) {
  Start();
  receiver_->HandOver();
  Wait(EnqueueAlert("works"));
  for (int i = 0; i < 9; ++i) channel_->Answer({kTryAgain});
  EXPECT_EQ(AdvanceUntilDone(EnqueueTest()).attempts, 10u);  // for longer than a minute
  EXPECT_THAT(News(), SizeIs(0));
  EXPECT_FALSE(receiver_->IsFailing());
  receiver_->TakeOver();
  Wait(EnqueueAlert("works"));
  receiver_.reset();
  ASSERT_THAT(News(), SizeIs(1));
  EXPECT_FALSE(News()[0].failing);
}

TEST_F(ReceiverTest, WhatTellsNoChangeIsNotFoldedAndKeepsItsPlace) {
  options_.queue.digest_over = 1;
  Start();
  channel_->Hang(true);
  EnqueueAlert("0");
  ASSERT_TRUE(channel_->WaitForPosts(1));
  EnqueueAlert("1");
  EnqueueAlert("2");
  Enqueue("test");
  const auto last = EnqueueAlert("3");
  channel_->Hang(false);
  EXPECT_EQ(Wait(last).progress, DeliveryProgress::kAccepted);
  EXPECT_THAT(channel_->Posted(), ElementsAre("body 0", "digest 1 2", "body test", "body 3"));
}

TEST_F(ReceiverTest, AFullQueueOfAlertsIsFoldedBeforeAnythingIsGivenUp) {
  options_.queue.digest_over = 100;
  options_.queue.size = 2;
  Start();
  channel_->Hang(true);
  EnqueueAlert("0");
  ASSERT_TRUE(channel_->WaitForPosts(1));
  std::uint64_t last = 0;
  for (const char* id : {"1", "2", "3", "4"}) last = EnqueueAlert(id);
  channel_->Hang(false);
  EXPECT_EQ(Wait(last).progress, DeliveryProgress::kAccepted);
  EXPECT_THAT(channel_->Posted(), ElementsAre("body 0", "digest 1 2 3", "body 4"));
}

TEST_F(ReceiverTest, TriesAgainWithLongerWaitsAndKeepsTheOrder) {
  Start();
  channel_->Answer({kTryAgain, kTryAgain});
  Enqueue("a");
  const auto last = Enqueue("b");
  for (std::size_t tries = 1; tries <= 2; ++tries) {
    ASSERT_TRUE(channel_->WaitForPosts(tries));
    ASSERT_TRUE(clock_.WaitForSleepers(1));
    clock_.Advance(absl::Milliseconds(900));  // less than the shortest first wait
    EXPECT_THAT(channel_->Posted(), SizeIs(tries));
    clock_.Advance(absl::Seconds(4));
  }
  EXPECT_EQ(Wait(last).progress, DeliveryProgress::kAccepted);
  EXPECT_THAT(channel_->Posted(), ElementsAre("body a", "body a", "body a", "body b"));
  EXPECT_EQ(log_.Newest(2)[1].attempts, 3u);
}

TEST_F(ReceiverTest, AMessageThatIsRefusedDoesNotBlockTheNext) {
  Start();
  channel_->Answer({kRefused});
  const auto first = Enqueue("poison");
  const auto second = Enqueue("fine");
  const DeliveryRecord refused = Wait(first);
  EXPECT_EQ(refused.progress, DeliveryProgress::kFailed);
  EXPECT_EQ(refused.error, "answered 400");
  EXPECT_EQ(Wait(second).progress, DeliveryProgress::kAccepted);
}

TEST_F(ReceiverTest, LeavesTheReceiverAloneAsLongAsItAsks) {
  Start();
  channel_->Answer({{Outcome::kRetry, "answered 429", absl::Seconds(90)}});
  const auto number = Enqueue("a");
  // After a minute the receiver counts as failing, and the wait goes on.
  ASSERT_TRUE(clock_.WaitForSleeper(absl::Seconds(60)));
  clock_.Advance(absl::Seconds(60));
  ASSERT_TRUE(clock_.WaitForSleeper(absl::Seconds(30)));
  clock_.Advance(absl::Seconds(29));
  EXPECT_THAT(channel_->Posted(), SizeIs(1));
  clock_.Advance(absl::Seconds(1));
  EXPECT_EQ(Wait(number).progress, DeliveryProgress::kAccepted);
}

TEST_F(ReceiverTest, GivesUpAfterTheLimitAndGoesOn) {
  options_.give_up_after = absl::Seconds(10);
  Start();
  channel_->Answer({kTryAgain, kTryAgain, kTryAgain, kTryAgain, kTryAgain, kTryAgain});
  bool settled = false;
  bool lost = true;
  auto receipt = std::make_shared<Receipt>([&](bool was_lost) {
    settled = true;
    lost = was_lost;
  });
  const auto first = Enqueue("a", std::move(receipt));
  ASSERT_TRUE(channel_->WaitForPosts(1));
  std::future<DeliveryRecord> record = std::async(std::launch::async, [&] { return Wait(first); });
  while (record.wait_for(std::chrono::seconds(0)) != std::future_status::ready) {
    clock_.Advance(absl::Seconds(1));
    record.wait_for(std::chrono::milliseconds(1));
  }
  const DeliveryRecord failed = record.get();
  EXPECT_EQ(failed.progress, DeliveryProgress::kFailed);
  EXPECT_THAT(failed.error, HasSubstr("given up after"));
  EXPECT_THAT(failed.error, HasSubstr("answered 503"));
  EXPECT_GE(failed.attempts, 2u);
  receiver_->Finish(absl::ZeroDuration());
  EXPECT_TRUE(settled);
  EXPECT_FALSE(lost);
}

TEST_F(ReceiverTest, OpenAlarmsAreRepeatedUnlessAMessageCameAfterThem) {
  Start();
  channel_->Hang(true);
  Enqueue("1");
  ASSERT_TRUE(channel_->WaitForPosts(1));
  receiver_->Repeat("before an end");
  const std::uint64_t second = Enqueue("2");
  channel_->Answer({{}, {}, kTryAgain});
  channel_->Hang(false);
  Wait(second);
  receiver_->Repeat("open");
  ASSERT_TRUE(channel_->WaitForPosts(3));
  // It is neither retried nor an obstacle.
  Wait(Enqueue("3"));
  EXPECT_THAT(channel_->Posted(), ElementsAre("body 1", "body 2", "open", "body 3"));
  EXPECT_THAT(log_.Newest(10), SizeIs(3));
}

TEST_F(ReceiverTest, AStandbyRepeatsNoAlarms) {
  Start();
  receiver_->HandOver();
  receiver_->Repeat("open");
  receiver_->TakeOver();
  Wait(Enqueue("1"));
  receiver_->Repeat("open");
  ASSERT_TRUE(channel_->WaitForPosts(2));
  EXPECT_THAT(channel_->Posted(), ElementsAre("body 1", "open"));
}

TEST_F(ReceiverTest, KeepsThePace) {
  options_.pace = {absl::Seconds(1), 2};
  Start();
  for (int i = 0; i < 4; ++i) Enqueue(absl::StrCat(i));
  ASSERT_TRUE(clock_.WaitForSleeper(absl::Seconds(1)));
  EXPECT_THAT(channel_->Posted(), SizeIs(2));
  clock_.Advance(absl::Seconds(1));
  ASSERT_TRUE(channel_->WaitForPosts(3));
  ASSERT_TRUE(clock_.WaitForSleeper(absl::Seconds(1)));
  EXPECT_THAT(channel_->Posted(), SizeIs(3));
}

TEST_F(ReceiverTest, AFullQueueGivesUpTheOldestAndNeverWaits) {
  options_.queue.size = 2;
  Start();
  channel_->Hang(true);
  Enqueue("in flight");
  ASSERT_TRUE(channel_->WaitForPosts(1));
  const auto oldest = Enqueue("oldest");
  Enqueue("b");
  const auto last = Enqueue("c");
  const DeliveryRecord dropped = Wait(oldest);
  EXPECT_EQ(dropped.progress, DeliveryProgress::kFailed);
  EXPECT_THAT(dropped.error, HasSubstr("queue is full"));
  channel_->Hang(false);
  EXPECT_EQ(Wait(last).progress, DeliveryProgress::kAccepted);
  EXPECT_THAT(channel_->Posted(), ElementsAre("body in flight", "body b", "body c"));
  EXPECT_THAT(metrics_.Render(), HasSubstr(R"({receiver="chat",outcome="dropped"} 1)"));
}

TEST_F(ReceiverTest, FinishPostsWhatIsQueuedWithoutPace) {
  options_.pace = {absl::Minutes(1), 1};
  Start();
  for (int i = 0; i < 5; ++i) Enqueue(absl::StrCat(i));
  receiver_->Finish(absl::Seconds(4));
  EXPECT_THAT(channel_->Posted(), SizeIs(5));
}

TEST_F(ReceiverTest, FinishTriesAgainSoonAndGivesUpAtItsLimit) {
  Start();
  for (int i = 0; i < 100; ++i) channel_->Answer({kTryAgain});
  bool lost = false;
  const auto first = Enqueue("a", std::make_shared<Receipt>([&](bool was_lost) { lost = was_lost; }));
  const auto second = Enqueue("b");
  ASSERT_TRUE(clock_.WaitForSleepers(1));
  auto finishing = std::async(std::launch::async, [&] { receiver_->Finish(absl::Seconds(4)); });
  while (finishing.wait_for(std::chrono::milliseconds(1)) != std::future_status::ready) {
    // Not while it posts, however long that takes: the receiver sleeps, and who finishes it.
    if (clock_.Sleepers() == 2) clock_.Advance(absl::Milliseconds(100));
  }
  EXPECT_GE(channel_->Posted().size(), 3u);
  for (const auto number : {first, second}) {
    EXPECT_EQ(Wait(number).progress, DeliveryProgress::kFailed);
    EXPECT_THAT(Wait(number).error, HasSubstr("ended before"));
  }
  receiver_.reset();
  EXPECT_TRUE(lost);
}

TEST_F(ReceiverTest, FinishInterruptsAPostThatHangs) {
  Start();
  channel_->Hang(true);
  const auto number = Enqueue("a");
  ASSERT_TRUE(channel_->WaitForPosts(1));
  receiver_->Finish(absl::ZeroDuration());
  EXPECT_EQ(Wait(number).progress, DeliveryProgress::kFailed);
}

TEST_F(ReceiverTest, AClockThatIsSetBackDelaysNoPacedPost) {
  options_.pace = {absl::Seconds(1), 1};
  Start();
  Wait(Enqueue("a"));
  clock_.StepWall(-absl::Seconds(600));
  const auto next = Enqueue("b");
  ASSERT_TRUE(clock_.WaitForSleeper(absl::Seconds(1)));
  clock_.Advance(absl::Seconds(1));
  EXPECT_EQ(Wait(next).progress, DeliveryProgress::kAccepted);
}

TEST_F(ReceiverTest, AClockThatIsSetBackDelaysNoRetryAndNoRetryAfter) {
  Start();
  channel_->Answer({kTryAgain, {Outcome::kRetry, "answered 429", absl::Seconds(90)}});
  const auto number = Enqueue("a");
  ASSERT_TRUE(channel_->WaitForPosts(1));
  ASSERT_TRUE(clock_.WaitForSleepers(1));
  clock_.StepWall(-absl::Seconds(600));
  clock_.Advance(absl::Seconds(2));
  ASSERT_TRUE(channel_->WaitForPosts(2));
  clock_.StepWall(-absl::Seconds(60));
  EXPECT_EQ(AdvanceUntilDone(number).progress, DeliveryProgress::kAccepted);
  EXPECT_LE(clock_.Steady() - MonotonicTime(), absl::Seconds(93));
}

TEST_F(ReceiverTest, AClockThatIsSetGivesNothingUpAndKeepsNothingForEver) {
  options_.give_up_after = absl::Seconds(60);
  Start();
  for (int i = 0; i < 100; ++i) channel_->Answer({kTryAgain});
  const auto number = Enqueue("a");
  ASSERT_TRUE(channel_->WaitForPosts(1));
  ASSERT_TRUE(clock_.WaitForSleepers(1));
  clock_.StepWall(absl::Hours(100));
  clock_.Advance(absl::Seconds(2));
  ASSERT_TRUE(channel_->WaitForPosts(2));
  EXPECT_EQ(log_.Newest(1)[0].progress, DeliveryProgress::kPending);
  clock_.StepWall(-absl::Hours(200));
  const DeliveryRecord record = AdvanceUntilDone(number);
  EXPECT_EQ(record.progress, DeliveryProgress::kFailed);
  EXPECT_THAT(record.error, HasSubstr("given up after"));
  EXPECT_LE(clock_.Steady() - MonotonicTime(), absl::Seconds(62));
}

TEST_F(ReceiverTest, WhatAPersonCanMendIsKeptUntilItIsMended) {
  Start();
  for (int i = 0; i < 20; ++i) channel_->Answer({kGone});
  const auto number = Enqueue("a");
  EXPECT_EQ(AdvanceUntilDone(number).progress, DeliveryProgress::kAccepted);
  EXPECT_THAT(channel_->Posted(), SizeIs(21));
}

TEST_F(ReceiverTest, AMinuteWithoutAnAcceptedPostIsToldOnceWithItsEnd) {
  Start();
  for (int i = 0; i < 9; ++i) channel_->Answer({kGone});
  const absl::Time start = clock_.Now();
  const auto number = EnqueueAlert("1");
  EnqueueAlert("2");
  EXPECT_FALSE(receiver_->IsFailing());
  EXPECT_EQ(AdvanceUntilDone(number).progress, DeliveryProgress::kAccepted);
  const std::vector<ReceiverNews> news = News();
  ASSERT_THAT(news, SizeIs(2));
  EXPECT_TRUE(news[0].failing);
  EXPECT_EQ(news[0].receiver, "chat");
  EXPECT_EQ(news[0].error, "answered 404");
  EXPECT_EQ(news[0].advice, "make a new one");
  EXPECT_EQ(news[0].since, start);
  EXPECT_EQ(news[0].waiting_alerts, 2u);
  EXPECT_FALSE(news[1].failing);
  EXPECT_EQ(news[1].since, start);
  EXPECT_FALSE(receiver_->IsFailing());
  EXPECT_THAT(metrics_.Render(), HasSubstr(R"(swarmbell_receiver_failing{receiver="chat"} 0)"));
}

TEST_F(ReceiverTest, AReceiverThatAsksToBeLeftAloneForLongIsToldAfterAMinute) {
  Start();
  channel_->Answer({{Outcome::kRetry, "answered 429", absl::Minutes(10)}});
  EnqueueAlert("1");
  ASSERT_TRUE(clock_.WaitForSleeper(absl::Minutes(1)));
  EXPECT_THAT(News(), SizeIs(0));
  clock_.Advance(absl::Minutes(1));
  ASSERT_TRUE(clock_.WaitForSleeper(absl::Minutes(9)));
  EXPECT_THAT(News(), SizeIs(1));
  EXPECT_TRUE(receiver_->IsFailing());
  EXPECT_THAT(metrics_.Render(), HasSubstr(R"(swarmbell_receiver_failing{receiver="chat"} 1)"));
}

TEST_F(ReceiverTest, OneRefusedMessageIsNoFailingReceiver) {
  Start();
  channel_->Answer({kRefused});
  Wait(EnqueueAlert("poison"));
  clock_.Advance(absl::Hours(1));
  Wait(EnqueueAlert("fine"));
  const std::vector<ReceiverNews> news = News();
  ASSERT_THAT(news, SizeIs(1));
  EXPECT_FALSE(news[0].failing);  // that it works
}

TEST_F(ReceiverTest, RefusalsAloneForAMinuteAreToldWithWhatIsLost) {
  Start();
  for (const int minute : {0, 1, 2}) {
    clock_.Advance(absl::Minutes(minute == 0 ? 0 : 1));
    channel_->Answer({kRefused});
    Wait(EnqueueAlert(absl::StrCat(minute)));
  }
  receiver_->Finish(absl::ZeroDuration());
  ASSERT_THAT(News(), SizeIs(1));
  EXPECT_TRUE(News()[0].failing);
  EXPECT_EQ(News()[0].lost_alerts, 2u);
}

TEST_F(ReceiverTest, ARetiredReceiverTellsNoTrouble) {
  options_.failing_after = absl::Milliseconds(100);
  Start();
  channel_->Answer({kGone, kGone});
  const auto first = EnqueueAlert("1");
  ASSERT_TRUE(channel_->WaitForPosts(1));
  ASSERT_TRUE(clock_.WaitForSleepers(1));
  receiver_->Retire();
  EXPECT_EQ(AdvanceUntilDone(first).progress, DeliveryProgress::kFailed);
  receiver_->Finish(absl::ZeroDuration());
  EXPECT_THAT(News(), SizeIs(0));
}

TEST_F(ReceiverTest, OneTestWaitsAtATime) {
  Start();
  channel_->Hang(true);
  const auto first = EnqueueTest();
  ASSERT_TRUE(channel_->WaitForPosts(1));
  for (int i = 0; i < 100; ++i) EXPECT_EQ(receiver_->EnqueueTest(Message()), std::nullopt);
  channel_->Hang(false);
  EXPECT_EQ(Wait(first).progress, DeliveryProgress::kAccepted);
  EXPECT_EQ(Wait(EnqueueTest()).progress, DeliveryProgress::kAccepted);
}

TEST_F(ReceiverTest, ATestDisplacesNoAlertAndAnAlertDisplacesATest) {
  options_.queue.size = 2;
  Start();
  channel_->Hang(true);
  EnqueueAlert("0");
  ASSERT_TRUE(channel_->WaitForPosts(1));
  EnqueueAlert("1");
  const auto test = EnqueueTest();
  const auto last = EnqueueAlert("2");
  EXPECT_EQ(Wait(test).progress, DeliveryProgress::kFailed);
  EXPECT_EQ(receiver_->EnqueueTest(Message()), std::nullopt);  // the queue is full of alerts
  channel_->Hang(false);
  Wait(last);
  EXPECT_THAT(channel_->Posted(), ElementsAre("body 0", "body 1", "body 2"));
}

TEST_F(ReceiverTest, ATestSaysAtOnceWhatAPersonMustMend) {
  Start();
  channel_->Answer({kGone});
  const DeliveryRecord record = Wait(EnqueueTest());
  EXPECT_EQ(record.progress, DeliveryProgress::kFailed);
  EXPECT_EQ(record.error, "answered 404; make a new one");
}

// A red message whose failed task's output is still on its way.
class LastWordsReceiverTest : public ReceiverTest {
 protected:
  Message Red(const std::string& id) {
    Alert alert;
    alert.color = Color::kRed;
    alert.event.set_event_id(id);
    v1::TaskSummary& task = *alert.event.mutable_service_job_failed()->mutable_task();
    task.set_id("task");
    task.set_state(v1::TASK_STATE_FAILED);
    Message message;
    message.body = "body " + id;
    message.alerts = {alert};
    message.last_words = pending_;
    message.render = [](const Message& now) {
      const LastWords& words = *now.alerts.front().last_words;
      return absl::StrCat("with ", words.lines.empty() ? words.missing : words.lines.front());
    };
    return message;
  }

  std::shared_ptr<PendingLastWords> pending_ = std::make_shared<PendingLastWords>(clock_.Steady());
};

TEST_F(LastWordsReceiverTest, WaitsForTheLastWordsAndShowsThem) {
  Start();
  const std::uint64_t number = receiver_->Enqueue(Red("1"));
  ASSERT_TRUE(clock_.WaitForSleeper(absl::Seconds(3)));
  EXPECT_THAT(channel_->Posted(), SizeIs(0));
  pending_->Set({{"the last line"}, ""});
  Wait(number);
  EXPECT_THAT(channel_->Posted(), ElementsAre("with the last line"));
}

TEST_F(LastWordsReceiverTest, NeverWaitsLongerThanThreeSecondsFromTheEmission) {
  clock_.Advance(absl::Seconds(2));
  Start();
  const std::uint64_t number = receiver_->Enqueue(Red("1"));
  ASSERT_TRUE(clock_.WaitForSleeper(absl::Seconds(1)));
  clock_.Advance(absl::Seconds(1));
  Wait(number);
  EXPECT_THAT(channel_->Posted(), ElementsAre("with the collector did not answer within 3 s"));
  // The messages behind it have waited meanwhile, too.
  Wait(receiver_->Enqueue(Red("2")));
  EXPECT_THAT(channel_->Posted(), SizeIs(2));
}

TEST_F(LastWordsReceiverTest, WhereLogsAreOffTheCardStaysAsItIs) {
  Start();
  pending_->Set({});
  Wait(receiver_->Enqueue(Red("1")));
  EXPECT_THAT(channel_->Posted(), ElementsAre("body 1"));
}

TEST_F(LastWordsReceiverTest, ARetryKeepsThem) {
  Start();
  channel_->Answer({kTryAgain});
  pending_->Set({{"the last line"}, ""});
  const std::uint64_t number = receiver_->Enqueue(Red("1"));
  ASSERT_TRUE(channel_->WaitForPosts(1));
  ASSERT_TRUE(clock_.WaitForSleepers(1));
  clock_.Advance(absl::Minutes(1));
  Wait(number);
  EXPECT_THAT(channel_->Posted(), ElementsAre("with the last line", "with the last line"));
}

TEST_F(LastWordsReceiverTest, ADigestWaitsForNone) {
  options_.queue.digest_over = 1;
  options_.queue.digest_lines = 100;
  Start();
  channel_->Hang(true);
  Enqueue("0");
  ASSERT_TRUE(channel_->WaitForPosts(1));
  receiver_->Enqueue(Red("1"));
  const std::uint64_t last = receiver_->Enqueue(Red("2"));
  channel_->Hang(false);
  Wait(last);
  EXPECT_THAT(channel_->Posted(), ElementsAre("body 0", "digest 1 2"));
}

TEST_F(LastWordsReceiverTest, TheEndDoesNotWaitForThem) {
  Start();
  receiver_->Enqueue(Red("1"));
  ASSERT_TRUE(clock_.WaitForSleeper(absl::Seconds(3)));
  receiver_->Finish(absl::ZeroDuration());  // nothing else would end it: the clock stands still
  EXPECT_THAT(channel_->Posted(), SizeIs(0));
}

}  // namespace
}  // namespace swarmbell
