#include "notifier/pipeline/silences.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "notifier/pipeline/pipeline.h"
#include "tests/notifier/pipeline/sample_events.h"

namespace swarmbell {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

// A change of the service `web` in the stack `shop`, unless another service is given.
v1::ChangeEvent Of(const std::string& id, const std::string& service = "web",
                   const std::string& stack = "shop") {
  v1::ChangeEvent event = ServiceChange(id, service);
  event.mutable_resource()->set_stack(stack);
  return event;
}

v1::ChangeEvent OfDegraded(const std::string& id) {
  v1::ChangeEvent event = Of(id);
  event.mutable_service_degraded();
  return event;
}

v1::ChangeEvent OfRecovered(const std::string& id, absl::Time start) {
  v1::ChangeEvent event = Of(id);
  *event.mutable_service_recovered()->mutable_start_time() = ToProto(start);
  return event;
}

v1::ChangeEvent Update(const std::string& id, v1::UpdateState state, absl::Time start) {
  v1::ChangeEvent event = Of(id);
  event.mutable_service_update_state_changed()->set_current_state(state);
  *event.mutable_service_update_state_changed()->mutable_start_time() = ToProto(start);
  return event;
}

v1::ChangeEvent Scaled(const std::string& id) {
  v1::ChangeEvent event = Of(id);
  event.mutable_service_mode_changed();
  return event;
}

std::optional<Alert> ByKind(const v1::ChangeEvent& event, absl::Time) {
  const bool paused = event.service_update_state_changed().current_state() == v1::UPDATE_STATE_PAUSED;
  const bool red = event.has_service_degraded() || event.has_service_crash_loop() || paused;
  if (event.has_task_failed()) return std::nullopt;
  return AlertOf(event, red ? Color::kRed : Color::kBlue);
}

v1::Silence Wanted(const std::string& match = "stack=shop", absl::Time start = kStart,
                   absl::Duration length = absl::Hours(1)) {
  v1::Silence silence;
  silence.set_id("id-" + match);
  silence.set_match(match);
  silence.set_by("alice");
  silence.set_because("deploying");
  *silence.mutable_start_time() = ToProto(start);
  *silence.mutable_end_time() = ToProto(start + length);
  return silence;
}

class SilencesTest : public testing::Test {
 protected:
  using Ids = std::vector<std::string>;

  // A collector is heard: from now on the state is stored.
  void SetUp() override { Process({}); }

  Pipeline MakePipeline() {
    PipelineOptions options;
    options.grouping = {absl::ZeroDuration(), 0};
    options.wall_clock = [this] { return now_; };
    options.on_silenced = [this](const Alert& alert) { silenced_.push_back(alert.event.event_id()); };
    options.on_silences = [this](std::size_t silences) { in_force_ = silences; };
    return {std::move(options), ByKind, *handled_};
  }

  // The identifiers of the changes that are posted.
  Ids Posted(const std::vector<OutgoingGroup>& messages) {
    Ids ids;
    for (const OutgoingGroup& message : messages) {
      for (const Alert& alert : message.group.alerts) {
        ids.push_back(alert.event.event_id());
        last_ = alert.event;
      }
    }
    return ids;
  }

  Ids Process(std::vector<v1::ChangeEvent> events, const std::string& state = "") {
    FeedBatch batch;
    batch.receipt = std::make_shared<Receipt>(nullptr);
    batch.collector = "one";
    batch.events = std::move(events);
    batch.state = state;
    return Posted(pipeline_.Process(batch, now_));
  }

  Ids Tick() { return Posted(pipeline_.Tick(now_)); }

  Ids Begin(const v1::Silence& silence) {
    const auto begun = pipeline_.SilencesInForce().Begin(silence);
    EXPECT_TRUE(begun.ok()) << begun.status();
    return Tick();
  }

  Ids End(const std::string& id) {
    const auto ended = pipeline_.SilencesInForce().End(id, "bob", now_);
    EXPECT_TRUE(ended.ok()) << ended.status();
    return Tick();
  }

  // The next process, or the standby: it has only what collectors keep.
  void Restart() {
    const std::string state = handled_->Since(0).state;
    const std::vector<std::string> marks = handled_->Since(0).marks;
    ASSERT_FALSE(state.empty());
    pipeline_.~Pipeline();
    handled_ = std::make_unique<HandledChanges>();
    handled_->Merge(marks);
    new (&pipeline_) Pipeline(MakePipeline());
    restored_ = Process({}, state);
  }

  std::unique_ptr<HandledChanges> handled_ = std::make_unique<HandledChanges>();
  absl::Time now_ = kStart;
  Ids silenced_;
  std::size_t in_force_ = 0;
  v1::ChangeEvent last_;  // that was posted
  Ids restored_;          // what the restart posted
  Pipeline pipeline_ = MakePipeline();
};

TEST_F(SilencesTest, ARemovalNamesNoAlarmThatWasSilenced) {
  v1::ChangeEvent paused = Update("paused", v1::UPDATE_STATE_PAUSED, now_);
  Process({paused});
  Begin(Wanted("change=service_degraded"));
  EXPECT_THAT(Process({OfDegraded("d")}), IsEmpty());
  v1::ChangeEvent gone = Of("gone");
  gone.mutable_service_disappeared();
  EXPECT_THAT(Process({gone}), ElementsAre("gone"));
  ASSERT_EQ(last_.ended_alarms_size(), 1);
  EXPECT_EQ(last_.ended_alarms(0).change(), "service_update_state_changed");
}

TEST_F(SilencesTest, ASilenceIsAnnouncedCountsWhatItDropsAndSumsItUpAtItsEnd) {
  EXPECT_THAT(Begin(Wanted()), ElementsAre("silence-started:id-stack=shop"));
  EXPECT_EQ(last_.silence_started().silence().by(), "alice");
  EXPECT_EQ(in_force_, 1u);
  EXPECT_THAT(Process({Scaled("a"), Of("b", "other", "blog"), Scaled("c")}), ElementsAre("b"));
  EXPECT_THAT(silenced_, ElementsAre("a", "c"));
  EXPECT_EQ(pipeline_.SilencesInForce().InForce(now_).at(0).silenced_changes(), 2u);
  EXPECT_EQ(pipeline_.SilencesInForce().NextEnd(), kStart + absl::Hours(1));
  now_ = kStart + absl::Hours(1) - absl::Nanoseconds(1);
  EXPECT_THAT(Process({Scaled("d")}), IsEmpty());
  now_ = kStart + absl::Hours(1);
  EXPECT_THAT(Tick(), ElementsAre("silence-ended:id-stack=shop"));
  const v1::SilenceEnded& ended = last_.silence_ended();
  EXPECT_EQ(ended.silence().silenced_changes(), 3u);
  ASSERT_EQ(ended.changes_size(), 1);
  EXPECT_EQ(ended.changes(0).name(), "web");
  EXPECT_EQ(ended.changes(0).rule(), "sample");
  EXPECT_EQ(ended.changes(0).changes(), 3u);
  EXPECT_FALSE(ended.changes(0).lasts());
  EXPECT_EQ(in_force_, 0u);
  EXPECT_THAT(Process({Scaled("e")}), ElementsAre("e"));
  EXPECT_EQ(pipeline_.SilencesInForce().NextEnd(), std::nullopt);
}

TEST_F(SilencesTest, WhatIsSilencedIsSettled) {
  Begin(Wanted());
  bool settled = false;
  FeedBatch batch;
  batch.events = {Scaled("a")};
  batch.receipt = std::make_shared<Receipt>([&](bool lost) { settled = !lost; });
  pipeline_.Process(batch, now_);
  batch.receipt.reset();
  EXPECT_TRUE(settled);
}

TEST_F(SilencesTest, EndedEarlyItSaysByWhomAndIsOver) {
  Begin(Wanted());
  Process({Scaled("a")});
  now_ += absl::Minutes(10);
  EXPECT_THAT(End("id-stack=shop"), ElementsAre("silence-ended:id-stack=shop"));
  EXPECT_EQ(last_.silence_ended().ended_by(), "bob");
  EXPECT_EQ(FromProto(last_.silence_ended().silence().end_time()), now_);
  EXPECT_THAT(Process({Scaled("b")}), ElementsAre("b"));
  const auto again = pipeline_.SilencesInForce().End("id-stack=shop", "bob", now_);
  EXPECT_EQ(again.status().code(), absl::StatusCode::kNotFound);
  now_ = kStart + absl::Hours(2);
  EXPECT_THAT(Tick(), IsEmpty());
}

TEST_F(SilencesTest, ARedConditionThatStillLastsIsPostedWhenTheSilenceEnds) {
  Begin(Wanted());
  EXPECT_THAT(Process({OfDegraded("d")}), IsEmpty());
  now_ += absl::Hours(1);
  EXPECT_THAT(Tick(), ElementsAre("silence-ended:id-stack=shop", "after-silence:id-stack=shop:d"));
  // Its end is posted as well.
  EXPECT_THAT(Process({OfRecovered("r", kStart + absl::Minutes(5))}), ElementsAre("r"));
}

TEST_F(SilencesTest, TheSummarySaysWhatStillLasts) {
  Begin(Wanted());
  Process({OfDegraded("d")});
  const auto messages = [&] {
    now_ += absl::Hours(1);
    return pipeline_.Tick(now_);
  }();
  ASSERT_FALSE(messages.empty());
  EXPECT_TRUE(messages[0].group.alerts[0].event.silence_ended().changes(0).lasts());
}

TEST_F(SilencesTest, AConditionThatBeganAndEndedInItIsNotPosted) {
  Begin(Wanted());
  EXPECT_THAT(Process({OfDegraded("d"), OfRecovered("r", kStart + absl::Minutes(1))}), IsEmpty());
  EXPECT_THAT(Process({Update("u", v1::UPDATE_STATE_UPDATING, kStart + absl::Minutes(1))}), IsEmpty());
  EXPECT_THAT(Process({Update("c", v1::UPDATE_STATE_COMPLETED, kStart + absl::Minutes(1))}), IsEmpty());
  // One that began and ended between two readings.
  EXPECT_THAT(Process({Update("q", v1::UPDATE_STATE_COMPLETED, kStart + absl::Minutes(3))}), IsEmpty());
  now_ += absl::Hours(1);
  EXPECT_THAT(Tick(), ElementsAre("silence-ended:id-stack=shop"));
  EXPECT_EQ(last_.silence_ended().silence().silenced_changes(), 5u);
}

TEST_F(SilencesTest, TheEndOfWhatWasReportedBeforeItPasses) {
  EXPECT_THAT(Process({OfDegraded("d"), Update("p", v1::UPDATE_STATE_PAUSED, kStart)}),
              ElementsAre("d", "p"));
  Begin(Wanted("stack=shop", kStart + absl::Minutes(1)));
  now_ += absl::Minutes(2);
  EXPECT_THAT(Process({OfRecovered("r", kStart)}), ElementsAre("r"));
  // A new run of the paused update: its steps are silenced, its end is that of the red pause.
  EXPECT_THAT(Process({Update("u", v1::UPDATE_STATE_UPDATING, now_)}), IsEmpty());
  EXPECT_THAT(Process({Update("c", v1::UPDATE_STATE_COMPLETED, now_)}), ElementsAre("c"));
  // The next one is silenced whole.
  EXPECT_THAT(Process({Update("u2", v1::UPDATE_STATE_UPDATING, now_)}), IsEmpty());
  EXPECT_THAT(Process({Update("c2", v1::UPDATE_STATE_COMPLETED, now_)}), IsEmpty());
}

TEST_F(SilencesTest, TheEndPassesAlsoAfterARestart) {
  Process({OfDegraded("d")});
  Begin(Wanted("stack=shop", kStart + absl::Minutes(1)));
  Restart();
  now_ += absl::Minutes(2);
  EXPECT_THAT(Process({OfRecovered("r", kStart + absl::Minutes(90))}), ElementsAre("r"));
}

TEST_F(SilencesTest, ARemovalPassesIfItEndsSomethingReported) {
  Process({OfDegraded("d")});
  Begin(Wanted("stack=shop", kStart + absl::Minutes(1)));
  v1::ChangeEvent gone = Of("gone");
  gone.mutable_service_disappeared();
  v1::ChangeEvent other = Of("other", "db");
  other.mutable_service_disappeared();
  EXPECT_THAT(Process({other, gone}), ElementsAre("gone"));
}

TEST_F(SilencesTest, ARemovalThatItDoesNotMatchIsNews) {
  Begin(Wanted("change=service_degraded"));
  EXPECT_THAT(Process({OfDegraded("degraded")}), IsEmpty());
  v1::ChangeEvent removed = Of("removed");
  removed.mutable_service_disappeared();
  EXPECT_THAT(Process({removed}), ElementsAre("removed"));
}

TEST_F(SilencesTest, TheEndOfWhatItSilencedIsSilencedAlsoIfItMatchesOnlyTheBegin) {
  Begin(Wanted("change=service_degraded"));
  EXPECT_THAT(Process({OfDegraded("d")}), IsEmpty());
  EXPECT_THAT(Process({OfRecovered("r", kStart + absl::Minutes(1))}), IsEmpty());
  EXPECT_THAT(Process({Scaled("s")}), ElementsAre("s"));
}

TEST_F(SilencesTest, ItSurvivesARestart) {
  Begin(Wanted());
  Process({OfDegraded("d"), Scaled("a")});
  Restart();
  EXPECT_THAT(restored_, IsEmpty());  // it was announced
  EXPECT_EQ(in_force_, 1u);
  // Repeated by a collector: counted once.
  EXPECT_THAT(Process({Scaled("a"), Scaled("b")}), IsEmpty());
  Restart();
  now_ += absl::Hours(1);
  EXPECT_THAT(Tick(), ElementsAre("silence-ended:id-stack=shop", "after-silence:id-stack=shop:d"));
}

TEST_F(SilencesTest, ItEndsAfterARestartAlsoIfItsTimeWasOverMeanwhile) {
  Begin(Wanted());
  Process({Scaled("a")});
  now_ += absl::Hours(3);
  Restart();
  EXPECT_THAT(restored_, ElementsAre("silence-ended:id-stack=shop"));
  Restart();
  EXPECT_THAT(restored_, IsEmpty());
}

TEST_F(SilencesTest, AnOldStateDoesNotBringBackOneThatWasEndedEarly) {
  Begin(Wanted());
  Tick();
  const std::string old = handled_->Since(0).state;
  now_ += absl::Minutes(1);
  End("id-stack=shop");
  const std::string fresh = handled_->Since(0).state;
  pipeline_.HandOver();
  Process({}, old);
  EXPECT_EQ(in_force_, 1u);
  Process({}, fresh);
  EXPECT_EQ(in_force_, 0u);
  EXPECT_THAT(Process({Scaled("a")}), ElementsAre("a"));
}

TEST_F(SilencesTest, TwoNotifiersSilencesAreMergedByIdentifier) {
  Begin(Wanted("stack=shop"));
  const std::string state = handled_->Since(0).state;
  pipeline_.HandOver();
  now_ += absl::Minutes(1);
  Begin(Wanted("stack=blog", now_));
  v1::NotifierState other;
  ASSERT_TRUE(other.ParseFromString(state));
  *other.mutable_change_time() = ToProto(now_ + absl::Hours(1));
  Process({}, other.SerializeAsString());
  EXPECT_EQ(in_force_, 2u);
}

TEST_F(SilencesTest, ACrashLoopThatBeganInItIsPostedAfterItOnceAndNotAtARestart) {
  Begin(Wanted());
  std::vector<v1::ChangeEvent> failures;
  for (int i = 0; i < 3; ++i) {
    v1::ChangeEvent failure = SlotFailure(absl::StrCat("f", i), "web", 1, "w1", now_);
    failure.mutable_resource()->set_stack("shop");
    failures.push_back(failure);
  }
  EXPECT_THAT(Process(failures), IsEmpty());
  Restart();
  EXPECT_THAT(restored_, IsEmpty());
  now_ += absl::Minutes(1);
  const auto posted = End("id-stack=shop");
  ASSERT_EQ(posted.size(), 2u);
  EXPECT_THAT(posted[1], HasSubstr("after-silence:id-stack=shop:crash_loop:web"));
}

TEST_F(SilencesTest, WhatAnotherSilenceIsForStaysSilent) {
  Begin(Wanted("stack=shop"));
  Begin(Wanted("name=web", kStart, absl::Hours(2)));
  // The first by its identifier counts it.
  EXPECT_THAT(Process({OfDegraded("d")}), IsEmpty());
  now_ += absl::Hours(1);
  EXPECT_THAT(Tick(), ElementsAre("silence-ended:id-stack=shop"));
  now_ += absl::Hours(1);
  EXPECT_THAT(Tick(), ElementsAre("silence-ended:id-name=web", testing::EndsWith(":d")));
}

TEST_F(SilencesTest, ASilenceOfEverythingDoesNotSilenceItself) {
  EXPECT_THAT(Begin(Wanted("name=*")), ElementsAre("silence-started:id-name=*"));
  EXPECT_THAT(End("id-name=*"), ElementsAre("silence-ended:id-name=*"));
}

TEST_F(SilencesTest, AsksForTextsWithinBounds) {
  Silences& silences = pipeline_.SilencesInForce();
  const auto fault = [&](auto change) {
    v1::Silence silence = Wanted();
    change(silence);
    return std::string(silences.Begin(silence).status().message());
  };
  EXPECT_THAT(fault([](auto& s) { s.set_by(""); }), HasSubstr("set `by`"));
  EXPECT_THAT(fault([](auto& s) { s.set_by(std::string(65, 'x')); }), HasSubstr("more than 64 bytes"));
  EXPECT_THAT(fault([](auto& s) { s.set_because(std::string(201, 'x')); }), HasSubstr("more than 200 bytes"));
  EXPECT_THAT(fault([](auto& s) { s.set_match("name=" + std::string(300, '*')); }),
              HasSubstr("more than 300 bytes"));
  EXPECT_THAT(fault([](auto& s) { s.set_match(""); }), HasSubstr("matches nothing"));
  EXPECT_THAT(fault([](auto& s) { s.set_match("stak=shop"); }), HasSubstr("did you mean \"stack\"?"));
  EXPECT_THAT(fault([](auto& s) { *s.mutable_end_time() = s.start_time(); }), HasSubstr("30 days"));
  EXPECT_THAT(fault([](auto& s) { *s.mutable_end_time() = ToProto(kStart + absl::Hours(721)); }),
              HasSubstr("30 days"));
  EXPECT_THAT(silences.InForce(now_), IsEmpty());
}

TEST_F(SilencesTest, TheirNumberAndTheirSizeAreBounded) {
  Silences& silences = pipeline_.SilencesInForce();
  for (std::size_t i = 0; i < kMostSilences; ++i) {
    v1::Silence silence = Wanted(absl::StrCat("name=", i, std::string(250, '*')));
    silence.set_id(absl::StrCat(i));
    silence.set_because(std::string(200, 'x'));
    ASSERT_TRUE(silences.Begin(silence).ok());
  }
  EXPECT_EQ(silences.Begin(Wanted()).status().code(), absl::StatusCode::kResourceExhausted);
  Process({});
  EXPECT_LT(handled_->Since(0).state.size(), 200u << 10);
  Restart();
  EXPECT_EQ(in_force_, kMostSilences);
}

TEST_F(SilencesTest, WhatOneKeepsBackIsBounded) {
  Begin(Wanted());
  for (int i = 0; i < 1000; ++i) {
    v1::ChangeEvent event = OfDegraded(absl::StrCat("d", i));
    event.mutable_resource()->set_id(absl::StrCat("web", i));
    event.mutable_resource()->set_name(absl::StrCat("web", i));
    Process({event});
  }
  EXPECT_LT(handled_->Since(0).state.size(), 200u << 10);
  now_ += absl::Hours(1);
  const auto messages = pipeline_.Tick(now_);
  ASSERT_EQ(messages.size(), 101u);
  const v1::SilenceEnded& ended = messages[0].group.alerts[0].event.silence_ended();
  EXPECT_EQ(ended.silence().silenced_changes(), 1000u);
  EXPECT_EQ(ended.changes_size(), 30);
}

}  // namespace
}  // namespace swarmbell
