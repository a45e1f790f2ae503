#include "notifier/pipeline/pipeline.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "swarmbell/v1/notifier_state.pb.h"
#include "tests/notifier/pipeline/sample_events.h"

namespace swarmbell {
namespace {

using testing::IsEmpty;
using testing::SizeIs;

std::optional<Alert> TellAll(const v1::ChangeEvent& event, absl::Time) { return AlertOf(event); }

// A collector's batches come with receipts.
FeedBatch Batch(std::vector<v1::ChangeEvent> events, bool continued = false,
                const std::string& collector = "one") {
  FeedBatch batch;
  batch.receipt = std::make_shared<Receipt>(nullptr);
  batch.collector = collector;
  batch.events = std::move(events);
  batch.continued = continued;
  return batch;
}

PipelineOptions ByRead() {
  PipelineOptions options;
  options.grouping = {absl::ZeroDuration(), 5};
  return options;
}

TEST(PipelineTest, TellsAChangeThatTwoCollectorsSawOnce) {
  HandledChanges handled;
  Pipeline pipeline(ByRead(), TellAll, handled);
  EXPECT_THAT(pipeline.Process(Batch({NodeEvent("a", "node1")}, false, "one"), kStart), SizeIs(1));
  EXPECT_THAT(pipeline.Process(Batch({NodeEvent("a", "node1")}, false, "two"), kStart), IsEmpty());
}

TEST(PipelineTest, ARedMessageBringsTheChangesBeforeItAndNoOther) {
  HandledChanges handled;
  Pipeline pipeline(
      ByRead(),
      [](const v1::ChangeEvent& event, absl::Time) {
        return AlertOf(event, event.has_service_degraded() ? Color::kRed : Color::kYellow);
      },
      handled);
  v1::ChangeEvent old = ServiceChange("old", "web");
  old.mutable_service_mode_changed();
  FeedBatch history;
  history.history = {old};
  EXPECT_THAT(pipeline.Process(history, kStart), IsEmpty());
  v1::ChangeEvent changed = ServiceChange("new", "web");
  changed.mutable_service_task_template_changed();
  auto messages = pipeline.Process(Batch({changed}), kStart);
  ASSERT_THAT(messages, SizeIs(1));
  EXPECT_THAT(messages[0].group.before, IsEmpty());
  v1::ChangeEvent degraded = ServiceChange("red", "web");
  degraded.mutable_service_degraded();
  messages = pipeline.Process(Batch({degraded}), kStart);
  ASSERT_THAT(messages, SizeIs(1));
  EXPECT_THAT(messages[0].group.before, SizeIs(2));
  // A change that was listed as history may still be news.
  EXPECT_THAT(pipeline.Process(Batch({old}), kStart), SizeIs(1));
}

// Those that a rule wants, and no silence suppresses.
TEST(PipelineTest, OpenAlarmsAreRepeatedWhileTheyLast) {
  HandledChanges handled;
  PipelineOptions options = ByRead();
  std::vector<std::string> repeated;
  options.on_open_alarms = [&](const std::vector<Alert>& open) {
    repeated.clear();
    for (const Alert& alert : open) repeated.push_back(alert.event.event_id());
  };
  Pipeline pipeline(options, TellAll, handled);
  absl::Time now = kStart;
  const auto tick = [&] {
    repeated.clear();
    EXPECT_EQ(pipeline.NextDeadline(), now + kRepeatAlarms);
    now += kRepeatAlarms;
    pipeline.Tick(now);
    return repeated;
  };
  pipeline.Process(Batch({UpdateState("paused", "web", v1::UPDATE_STATE_PAUSED)}), now);
  EXPECT_THAT(tick(), testing::ElementsAre("paused"));
  EXPECT_THAT(tick(), testing::ElementsAre("paused"));
  pipeline.Tick(now + absl::Seconds(1));
  pipeline.Process(Batch({UpdateState("completed", "web", v1::UPDATE_STATE_COMPLETED)}), now);
  EXPECT_THAT(tick(), IsEmpty());
}

TEST(PipelineTest, AReadInSeveralPartsIsGroupedAsOne) {
  HandledChanges handled;
  Pipeline pipeline(ByRead(), TellAll, handled);
  EXPECT_THAT(pipeline.Process(Batch({NodeEvent("a", "node1")}, true), kStart), IsEmpty());
  // Another collector's read in between ends only itself.
  EXPECT_THAT(pipeline.Process(Batch({NodeEvent("b", "node2")}, false, "two"), kStart), SizeIs(1));
  const auto messages = pipeline.Process(Batch({NodeEvent("c", "node1")}), kStart);
  ASSERT_THAT(messages, SizeIs(1));
  EXPECT_THAT(messages[0].group.alerts, SizeIs(2));
}

TEST(PipelineTest, WhatNoRuleTellsMakesNoMessageAndIsSettledAtOnce) {
  HandledChanges handled;
  Pipeline pipeline(
      ByRead(), [](const v1::ChangeEvent&, absl::Time) { return std::nullopt; }, handled);
  bool settled = false;
  FeedBatch batch = Batch({NodeEvent("a", "node1")});
  batch.receipt = std::make_shared<Receipt>([&](bool) { settled = true; });
  EXPECT_THAT(pipeline.Process(batch, kStart), IsEmpty());
  batch.receipt.reset();
  EXPECT_TRUE(settled);
}

TEST(PipelineTest, ACrashLoopIsToldOnceAndWhenItIsOver) {
  PipelineOptions options = ByRead();
  options.crash_loop = {3, absl::Minutes(5), absl::Minutes(2)};
  HandledChanges handled;
  Pipeline pipeline(
      options,
      [](const v1::ChangeEvent& event, absl::Time) -> std::optional<Alert> {
        if (event.has_task_failed()) return std::nullopt;
        return AlertOf(event, Color::kRed);
      },
      handled);
  int messages = 0;
  for (int i = 0; i < 100; ++i) {
    const absl::Time now = kStart + i * absl::Seconds(5);
    messages += static_cast<int>(
        pipeline.Process(Batch({TaskFailure(absl::StrCat("f", i), "web", now)}), now).size());
  }
  EXPECT_EQ(messages, 1);
  const absl::Time over = kStart + 99 * absl::Seconds(5) + absl::Minutes(2);
  EXPECT_EQ(pipeline.NextDeadline(), over);
  const auto last = pipeline.Tick(over);
  ASSERT_THAT(last, SizeIs(1));
  EXPECT_EQ(last[0].group.alerts[0].event.service_crash_loop_over().failures(), 100u);
}

TEST(PipelineTest, AStateThatIsTheSameIsKeptOnce) {
  PipelineOptions options = ByRead();
  options.crash_loop = {3, absl::Minutes(5), absl::Minutes(2)};
  HandledChanges handled;
  Pipeline pipeline(options, TellAll, handled);
  for (int i = 0; i < 3; ++i) {
    v1::ChangeEvent failure = TaskFailure(absl::StrCat("f", i), "web", kStart);
    auto& labels = *failure.mutable_resource()->mutable_labels();
    for (int label = 0; label < 8; ++label) labels[absl::StrCat("swarmbell.", label)] = "x";
    pipeline.Process(Batch({failure}), kStart);
  }
  ASSERT_FALSE(handled.Since(0).state.empty());
  const std::uint64_t version = handled.Version();
  for (int i = 1; i <= 50; ++i) pipeline.Tick(kStart + i * absl::Seconds(1));
  EXPECT_EQ(handled.Version(), version);
}

TEST(PipelineTest, AFloodIsOneDigest) {
  HandledChanges handled;
  Pipeline pipeline(ByRead(), TellAll, handled);
  std::vector<v1::ChangeEvent> events;
  events.reserve(40);
  for (int i = 0; i < 40; ++i) events.push_back(NodeEvent(absl::StrCat("e", i), absl::StrCat("node", i)));
  const auto messages = pipeline.Process(Batch(std::move(events)), kStart);
  ASSERT_THAT(messages, SizeIs(1));
  EXPECT_TRUE(messages[0].group.digest);
  EXPECT_THAT(messages[0].group.alerts, SizeIs(40));
}

TEST(PipelineTest, FlushLeavesNothingBehind) {
  HandledChanges handled;
  Pipeline pipeline(PipelineOptions(), TellAll, handled);
  EXPECT_THAT(pipeline.Process(Batch({NodeEvent("a", "node1")}), kStart), IsEmpty());
  EXPECT_THAT(pipeline.Flush(kStart), SizeIs(1));
  EXPECT_THAT(pipeline.Flush(kStart), IsEmpty());
  EXPECT_EQ(pipeline.NextDeadline(), std::nullopt);
}

std::optional<Alert> TellTwo(const v1::ChangeEvent& event, absl::Time) {
  return AlertOf(event, Color::kBlue, {"slack", "teams"});
}

// A batch whose receipt says when it is let go.
FeedBatch Watched(std::vector<v1::ChangeEvent> events, bool& settled, bool& lost,
                  const std::string& collector = "one") {
  FeedBatch batch = Batch(std::move(events), false, collector);
  batch.receipt = std::make_shared<Receipt>([&](bool was_lost) {
    settled = true;
    lost = was_lost;
  });
  return batch;
}

TEST(PipelineTest, ARepeatIsSettledOnlyWithTheChangeThatIsOnItsWay) {
  HandledChanges handled;
  Pipeline pipeline(ByRead(), TellAll, handled);
  bool settled = false;
  bool lost = false;
  auto messages = pipeline.Process(Batch({NodeEvent("a", "node1")}), kStart);
  EXPECT_THAT(pipeline.Process(Watched({NodeEvent("a", "node1")}, settled, lost, "two"), kStart), IsEmpty());
  EXPECT_FALSE(settled);
  messages.clear();
  EXPECT_TRUE(settled);
  EXPECT_FALSE(lost);
}

TEST(PipelineTest, WhatIsLostOnTheWayIsLostForEveryCollectorThatSawIt) {
  HandledChanges handled;
  Pipeline pipeline(ByRead(), TellTwo, handled);
  bool settled = false;
  bool lost = false;
  auto messages = pipeline.Process(Watched({NodeEvent("a", "node1")}, settled, lost), kStart);
  ASSERT_THAT(messages, SizeIs(2));
  messages[1].receipts.front()->MarkLost();
  messages.pop_back();
  EXPECT_FALSE(settled);
  messages.clear();
  EXPECT_TRUE(settled);
  EXPECT_TRUE(lost);
  EXPECT_TRUE(handled.Has(HandledMark("a", "slack")));
  EXPECT_FALSE(handled.Has(HandledMark("a", "teams")));
}

TEST(PipelineTest, AfterARestartOnlyReceiversThatLackTheChangeAreTold) {
  HandledChanges handled;
  handled.Merge({HandledMark("a", "slack"), HandledMark("b", "slack"), HandledMark("b", "teams")});
  Pipeline pipeline(ByRead(), TellTwo, handled);
  const auto messages = pipeline.Process(Batch({NodeEvent("a", "node1"), NodeEvent("b", "node2")}), kStart);
  ASSERT_THAT(messages, SizeIs(1));
  EXPECT_EQ(messages[0].group.receiver, "teams");
  EXPECT_EQ(messages[0].group.alerts[0].event.event_id(), "a");
}

TEST(PipelineTest, ACrashLoopGoesOnAfterARestart) {
  PipelineOptions options = ByRead();
  options.crash_loop = {3, absl::Minutes(5), absl::Minutes(2)};
  HandledChanges before;
  {
    Pipeline pipeline(options, TellAll, before);
    for (const char* id : {"1", "2", "3"}) pipeline.Process(Batch({TaskFailure(id, "web", kStart)}), kStart);
  }
  HandledChanges after;
  Pipeline pipeline(options, TellAll, after);
  FeedBatch kept;
  kept.state = before.Since(0).state;
  ASSERT_FALSE(kept.state.empty());
  after.Merge({HandledMark("crash_loop:web:3", "chat")});
  EXPECT_THAT(pipeline.Process(kept, kStart), IsEmpty());
  EXPECT_THAT(pipeline.Process(Batch({TaskFailure("4", "web", kStart)}), kStart), IsEmpty());
  const auto over = pipeline.Tick(kStart + absl::Minutes(3));
  ASSERT_THAT(over, SizeIs(1));
  EXPECT_EQ(over[0].group.alerts[0].event.service_crash_loop_over().failures(), 4u);
  v1::NotifierState state;
  ASSERT_TRUE(state.ParseFromString(after.Since(0).state));
  EXPECT_THAT(state.open_crash_loops(), IsEmpty());
}

TEST(PipelineTest, ACrashLoopThatWasKeptButNotToldIsToldAfterARestart) {
  PipelineOptions options = ByRead();
  options.crash_loop = {3, absl::Minutes(5), absl::Minutes(2)};
  HandledChanges before;
  Pipeline killed(options, TellAll, before);
  for (const char* id : {"1", "2", "3"}) {
    for (OutgoingGroup& message : killed.Process(Batch({TaskFailure(id, "web", kStart)}), kStart)) {
      for (const auto& receipt : message.receipts) receipt->MarkLost();
    }
  }
  HandledChanges after;
  Pipeline pipeline(options, TellAll, after);
  FeedBatch kept;
  kept.state = before.Since(0).state;
  const auto told = pipeline.Process(kept, kStart);
  ASSERT_THAT(told, SizeIs(1));
  EXPECT_TRUE(told[0].group.alerts[0].event.has_service_crash_loop());
  EXPECT_THAT(pipeline.Process(kept, kStart), IsEmpty());  // as the next collector has it
}

PipelineOptions WithLoops() {
  PipelineOptions options = ByRead();
  options.crash_loop = {3, absl::Minutes(5), absl::Minutes(2)};
  return options;
}

void StartLoop(Pipeline& pipeline) {
  for (const char* id : {"1", "2", "3"}) pipeline.Process(Batch({TaskFailure(id, "web", kStart)}), kStart);
}

TEST(PipelineTest, TheEndOfACrashLoopThatNobodyHadAcceptedIsToldAfterARestart) {
  HandledChanges before;
  Pipeline killed(WithLoops(), TellAll, before);
  StartLoop(killed);
  const auto on_its_way = killed.Tick(kStart + absl::Minutes(3));
  ASSERT_THAT(on_its_way, SizeIs(1));
  FeedBatch kept;
  kept.state = before.Since(0).state;

  HandledChanges after;
  Pipeline pipeline(WithLoops(), TellAll, after);
  const auto told = pipeline.Process(kept, kStart + absl::Minutes(4));
  ASSERT_THAT(told, SizeIs(1));
  EXPECT_TRUE(told[0].group.alerts[0].event.has_service_crash_loop_over());
  // Another collector kept the same, a moment later.
  v1::NotifierState newer;
  ASSERT_TRUE(newer.ParseFromString(kept.state));
  newer.mutable_change_time()->set_seconds(newer.change_time().seconds() + 1);
  kept.state = newer.SerializeAsString();
  EXPECT_THAT(pipeline.Process(kept, kStart + absl::Minutes(4)), IsEmpty());
}

TEST(PipelineTest, TheEndOfACrashLoopIsNotKeptOnceItIsAccepted) {
  HandledChanges handled;
  Pipeline pipeline(WithLoops(), TellAll, handled);
  StartLoop(pipeline);
  pipeline.Tick(kStart + absl::Minutes(3));  // and its receipts are let go
  pipeline.Tick(kStart + absl::Minutes(4));
  v1::NotifierState state;
  ASSERT_TRUE(state.ParseFromString(handled.Since(0).state));
  EXPECT_THAT(state.untold(), IsEmpty());
}

TEST(PipelineTest, AShortageThatACrashLoopHidesIsStillHiddenAfterARestart) {
  v1::ChangeEvent degraded = SampleEvent("d", v1::RESOURCE_KIND_SERVICE, "web");
  degraded.mutable_service_degraded();
  v1::ChangeEvent recovered = SampleEvent("r", v1::RESOURCE_KIND_SERVICE, "web");
  recovered.mutable_service_recovered();
  HandledChanges before;
  Pipeline killed(WithLoops(), TellAll, before);
  StartLoop(killed);
  ASSERT_THAT(killed.Process(Batch({degraded}), kStart), IsEmpty());
  FeedBatch kept;
  kept.state = before.Since(0).state;

  HandledChanges after;
  after.Merge({HandledMark("crash_loop:web:3", "chat")});
  Pipeline pipeline(WithLoops(), TellAll, after);
  pipeline.Process(kept, kStart);
  EXPECT_THAT(pipeline.Process(Batch({recovered}), kStart), IsEmpty());
}

TEST(PipelineTest, ACrashLoopIsNotOverWhileItsSwarmIsNotRead) {
  std::optional<absl::Time> read;
  PipelineOptions options = WithLoops();
  options.read_until = [&](const std::string& cluster_id) {
    return cluster_id == "swarm1" ? read : std::nullopt;
  };
  HandledChanges handled;
  Pipeline pipeline(options, TellAll, handled);
  pipeline.Configure(WithLoops());  // as a reload does
  StartLoop(pipeline);
  const absl::Time later = kStart + absl::Hours(1);
  EXPECT_THAT(pipeline.Tick(later), IsEmpty());
  ASSERT_TRUE(pipeline.NextDeadline());
  EXPECT_GT(*pipeline.NextDeadline(), later);
  read = later;
  const auto over = pipeline.Tick(*pipeline.NextDeadline());
  ASSERT_THAT(over, SizeIs(1));
  EXPECT_TRUE(over[0].group.alerts[0].event.has_service_crash_loop_over());
}

TEST(PipelineTest, AnOlderStateDoesNotBringALoopBack) {
  PipelineOptions options = ByRead();
  options.crash_loop = {3, absl::Minutes(5), absl::Minutes(2)};
  HandledChanges handled;
  Pipeline pipeline(options, TellAll, handled);
  for (const char* id : {"1", "2", "3"}) pipeline.Process(Batch({TaskFailure(id, "web", kStart)}), kStart);
  FeedBatch stale;
  stale.state = handled.Since(0).state;
  ASSERT_THAT(pipeline.Tick(kStart + absl::Minutes(3)), SizeIs(1));  // it is over
  pipeline.Process(stale, kStart + absl::Minutes(4));
  EXPECT_THAT(pipeline.Process(Batch({TaskFailure("9", "web", kStart + absl::Minutes(4))}),
                               kStart + absl::Minutes(4)),
              SizeIs(1));
}

TEST(PipelineTest, WhatIsOnItsWayAtAHandOverIsLostAndComesAnewLater) {
  HandledChanges handled;
  Pipeline pipeline(PipelineOptions(), TellAll, handled);
  bool settled = false;
  bool lost = false;
  EXPECT_THAT(pipeline.Process(Watched({NodeEvent("a", "node1")}, settled, lost), kStart), IsEmpty());
  FeedBatch hand_over;
  hand_over.hand_over = true;
  pipeline.Process(hand_over, kStart);
  EXPECT_TRUE(settled && lost);
  pipeline.Process(Batch({NodeEvent("a", "node1")}), kStart);
  EXPECT_THAT(pipeline.Flush(kStart), SizeIs(1));
}

constexpr char kNoImage[] = "No such image: registry.example.com/base:1";

TEST(PipelineTest, WhatWaitsForItsLikeIsSettledOnlyWhenItIsTold) {
  HandledChanges handled;
  Pipeline pipeline(WithLoops(), TellAll, handled);
  bool settled = false;
  bool lost = false;
  EXPECT_THAT(pipeline.Process(Watched({Refusal("a", "api", kNoImage, kStart)}, settled, lost), kStart),
              IsEmpty());
  bool other_settled = false;
  bool other_lost = false;
  // Another collector saw the same, and a sibling.
  EXPECT_THAT(
      pipeline.Process(Watched({Refusal("a", "api", kNoImage, kStart), Refusal("b", "web", kNoImage, kStart)},
                               other_settled, other_lost, "two"),
                       kStart),
      IsEmpty());
  ASSERT_TRUE(pipeline.NextDeadline());
  auto told = pipeline.Tick(*pipeline.NextDeadline());
  ASSERT_THAT(told, SizeIs(1));
  EXPECT_TRUE(told[0].group.alerts[0].event.has_services_failing());
  EXPECT_FALSE(settled || other_settled);
  told.clear();
  EXPECT_TRUE(settled && other_settled);
  EXPECT_FALSE(lost || other_lost);
}

TEST(PipelineTest, WhatWaitsForItsLikeIsLostAtAHandOver) {
  HandledChanges handled;
  Pipeline pipeline(WithLoops(), TellAll, handled);
  bool refused_settled = false;
  bool refused_lost = false;
  pipeline.Process(Watched({Refusal("a", "api", kNoImage, kStart)}, refused_settled, refused_lost), kStart);
  bool failed_settled = false;
  bool failed_lost = false;
  const auto no_rule = [](const v1::ChangeEvent&, absl::Time) { return std::nullopt; };
  Pipeline silent(WithLoops(), no_rule, handled);
  silent.Process(Watched({SlotFailure("b", "web", 1, "w1", kStart), SlotFailure("c", "web", 2, "w1", kStart)},
                         failed_settled, failed_lost),
                 kStart);
  EXPECT_FALSE(refused_settled || failed_settled);
  FeedBatch hand_over;
  hand_over.hand_over = true;
  pipeline.Process(hand_over, kStart);
  silent.Process(hand_over, kStart);
  EXPECT_TRUE(refused_settled && refused_lost);
  EXPECT_TRUE(failed_settled && failed_lost);
  EXPECT_THAT(pipeline.Flush(kStart + absl::Hours(1)), IsEmpty());
}

TEST(PipelineTest, WhatIsLostOfACardOfSeveralComesAgainForEachOfThem) {
  HandledChanges handled;
  Pipeline pipeline(WithLoops(), TellAll, handled);
  bool settled[2] = {};
  bool lost[2] = {};
  pipeline.Process(Watched({Refusal("a", "api", kNoImage, kStart)}, settled[0], lost[0]), kStart);
  pipeline.Process(Watched({Refusal("b", "web", kNoImage, kStart)}, settled[1], lost[1]), kStart);
  auto told = pipeline.Tick(kStart + absl::Seconds(4));
  ASSERT_THAT(told, SizeIs(1));
  told[0].receipts.front()->MarkLost();
  told.clear();
  EXPECT_TRUE(settled[0] && lost[0]);
  EXPECT_TRUE(settled[1] && lost[1]);
  EXPECT_FALSE(handled.Has(HandledMark("services_failing:a", "chat")));
}

TEST(PipelineTest, AnEndTellsWhatWaitsForItsLike) {
  HandledChanges handled;
  Pipeline pipeline(WithLoops(), TellAll, handled);
  pipeline.Process(Batch({Refusal("a", "api", kNoImage, kStart)}), kStart);
  const auto told = pipeline.Flush(kStart + absl::Seconds(1));
  ASSERT_THAT(told, SizeIs(1));
  EXPECT_EQ(told[0].group.alerts[0].event.event_id(), "a");
}

// The alerts' changes, in the order in which they are told.
std::vector<std::string> ChangesOf(const std::vector<OutgoingGroup>& messages) {
  std::vector<std::string> names;
  const auto* details = v1::ChangeEvent::descriptor()->FindOneofByName("details");
  for (const OutgoingGroup& message : messages) {
    for (const Alert& alert : message.group.alerts) {
      const auto* field = alert.event.GetReflection()->GetOneofFieldDescriptor(alert.event, details);
      names.emplace_back(field->name());
    }
  }
  return names;
}

// As the built-in rules: a single task that fails is not told.
std::optional<Alert> TellButSingleFailures(const v1::ChangeEvent& event, absl::Time) {
  if (event.task_failed().current_state() == v1::TASK_STATE_FAILED) return std::nullopt;
  return AlertOf(event);
}

TEST(PipelineTest, AnEngineThatRestartsIsOneMessageForEachService) {
  HandledChanges handled;
  Pipeline pipeline(WithLoops(), TellButSingleFailures, handled);
  std::vector<v1::ChangeEvent> failures;
  for (int slot = 1; slot <= 4; ++slot) {
    failures.push_back(SlotFailure(absl::StrCat("a", slot), "api", slot, "w1", kStart));
    failures.push_back(SlotFailure(absl::StrCat("w", slot), "web", slot, "w1", kStart));
  }
  for (v1::ChangeEvent& failure : failures) {
    const std::string container =
        absl::StrCat(failure.task_failed().task().name(), ".7x2m9q4k1z8w5c3v6b0n2l4j6");
    failure.mutable_task_failed()->mutable_task()->set_error("No such container: " + container);
  }
  EXPECT_THAT(pipeline.Process(Batch(failures), kStart), IsEmpty());
  EXPECT_THAT(ChangesOf(pipeline.Tick(kStart + absl::Seconds(4))),
              testing::ElementsAre("service_tasks_failed", "service_tasks_failed"));
  for (int second = 5; second < 600; ++second) {
    EXPECT_THAT(pipeline.Tick(kStart + absl::Seconds(second)), IsEmpty());
  }
  EXPECT_EQ(pipeline.NextDeadline(), std::nullopt);
}

TEST(PipelineTest, TasksOfOneServiceThatHadToMoveAreOneMessage) {
  HandledChanges handled;
  Pipeline pipeline(WithLoops(), TellAll, handled);
  std::vector<v1::ChangeEvent> moved;
  for (const char* service : {"shard", "agent"}) {
    for (int i = 0; i < 3; ++i) {
      v1::ChangeEvent event =
          SampleEvent(absl::StrCat(service, i), v1::RESOURCE_KIND_TASK, absl::StrCat(service, i));
      event.mutable_task_evicted()->set_reason(v1::EVICTION_REASON_CONSTRAINTS);
      event.mutable_task_evicted()->mutable_task()->set_service_id(service);
      moved.push_back(event);
    }
  }
  const auto messages = pipeline.Process(Batch(moved), kStart);
  ASSERT_THAT(messages, SizeIs(2));
  for (const OutgoingGroup& message : messages) EXPECT_THAT(message.group.alerts, SizeIs(3));
}

TEST(PipelineTest, ServicesThatFailTogetherGoOnAfterARestart) {
  HandledChanges before;
  Pipeline killed(WithLoops(), TellAll, before);
  killed.Process(Batch({Refusal("a", "api", kNoImage, kStart), Refusal("b", "web", kNoImage, kStart)}),
                 kStart);
  ASSERT_THAT(killed.Tick(kStart + absl::Seconds(4)), SizeIs(1));
  killed.Process(Batch({Refusal("c", "db", kNoImage, kStart)}), kStart + absl::Seconds(20));
  FeedBatch kept;
  kept.state = before.Since(0).state;

  // The third was not told yet.
  HandledChanges after;
  after.Merge({HandledMark("services_failing:a", "chat")});
  Pipeline pipeline(WithLoops(), TellAll, after);
  const absl::Time later = kStart + absl::Minutes(1);
  auto told = pipeline.Process(kept, later);
  ASSERT_THAT(ChangesOf(told), testing::ElementsAre("services_failing"));
  EXPECT_THAT(told[0].group.alerts[0].event.services_failing().services(), SizeIs(3));
  told.clear();
  EXPECT_THAT(pipeline.Process(Batch({Refusal("d", "web", kNoImage, later)}), later), IsEmpty());
  EXPECT_THAT(ChangesOf(pipeline.Tick(later + absl::Minutes(2))),
              testing::ElementsAre("services_failing_over"));
  v1::NotifierState state;
  pipeline.Tick(later + absl::Minutes(3));
  ASSERT_TRUE(state.ParseFromString(after.Since(0).state));
  EXPECT_THAT(state.open_services_failing(), IsEmpty());
  EXPECT_THAT(state.open_crash_loops(), IsEmpty());
}

TEST(PipelineTest, WhatWasToldOfSeveralIsNotToldAgainAfterARestart) {
  HandledChanges before;
  Pipeline killed(WithLoops(), TellAll, before);
  killed.Process(Batch({Refusal("a", "api", kNoImage, kStart), Refusal("b", "web", kNoImage, kStart)}),
                 kStart);
  ASSERT_THAT(killed.Tick(kStart + absl::Seconds(4)), SizeIs(1));
  FeedBatch kept;
  kept.state = before.Since(0).state;
  HandledChanges after;
  after.Merge({HandledMark("services_failing:a", "chat")});
  Pipeline pipeline(WithLoops(), TellAll, after);
  EXPECT_THAT(pipeline.Process(kept, kStart), IsEmpty());
}

TEST(PipelineTest, AStateThatCannotBeReadIsIgnored) {
  HandledChanges handled;
  Pipeline pipeline(ByRead(), TellAll, handled);
  FeedBatch kept;
  kept.state = "\xff\xff garbage";
  EXPECT_THAT(pipeline.Process(kept, kStart), IsEmpty());
}

v1::ChangeEvent ReceiverIsFailing(const std::string& receiver) {
  v1::ChangeEvent event = SampleEvent("failing:" + receiver, v1::RESOURCE_KIND_RECEIVER, receiver);
  event.mutable_receiver_failing()->set_receiver(receiver);
  return event;
}

v1::ChangeEvent ReceiverWorks(const std::string& receiver) {
  v1::ChangeEvent event = SampleEvent("works:" + receiver, v1::RESOURCE_KIND_RECEIVER, receiver);
  event.mutable_receiver_recovered()->set_receiver(receiver);
  return event;
}

TEST(PipelineTest, AFailingReceiverIsToldOnceAndItsEndAfterARestart) {
  std::string state;
  {
    HandledChanges handled;
    Pipeline pipeline(ByRead(), TellAll, handled);
    EXPECT_THAT(pipeline.Process(Batch({ReceiverIsFailing("ops")}), kStart), SizeIs(1));
    EXPECT_THAT(pipeline.Process(Batch({ReceiverIsFailing("ops")}), kStart), IsEmpty());
    state = handled.Since(0).state;
  }
  HandledChanges handled;
  Pipeline pipeline(ByRead(), TellAll, handled);
  FeedBatch restored = Batch({});
  restored.state = state;
  pipeline.Process(restored, kStart + absl::Seconds(20));
  const auto messages = pipeline.Process(Batch({ReceiverWorks("ops")}), kStart + absl::Seconds(30));
  ASSERT_THAT(messages, SizeIs(1));
  EXPECT_TRUE(messages[0].group.alerts.back().event.has_receiver_recovered());
}

TEST(PipelineTest, TheFailureOfAReceiverThatWasRemovedIsNotKept) {
  HandledChanges handled;
  PipelineOptions options = ByRead();
  options.receivers = {"ops", "team-a"};
  Pipeline pipeline(options, TellAll, handled);
  EXPECT_THAT(pipeline.Process(Batch({ReceiverIsFailing("ops")}), kStart), SizeIs(1));
  options.receivers = {"team-a"};
  pipeline.Configure(options);
  EXPECT_THAT(pipeline.Process(Batch({ReceiverWorks("ops")}), kStart), IsEmpty());
}

TEST(PipelineTest, TheLastNewsOfAReceiverThatWasRemovedIsNotTold) {
  HandledChanges handled;
  PipelineOptions options = ByRead();
  options.receivers = {"ops", "team-a"};
  Pipeline pipeline(options, TellAll, handled);
  options.receivers = {"team-a"};
  pipeline.Configure(options);
  EXPECT_THAT(pipeline.Process(Batch({ReceiverIsFailing("ops")}), kStart), IsEmpty());
  FeedBatch hand_over;
  hand_over.hand_over = true;
  pipeline.Process(hand_over, kStart);
  EXPECT_THAT(pipeline.Process(Batch({ReceiverIsFailing("ops")}), kStart), IsEmpty());
  EXPECT_THAT(pipeline.Process(Batch({ReceiverIsFailing("team-a")}), kStart), SizeIs(1));
}

TEST(PipelineTest, AReceiverThatWasRemovedBeforeTheRestartIsNotToldAsFailing) {
  FeedBatch kept;
  {
    HandledChanges before;
    Pipeline killed(ByRead(), TellAll, before);
    killed.Process(Batch({NodeEvent("a", "node1")}), kStart);
    const auto on_its_way = killed.Process(Batch({ReceiverIsFailing("ops")}), kStart);
    kept.state = before.Since(0).state;
    ASSERT_FALSE(kept.state.empty());
  }
  PipelineOptions options = ByRead();
  options.receivers = {"team-a"};
  HandledChanges handled;
  Pipeline pipeline(options, TellAll, handled);
  EXPECT_THAT(pipeline.Process(kept, kStart), IsEmpty());
}

// The notifier's own changes come without a receipt.
FeedBatch OwnBatch(std::vector<v1::ChangeEvent> events) {
  FeedBatch batch = Batch(std::move(events), false, "receivers");
  batch.receipt.reset();
  return batch;
}

v1::NotifierState StateIn(const HandledChanges& handled) {
  v1::NotifierState state;
  EXPECT_TRUE(state.ParseFromString(handled.Since(0).state));
  return state;
}

TEST(PipelineTest, NewsOfAReceiverBeforeTheCollectorsStateDoNotReplaceIt) {
  v1::ChangeEvent degraded = ServiceChange("d", "web");
  degraded.mutable_service_degraded();
  HandledChanges before;
  Pipeline killed(WithLoops(), TellAll, before);
  StartLoop(killed);
  killed.Process(Batch({degraded}), kStart);
  FeedBatch kept;
  kept.state = before.Since(0).state;

  HandledChanges after;
  after.Merge({HandledMark("crash_loop:web:3", "chat")});
  Pipeline pipeline(WithLoops(), TellAll, after);
  const absl::Time later = kStart + absl::Minutes(1);
  EXPECT_THAT(pipeline.Process(OwnBatch({ReceiverIsFailing("ops")}), later), SizeIs(1));
  EXPECT_THAT(after.Since(0).state, IsEmpty());
  pipeline.Process(kept, later + absl::Seconds(1));
  // Both what the collector kept and what came before it.
  EXPECT_THAT(StateIn(after).open_crash_loops(), SizeIs(1));
  EXPECT_THAT(StateIn(after).hidden_shortages(), SizeIs(1));
  EXPECT_THAT(StateIn(after).open_receiver_failures(), SizeIs(1));
  EXPECT_GT(FromProto(StateIn(after).change_time()), kStart);
}

TEST(PipelineTest, TheStateOfAnotherCollectorCountsAlsoOnceThisProcessHasStoredOne) {
  HandledChanges before;
  Pipeline killed(WithLoops(), TellAll, before);
  StartLoop(killed);
  FeedBatch kept;
  kept.state = before.Since(0).state;

  HandledChanges after;
  after.Merge({HandledMark("crash_loop:web:3", "chat")});
  Pipeline pipeline(WithLoops(), TellAll, after);
  v1::ChangeEvent degraded = ServiceChange("d", "api");
  degraded.mutable_service_degraded();
  pipeline.Process(Batch({degraded}, false, "another"), kStart + absl::Minutes(1));
  ASSERT_THAT(StateIn(after).open_alarms(), SizeIs(1));
  pipeline.Process(kept, kStart + absl::Minutes(1));
  EXPECT_THAT(StateIn(after).open_crash_loops(), SizeIs(1));
  EXPECT_THAT(StateIn(after).open_alarms(), SizeIs(1));
}

TEST(PipelineTest, AHandOverAwaitsTheCollectorsStateAnew) {
  HandledChanges handled;
  Pipeline pipeline(WithLoops(), TellAll, handled);
  StartLoop(pipeline);
  FeedBatch hand_over;
  hand_over.hand_over = true;
  pipeline.Process(hand_over, kStart);
  // The last acknowledgement needs it.
  EXPECT_THAT(StateIn(handled).open_crash_loops(), SizeIs(1));
  handled.ForgetState();
  pipeline.Process(OwnBatch({ReceiverIsFailing("ops")}), kStart);
  EXPECT_THAT(handled.Since(0).state, IsEmpty());
}

TEST(PipelineTest, TheFailureOfAReceiverThatWasToldBeforeItsStateCameIsNotToldAgain) {
  v1::ChangeEvent first = ReceiverIsFailing("ops");
  first.set_event_id("before the restart");
  FeedBatch kept;
  {
    HandledChanges before;
    Pipeline killed(ByRead(), TellAll, before);
    killed.Process(Batch({NodeEvent("a", "node1")}), kStart);
    const auto on_its_way = killed.Process(OwnBatch({first}), kStart);
    ASSERT_THAT(on_its_way, SizeIs(1));
    kept.state = before.Since(0).state;
    ASSERT_THAT(StateIn(before).untold(), SizeIs(1));
  }
  HandledChanges after;
  Pipeline pipeline(ByRead(), TellAll, after);
  EXPECT_THAT(pipeline.Process(OwnBatch({ReceiverIsFailing("ops")}), kStart), SizeIs(1));
  EXPECT_THAT(pipeline.Process(kept, kStart + absl::Seconds(1)), IsEmpty());
  // Its end is that of the failure that came first.
  const auto over = pipeline.Process(OwnBatch({ReceiverWorks("ops")}), kStart + absl::Seconds(2));
  ASSERT_THAT(over, SizeIs(1));
  EXPECT_EQ(over[0].group.alerts[0].event.event_id(), "over:before the restart");
}

TEST(PipelineTest, ServicesWithOneErrorGoWhereTheRulesSendEach) {
  const auto by_team = [](const v1::ChangeEvent& event, absl::Time) -> std::optional<Alert> {
    const std::string service =
        event.has_task_failed() ? event.task_failed().task().service_id() : event.resource().id();
    if (service == "muted") return std::nullopt;
    return AlertOf(event, Color::kRed, {service == "pay" ? "team-a" : "ops"});
  };
  HandledChanges handled;
  Pipeline pipeline(WithLoops(), by_team, handled);
  pipeline.Process(Batch({Refusal("m", "muted", kNoImage, kStart), Refusal("p", "pay", kNoImage, kStart),
                          Refusal("a", "api", kNoImage, kStart), Refusal("b", "web", kNoImage, kStart)}),
                   kStart);
  const auto told = pipeline.Tick(kStart + absl::Seconds(4));
  ASSERT_THAT(told, SizeIs(2));
  EXPECT_EQ(told[0].group.receiver, "ops");
  EXPECT_THAT(told[0].group.alerts[0].event.services_failing().services(), SizeIs(2));
  EXPECT_EQ(told[1].group.receiver, "team-a");
  EXPECT_EQ(told[1].group.alerts[0].event.event_id(), "p");
}

TEST(PipelineTest, WhatTheRulesWouldTellIsAskedApartFromWhatTheyTell) {
  int told = 0;
  int asked = 0;
  PipelineOptions options = WithLoops();
  options.evaluate_only = [&](const v1::ChangeEvent& event, absl::Time) {
    ++asked;
    return std::optional(AlertOf(event));
  };
  HandledChanges handled;
  Pipeline pipeline(
      options,
      [&](const v1::ChangeEvent& event, absl::Time) {
        ++told;
        return std::optional(AlertOf(event));
      },
      handled);
  pipeline.Process(Batch({Refusal("a", "api", kNoImage, kStart)}), kStart);
  EXPECT_EQ(told, 0);
  EXPECT_EQ(asked, 1);
}

// Also in a swarm in which nothing changes.
TEST(PipelineTest, TheLossOfACollectorIsStoredOnceAnotherIsFollowed) {
  HandledChanges handled;
  Pipeline pipeline(ByRead(), TellAll, handled);
  FeedBatch followed;
  followed.followed = "c:1";
  pipeline.Process(followed, kStart);
  FeedBatch lost;
  lost.events.push_back(SampleEvent("lost", v1::RESOURCE_KIND_FEED, "c:2"));
  lost.events.back().mutable_feed_disconnected();
  EXPECT_THAT(pipeline.Process(lost, kStart), SizeIs(1));
  v1::NotifierState state;
  ASSERT_TRUE(state.ParseFromString(handled.State()));
  EXPECT_THAT(state.open_alarms(), SizeIs(1));
}

}  // namespace
}  // namespace swarmbell
