// Stories in a chat that can edit messages: what is posted, edited, replied and stored.

#include "notifier/delivery/story_poster.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <deque>
#include <semaphore>

#include "absl/strings/str_cat.h"
#include "common/time/proto_time.h"
#include "notifier/delivery/receiver.h"
#include "swarmbell/v1/notifier_state.pb.h"
#include "tests/fakes/fake_clock.h"

namespace swarmbell {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;

// Keeps messages as Slack does; answers as told, in order, then by itself.
class FakeSlack : public Channel {
 public:
  Verdict Post(const std::string& body, std::stop_token) override {
    if (const auto told = Told("post")) return *told;
    bodies.push_back(body);
    Verdict verdict;
    verdict.posted = MessageId{"C1", absl::StrCat("ts", ++posts)};
    return verdict;
  }
  Verdict Edit(const MessageId& message, const std::string& body, std::stop_token) override {
    if (const auto told = Told(absl::StrCat("edit ", message.id))) return *told;
    bodies.push_back(body);
    return {};
  }
  Verdict Reply(const MessageId& message, const std::string& body, bool broadcast, std::stop_token) override {
    if (const auto told = Told(absl::StrCat(broadcast ? "broadcast " : "reply ", message.id))) return *told;
    replies.push_back(body);
    return {};
  }

  std::vector<std::string> TakeCalls() { return std::exchange(calls, {}); }

  std::vector<std::string> calls;
  std::vector<std::string> bodies;
  std::vector<std::string> replies;
  std::deque<Verdict> answers;
  int posts = 0;

 private:
  std::optional<Verdict> Told(const std::string& call) {
    calls.push_back(call);
    if (answers.empty()) return std::nullopt;
    const Verdict verdict = answers.front();
    answers.pop_front();
    return verdict;
  }
};

Verdict Gone() {
  Verdict verdict{Outcome::kFinal, "message_not_found"};
  verdict.gone = true;
  return verdict;
}

class StoryPosterTest : public testing::Test {
 protected:
  StoryPosterTest() { Configure(poster_); }

  void Configure(StoryPoster& poster) {
    receiver_.name = "bot";
    receiver_.type = ReceiverType::kSlackBot;
    receiver_.mention = "here";
    poster.Configure({receiver_, {}});
  }

  v1::ChangeEvent Event(const std::string& id, const std::string& service = "api") {
    v1::ChangeEvent event;
    event.set_event_id(id);
    event.set_action(v1::ACTION_UPDATED);
    event.mutable_cluster()->set_id("c");
    event.mutable_resource()->set_kind(v1::RESOURCE_KIND_SERVICE);
    event.mutable_resource()->set_id(service);
    event.mutable_resource()->set_name(service);
    *event.mutable_observe_time() = ToProto(clock_.Now());
    return event;
  }
  v1::ChangeEvent Step(v1::UpdateState state) {
    v1::ChangeEvent event = Event(v1::UpdateState_Name(state));
    event.mutable_service_update_state_changed()->set_current_state(state);
    event.mutable_service_update_state_changed()->mutable_start_time()->set_seconds(5);
    event.mutable_service_update_state_changed()->set_wanted_tasks(5);
    event.mutable_service_update_state_changed()->set_updated_tasks(5);
    return event;
  }
  v1::ChangeEvent Progress(std::uint32_t updated) {
    v1::ChangeEvent event = Event(absl::StrCat("progress", updated));
    event.mutable_service_update_progress()->set_state(v1::UPDATE_STATE_UPDATING);
    event.mutable_service_update_progress()->mutable_start_time()->set_seconds(5);
    event.mutable_service_update_progress()->set_wanted_tasks(5);
    event.mutable_service_update_progress()->set_updated_tasks(updated);
    return event;
  }
  v1::ChangeEvent Degraded() {
    v1::ChangeEvent event = Event(absl::StrCat("degraded", absl::ToUnixSeconds(clock_.Now())));
    event.mutable_service_degraded()->set_wanted_tasks(3);
    event.mutable_service_degraded()->set_running_tasks(1);
    return event;
  }
  v1::ChangeEvent Recovered() {
    v1::ChangeEvent event = Event(absl::StrCat("recovered", absl::ToUnixSeconds(clock_.Now())));
    event.mutable_service_recovered()->set_wanted_tasks(3);
    return event;
  }

  Message MessageOf(const v1::ChangeEvent& event, Color color) {
    OutgoingGroup group;
    group.group = {"bot", {{event, "rule", color, {"bot"}, ""}}, color};
    return MakeMessages(receiver_, std::move(group), {}).front();
  }
  Verdict Send(const v1::ChangeEvent& event, Color color) {
    clock_.Advance(absl::Seconds(5));
    return poster_.Send(slack_, MessageOf(event, color), {});
  }
  Verdict Send(StoryPoster& poster, const v1::ChangeEvent& event, Color color) {
    clock_.Advance(absl::Seconds(5));
    return poster.Send(slack_, MessageOf(event, color), {});
  }

  FakeClock clock_;
  HandledChanges handled_;
  LivingMessages messages_{handled_, clock_};
  ReceiverConfig receiver_;
  FakeSlack slack_;
  StoryPoster poster_{messages_, clock_};
};

TEST_F(StoryPosterTest, ARolloutIsOneMessageWithItsStepsInTheThread) {
  Send(Step(v1::UPDATE_STATE_UPDATING), Color::kYellow);
  ASSERT_EQ(poster_.TakeProgress(Progress(3)), SubjectOf(Progress(3)));
  poster_.ShowProgress(slack_, SubjectOf(Progress(3)), {});
  EXPECT_THAT(slack_.bodies.back(), HasSubstr("▰▰▰▱▱ 3/5"));
  Send(Step(v1::UPDATE_STATE_COMPLETED), Color::kGreen);
  EXPECT_THAT(slack_.calls, ElementsAre("post", "edit ts1", "edit ts1", "reply ts1"));
  EXPECT_THAT(slack_.bodies.back(), HasSubstr("update completed"));
  EXPECT_THAT(slack_.bodies.back(), Not(HasSubstr("▰")));
  EXPECT_THAT(slack_.replies.back(), HasSubstr("update completed"));
}

TEST_F(StoryPosterTest, AnEditNamesTheSwarmOnceAnotherIsHeardOf) {
  HeardSwarms swarms;
  poster_.Configure({.receiver = receiver_, .form = {.links = {}, .terminal = {}, .swarms = &swarms}});
  v1::ChangeEvent begin = Step(v1::UPDATE_STATE_UPDATING);
  begin.mutable_cluster()->set_name("prod-eu");
  swarms.Add(begin.cluster());
  Send(begin, Color::kYellow);
  EXPECT_THAT(slack_.bodies.back(), Not(HasSubstr("prod-eu · ")));
  v1::Cluster other;
  other.set_id("other");
  swarms.Add(other);
  v1::ChangeEvent end = Step(v1::UPDATE_STATE_COMPLETED);
  *end.mutable_cluster() = begin.cluster();
  Send(end, Color::kGreen);
  EXPECT_THAT(slack_.bodies.back(), HasSubstr("prod-eu · Service api update completed"));
  EXPECT_THAT(slack_.replies.back(), HasSubstr("prod-eu · Service api update completed"));
}

TEST_F(StoryPosterTest, TheNextRolloutIsAnotherMessage) {
  Send(Step(v1::UPDATE_STATE_UPDATING), Color::kYellow);
  Send(Step(v1::UPDATE_STATE_COMPLETED), Color::kGreen);
  slack_.TakeCalls();
  v1::ChangeEvent next = Step(v1::UPDATE_STATE_UPDATING);
  next.set_event_id("next");
  next.mutable_service_update_state_changed()->mutable_start_time()->set_seconds(9);
  Send(next, Color::kYellow);
  EXPECT_THAT(slack_.calls, ElementsAre("post"));
}

TEST_F(StoryPosterTest, RedAndItsEndAreOneMessageThatSaysHowLong) {
  Send(Degraded(), Color::kRed);
  EXPECT_THAT(slack_.bodies.back(), HasSubstr("<!here>"));
  clock_.Advance(absl::Seconds(255));
  Send(Recovered(), Color::kGreen);
  EXPECT_THAT(slack_.calls, ElementsAre("post", "edit ts1", "reply ts1"));
  EXPECT_THAT(slack_.bodies.back(), HasSubstr("4 minutes 20 seconds"));
  EXPECT_THAT(slack_.bodies.back(), HasSubstr("Alarm"));
  EXPECT_THAT(slack_.bodies.back(), Not(HasSubstr("<!here>")));
  EXPECT_THAT(slack_.replies.back(), Not(HasSubstr("<!here>")));
}

TEST_F(StoryPosterTest, AStoryGoesOnInTheChannelThatIsConfiguredNow) {
  receiver_.channel = "#alerts";
  Configure(poster_);
  Send(Degraded(), Color::kRed);
  slack_.TakeCalls();
  receiver_.channel = "#ops";
  Configure(poster_);
  Send(Recovered(), Color::kGreen);
  EXPECT_THAT(slack_.calls, ElementsAre("post"));
  EXPECT_THAT(slack_.bodies.back(), HasSubstr("Service api recovered"));
  EXPECT_THAT(slack_.bodies.back(), HasSubstr("Alarm"));
}

TEST_F(StoryPosterTest, AStepInTheThreadHasNothingBelowItsSentence) {
  Send(Degraded(), Color::kRed);
  Send(Recovered(), Color::kGreen);
  EXPECT_THAT(slack_.replies.back(), Not(HasSubstr("Swarmbell")));
  EXPECT_THAT(slack_.replies.back(), HasSubstr("\"attachments\":[]"));
}

TEST_F(StoryPosterTest, OutputAndTheChangesJustBeforeOutliveARestart) {
  OutgoingGroup group;
  Alert red{Degraded(), "rule", Color::kRed, {"bot"}, ""};
  red.event.mutable_service_degraded()->mutable_failed_task()->set_id("t1");
  red.event.mutable_service_degraded()->mutable_failed_task()->set_state(v1::TASK_STATE_FAILED);
  red.last_words = {{"panic: no disk"}, ""};
  v1::ChangeEvent scaled = Event("scaled", "db");
  scaled.mutable_service_mode_changed();
  group.group = {"bot", {red}, Color::kRed, false, {{{scaled}}}};
  ASSERT_EQ(poster_.Send(slack_, MakeMessages(receiver_, std::move(group), {}).front(), {}).outcome,
            Outcome::kAccepted);

  HandledChanges handled;
  LivingMessages restored(handled, clock_);
  restored.Restore(handled_.Since(0).state);
  StoryPoster poster(restored, clock_);
  Configure(poster);
  slack_.TakeCalls();
  Send(poster, Step(v1::UPDATE_STATE_UPDATING), Color::kYellow);
  EXPECT_THAT(slack_.calls, ElementsAre("edit ts1", "reply ts1"));
  EXPECT_THAT(slack_.bodies.back(), HasSubstr("panic: no disk"));
  EXPECT_THAT(slack_.bodies.back(), HasSubstr("Just before"));
}

TEST_F(StoryPosterTest, AnUpdateDoesNotEndRed) {
  Send(Degraded(), Color::kRed);
  Send(Step(v1::UPDATE_STATE_UPDATING), Color::kYellow);
  Send(Step(v1::UPDATE_STATE_COMPLETED), Color::kGreen);
  EXPECT_THAT(slack_.bodies.back(), HasSubstr("#D92D20"));
  clock_.Advance(absl::Seconds(60));
  Send(Recovered(), Color::kGreen);
  EXPECT_THAT(slack_.bodies.back(), HasSubstr("#22A06B"));
  EXPECT_THAT(slack_.bodies.back(), HasSubstr("Service api recovered"));
  EXPECT_THAT(slack_.bodies.back(), HasSubstr("1 minute 15 seconds"));
  EXPECT_EQ(slack_.posts, 1);
}

TEST_F(StoryPosterTest, ATurnToRedMentionsOnceInAReplyThatTheChannelShows) {
  Send(Step(v1::UPDATE_STATE_UPDATING), Color::kYellow);
  Send(Degraded(), Color::kRed);
  EXPECT_THAT(slack_.TakeCalls(), ElementsAre("post", "edit ts1", "broadcast ts1"));
  EXPECT_THAT(slack_.replies.back(), HasSubstr("<!here>"));
  EXPECT_THAT(slack_.bodies.back(), Not(HasSubstr("<!here>")));
  v1::ChangeEvent again = Degraded();
  again.set_event_id("another");
  again.mutable_service_crash_loop();
  Send(again, Color::kRed);
  EXPECT_THAT(slack_.calls, ElementsAre("edit ts1", "reply ts1"));
  EXPECT_THAT(slack_.replies.back(), Not(HasSubstr("<!here>")));
}

TEST_F(StoryPosterTest, AMessageThatIsGoneIsPostedAnewAndGoesOn) {
  Send(Degraded(), Color::kRed);
  slack_.TakeCalls();
  slack_.answers = {Gone()};
  EXPECT_EQ(Send(Recovered(), Color::kGreen).outcome, Outcome::kAccepted);
  EXPECT_THAT(slack_.calls, ElementsAre("edit ts1", "post"));
  EXPECT_THAT(slack_.bodies.back(), HasSubstr("Alarm"));
}

TEST_F(StoryPosterTest, AnEditThatIsRefusedIsNeverALossNorALoop) {
  Send(Degraded(), Color::kRed);
  const Verdict refused{Outcome::kFinal, "msg_too_long"};
  slack_.TakeCalls();
  slack_.answers = {refused, refused, refused};
  EXPECT_EQ(Send(Recovered(), Color::kGreen).outcome, Outcome::kFinal);
  EXPECT_THAT(slack_.TakeCalls(), ElementsAre("edit ts1", "post", "post"));
  // The second post had only the title and the sentence.
  slack_.answers = {refused, refused};
  EXPECT_EQ(Send(Recovered(), Color::kGreen).outcome, Outcome::kAccepted);
  EXPECT_THAT(slack_.TakeCalls(), ElementsAre("edit ts1", "post", "post"));
  EXPECT_THAT(slack_.bodies.back(), HasSubstr("Service api"));
}

TEST_F(StoryPosterTest, AReplyThatIsRateLimitedIsTriedAgainWithoutItsEdit) {
  Send(Degraded(), Color::kRed);
  slack_.TakeCalls();
  slack_.answers = {Verdict{}, Verdict{Outcome::kRetry, "ratelimited", absl::Seconds(3)}};
  const v1::ChangeEvent end = Recovered();
  EXPECT_EQ(Send(end, Color::kGreen).retry_after, absl::Seconds(3));
  EXPECT_EQ(Send(end, Color::kGreen).outcome, Outcome::kAccepted);
  // The edit was accepted: it is not made again.
  EXPECT_THAT(slack_.calls, ElementsAre("edit ts1", "reply ts1", "reply ts1"));
}

TEST_F(StoryPosterTest, AChangeThatComesAgainAfterARestartIsNotRepliedAgain) {
  const v1::ChangeEvent start = Step(v1::UPDATE_STATE_UPDATING);
  Send(start, Color::kYellow);
  Send(start, Color::kYellow);
  EXPECT_THAT(slack_.calls, ElementsAre("post", "edit ts1"));
}

TEST_F(StoryPosterTest, AnEndThatComesAgainIsNoNewMessage) {
  const v1::ChangeEvent end = Recovered();
  Send(Degraded(), Color::kRed);
  Send(end, Color::kGreen);
  slack_.TakeCalls();
  HandledChanges handled;
  LivingMessages messages(handled, clock_);
  messages.Restore(handled_.Since(0).state);
  StoryPoster next(messages, clock_);
  Configure(next);
  EXPECT_EQ(Send(next, end, Color::kGreen).outcome, Outcome::kAccepted);
  EXPECT_THAT(slack_.calls, IsEmpty());
}

TEST_F(StoryPosterTest, TheNextProcessContinuesTheMessage) {
  Send(Degraded(), Color::kRed);
  HandledChanges handled;
  LivingMessages messages(handled, clock_);
  messages.Restore(handled_.Since(0).state);
  StoryPoster next(messages, clock_);
  Configure(next);
  slack_.TakeCalls();
  Send(next, Recovered(), Color::kGreen);
  EXPECT_THAT(slack_.calls, ElementsAre("edit ts1", "reply ts1"));
  EXPECT_THAT(slack_.bodies.back(), HasSubstr("Alarm"));
}

TEST_F(StoryPosterTest, IsStoredBeforeTheChangeIsSettled) {
  std::string at_settling;
  {
    Message message = MessageOf(Degraded(), Color::kRed);
    message.receipts.push_back(
        std::make_shared<Receipt>([&](bool) { at_settling = handled_.Since(0).state; }));
    poster_.Send(slack_, message, {});
  }
  v1::NotifierState state;
  ASSERT_TRUE(state.ParseFromString(at_settling));
  ASSERT_EQ(state.living_messages_size(), 1);
  EXPECT_EQ(state.living_messages(0).message_id(), "ts1");
}

TEST_F(StoryPosterTest, ProgressOfAnotherRunOrFromBeforeIsNotShown) {
  Send(Step(v1::UPDATE_STATE_UPDATING), Color::kYellow);
  v1::ChangeEvent other = Progress(1);
  other.mutable_service_update_progress()->mutable_start_time()->set_seconds(4);
  poster_.TakeProgress(other);
  slack_.TakeCalls();
  poster_.ShowProgress(slack_, SubjectOf(other), {});
  EXPECT_THAT(slack_.calls, IsEmpty());
  clock_.Advance(absl::Seconds(1));
  const v1::ChangeEvent older = Progress(2);
  clock_.Advance(absl::Seconds(1));
  EXPECT_TRUE(poster_.TakeProgress(Progress(3)));
  EXPECT_FALSE(poster_.TakeProgress(older));
}

TEST_F(StoryPosterTest, ProgressOpensNoStory) {
  EXPECT_FALSE(poster_.TakeProgress(Progress(3)));
  EXPECT_EQ(poster_.ShowProgress(slack_, SubjectOf(Progress(3)), {}).outcome, Outcome::kAccepted);
  EXPECT_THAT(slack_.calls, IsEmpty());
  // The first post shows what came before it.
  Send(Step(v1::UPDATE_STATE_UPDATING), Color::kYellow);
  EXPECT_THAT(slack_.bodies.back(), HasSubstr("3/5"));
}

TEST_F(StoryPosterTest, LeavesASecondBetweenEditsOfAMessage) {
  EXPECT_EQ(poster_.NextEdit("any"), MonotonicTime::InfinitePast());
  Send(Degraded(), Color::kRed);
  Send(Recovered(), Color::kGreen);
  Send(Degraded(), Color::kRed);
  const Message message = MessageOf(Step(v1::UPDATE_STATE_UPDATING), Color::kYellow);
  poster_.Send(slack_, message, {});
  EXPECT_EQ(poster_.NextEdit(message.story), clock_.Steady() + absl::Seconds(1));
}

TEST_F(StoryPosterTest, ADigestIsAMessageOfItsOwn) {
  OutgoingGroup group;
  group.group = {
      "bot",
      {{Event("1", "a"), "r", Color::kBlue, {"bot"}, ""}, {Event("2", "b"), "r", Color::kBlue, {"bot"}, ""}},
      Color::kBlue,
      true};
  poster_.Send(slack_, MakeMessages(receiver_, std::move(group), {}).front(), {});
  EXPECT_THAT(slack_.calls, ElementsAre("post"));
  EXPECT_EQ(handled_.Since(0).state, "");
}

TEST(ProgressBarTest, ShowsAtMostTenSegments) {
  v1::ServiceUpdateProgress progress;
  EXPECT_EQ(ProgressBar(progress), "0/0");
  progress.set_wanted_tasks(5);
  progress.set_updated_tasks(9);
  EXPECT_EQ(ProgressBar(progress), "▰▰▰▰▰ 5/5");
  progress.set_wanted_tasks(4'000'000'000);
  progress.set_updated_tasks(1'000'000'000);
  progress.set_failed_tasks(2);
  EXPECT_EQ(ProgressBar(progress), "▰▰▱▱▱▱▱▱▱▱ 1000000000/4000000000, 2 failed");
}

class LivingMessagesTest : public testing::Test {
 protected:
  LivingMessage Of(const std::string& story) {
    v1::ChangeEvent event;
    event.set_event_id(story);
    event.mutable_resource()->set_id(story);
    event.mutable_service_degraded();
    LivingMessage message{"bot", story, {"C1", "ts-" + story}, "", clock_.Now(), clock_.Now()};
    message.alerts = {{event, "rule", Color::kRed, {"bot"}, ""}};
    return message;
  }

  FakeClock clock_;
  HandledChanges handled_;
  LivingMessages messages_{handled_, clock_};
};

TEST_F(LivingMessagesTest, AreBoundedInNumberAndBytes) {
  for (int i = 0; i < 1000; ++i) {
    clock_.Advance(absl::Seconds(1));
    LivingMessage message = Of(absl::StrCat("story", i));
    message.alerts[0].event.mutable_resource()->set_name(std::string(5000, 'x'));
    messages_.Put(std::move(message));
  }
  EXPECT_LE(handled_.Since(0).state.size(), 50'000U);
  EXPECT_FALSE(messages_.Find("bot", "story0"));
  EXPECT_TRUE(messages_.Find("bot", "story999"));
  v1::NotifierState state;
  ASSERT_TRUE(state.ParseFromString(handled_.Since(0).state));
  EXPECT_EQ(state.living_messages_size(), 200);
}

TEST_F(LivingMessagesTest, TheNewerEntryCounts) {
  messages_.Put(Of("a"));
  const std::string open = handled_.Since(0).state;
  clock_.Advance(absl::Seconds(1));
  LivingMessage closed = Of("a");
  closed.closed = true;
  messages_.Put(closed);
  messages_.Restore(open);  // from a collector that was away
  EXPECT_FALSE(messages_.Find("bot", "a"));
}

TEST_F(LivingMessagesTest, ASubjectBelongsToTheStoryThatShowsIt) {
  LivingMessage stack = Of("a");
  const std::string subject = SubjectOf(stack.alerts.front().event);
  stack.story = "cluster/stack/shop";
  messages_.Put(stack);
  EXPECT_EQ(messages_.FindStory("bot", subject), stack.story);
  EXPECT_EQ(messages_.FindStory("other", subject), std::nullopt);
  EXPECT_EQ(messages_.FindStory("bot", subject + "2"), std::nullopt);
  stack.closed = true;
  messages_.Put(stack);
  EXPECT_EQ(messages_.FindStory("bot", subject), std::nullopt);
}

TEST_F(LivingMessagesTest, AgeEndsAStory) {
  messages_.Put(Of("a"));
  clock_.Advance(absl::Hours(24 * 7 + 1));
  EXPECT_FALSE(messages_.Find("bot", "a"));
}

TEST_F(LivingMessagesTest, AreStoredBesideThePipelinesState) {
  v1::NotifierState state;
  state.mutable_change_time()->set_seconds(7);
  handled_.SetState(state.SerializeAsString());
  messages_.Put(Of("a"));
  v1::NotifierState stored;
  ASSERT_TRUE(stored.ParseFromString(handled_.Since(0).state));
  EXPECT_EQ(stored.change_time().seconds(), 7);
  EXPECT_EQ(stored.living_messages_size(), 1);
}

TEST_F(LivingMessagesTest, AStandbyStoresNothing) {
  messages_.Put(Of("a"));
  messages_.HandOver();
  handled_.ForgetState();
  messages_.Put(Of("b"));
  EXPECT_FALSE(handled_.Since(0).has_state);
  EXPECT_FALSE(messages_.Find("bot", "a"));
  messages_.TakeOver();
  messages_.Put(Of("b"));
  EXPECT_TRUE(handled_.Since(0).has_state);
}

TEST_F(LivingMessagesTest, IgnoreWhatIsNoState) {
  messages_.Restore("\xff\xff garbage");
  messages_.Restore("");
  EXPECT_FALSE(messages_.Find("bot", ""));
}

// Says when it was edited.
class SignallingSlack : public FakeSlack {
 public:
  explicit SignallingSlack(std::counting_semaphore<8>& edits) : edits_(edits) {}
  Verdict Edit(const MessageId& message, const std::string& body, std::stop_token stop) override {
    const Verdict verdict = FakeSlack::Edit(message, body, std::move(stop));
    edits_.release();
    return verdict;
  }

 private:
  std::counting_semaphore<8>& edits_;
};

TEST(StoryReceiverTest, ShowsProgressAtMostOnceASecond) {
  FakeClock clock;
  Metrics metrics;
  DeclareDeliveryMetrics(metrics);
  DeliveryLog log;
  HandledChanges handled;
  LivingMessages messages(handled, clock);
  std::counting_semaphore<8> edits(0);
  ReceiverOptions options;
  options.living = &messages;
  options.queue.digest_over = 0;
  options.stories.receiver.name = "bot";
  options.stories.receiver.type = ReceiverType::kSlackBot;
  Receiver receiver("bot", std::make_unique<SignallingSlack>(edits), options, clock, metrics, log);
  v1::ChangeEvent start;
  start.set_event_id("start");
  start.mutable_resource()->set_id("api");
  start.mutable_service_update_state_changed()->set_current_state(v1::UPDATE_STATE_UPDATING);
  start.mutable_service_update_state_changed()->mutable_start_time()->set_seconds(5);
  Message message;
  message.story = SubjectOf(start);
  message.alerts = {{start, "rule", Color::kYellow, {"bot"}, ""}};
  ASSERT_TRUE(log.WaitFinished(receiver.Enqueue(message), absl::Seconds(30), {})->finished);
  v1::ChangeEvent progress = start;
  progress.mutable_service_update_progress()->set_state(v1::UPDATE_STATE_UPDATING);
  progress.mutable_service_update_progress()->mutable_start_time()->set_seconds(5);
  progress.mutable_service_update_progress()->set_wanted_tasks(2);
  *progress.mutable_observe_time() = ToProto(clock.Now());
  receiver.ShowProgress(progress);
  ASSERT_TRUE(edits.try_acquire_for(std::chrono::seconds(30)));
  progress.mutable_service_update_progress()->set_updated_tasks(1);
  *progress.mutable_observe_time() = ToProto(clock.Now() + absl::Seconds(1));
  receiver.ShowProgress(progress);
  ASSERT_TRUE(clock.WaitForSleeper(absl::Seconds(1)));
  EXPECT_FALSE(edits.try_acquire());
  clock.Advance(absl::Seconds(1));
  EXPECT_TRUE(edits.try_acquire_for(std::chrono::seconds(30)));
}

}  // namespace
}  // namespace swarmbell
