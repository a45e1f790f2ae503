#include "notifier/pipeline/stack_deploys.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "notifier/pipeline/pipeline.h"
#include "swarmbell/v1/notifier_state.pb.h"
#include "tests/notifier/pipeline/sample_events.h"

namespace swarmbell {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;
using testing::UnorderedElementsAre;

v1::ChangeEvent InStack(v1::ChangeEvent event) {
  event.mutable_resource()->set_stack("shop");
  return event;
}

v1::ChangeEvent Step(const std::string& service, v1::UpdateState state) {
  return InStack(UpdateState(absl::StrCat(service, " ", static_cast<int>(state)), service, state));
}
v1::ChangeEvent Begins(const std::string& service) { return Step(service, v1::UPDATE_STATE_UPDATING); }
v1::ChangeEvent Ends(const std::string& service) { return Step(service, v1::UPDATE_STATE_COMPLETED); }
v1::ChangeEvent Pauses(const std::string& service) { return Step(service, v1::UPDATE_STATE_PAUSED); }

v1::ChangeEvent Stalls(const std::string& service) {
  v1::ChangeEvent event = InStack(ServiceChange(absl::StrCat(service, " stalls"), service));
  event.mutable_service_update_stalled();
  return event;
}

std::optional<Alert> AlertFor(const v1::ChangeEvent& event, absl::Time) { return AlertOf(event); }

// A notifier with its collector: it settles what it has posted, and keeps its state.
class StackDeploysTest : public testing::Test {
 protected:
  // The messages that the changes make, each as the names of its changes.
  void Process(const std::vector<v1::ChangeEvent>& events, absl::Duration after) {
    PassTime(after);
    FeedBatch batch;
    batch.collector = "one";
    batch.receipt = std::make_shared<Receipt>([this](bool lost) { settled_ += lost ? 0 : 1; });
    batch.events = events;
    batch.state = std::exchange(state_, "");
    Post(pipeline_->Process(batch, kStart + after));
  }

  void PassTime(absl::Duration until) {
    for (auto due = pipeline_->NextDeadline(); due && *due <= kStart + until;
         due = pipeline_->NextDeadline()) {
      now_ = *due - kStart;
      Post(pipeline_->Tick(*due));
    }
    now_ = until;
  }

  // Another process goes on with the state that the collector keeps.
  void Restart() {
    state_ = handled_->Since(0).state;
    const std::vector<std::string> marks = handled_->Since(0).marks;
    pipeline_.reset();
    handled_ = std::make_unique<HandledChanges>();
    handled_->Merge(marks);
    pipeline_.emplace(Options(), AlertFor, *handled_);
  }

  std::vector<std::string> TakePosts() { return std::exchange(posts_, {}); }

  PipelineOptions Options() const {
    PipelineOptions options;
    options.grouping = grouping_;
    return options;
  }

  void Configure(GroupingConfig grouping) {
    grouping_ = grouping;
    pipeline_->Configure(Options());
  }

  GroupingConfig grouping_;
  std::string state_;
  std::unique_ptr<HandledChanges> handled_ = std::make_unique<HandledChanges>();
  std::optional<Pipeline> pipeline_ = std::make_optional<Pipeline>(Options(), AlertFor, *handled_);
  int settled_ = 0;
  absl::Duration now_;

 private:
  void Post(const std::vector<OutgoingGroup>& messages) {
    for (const OutgoingGroup& message : messages) {
      std::string post = absl::StrCat(absl::ToInt64Seconds(now_), "s:");
      for (const Alert& alert : message.group.alerts) absl::StrAppend(&post, " ", alert.event.event_id());
      posts_.push_back(post);
    }
  }

  std::vector<std::string> posts_;
};

TEST_F(StackDeploysTest, ADeployIsItsStartAndItsEnd) {
  Process({Begins("a")}, absl::ZeroDuration());
  Process({Begins("b")}, absl::Seconds(1));
  Process({Ends("a")}, absl::Seconds(10));
  PassTime(absl::Seconds(60));
  EXPECT_THAT(TakePosts(), ElementsAre("3s: a 1 b 1"));
  Process({Ends("b")}, absl::Seconds(70));
  PassTime(absl::Seconds(90));
  EXPECT_THAT(TakePosts(), ElementsAre("72s: a 3 b 3"));
}

TEST_F(StackDeploysTest, AServiceThatBeginsLaterIsInTheLastMessage) {
  Process({Begins("a")}, absl::ZeroDuration());
  Process({Begins("b")}, absl::Seconds(4));
  Process({Ends("a")}, absl::Seconds(5));
  Process({Ends("b")}, absl::Seconds(6));
  PassTime(absl::Seconds(60));
  EXPECT_THAT(TakePosts(), ElementsAre("2s: a 1", "11s: b 1 a 3 b 3"));
}

TEST_F(StackDeploysTest, AnUpdateThatIsOverBeforeItsStartIsToldIsOneMessage) {
  Process({Begins("a"), Ends("a"), Begins("b"), Ends("b")}, absl::ZeroDuration());
  PassTime(absl::Seconds(60));
  EXPECT_THAT(TakePosts(), ElementsAre("2s: a 1 a 3 b 1 b 3"));
}

TEST_F(StackDeploysTest, AFailureIsToldAtOnceByItselfAndKeepsNothingBack) {
  Process({Begins("a"), Begins("b")}, absl::ZeroDuration());
  Process({Ends("a")}, absl::Seconds(10));
  Process({Pauses("b")}, absl::Seconds(20));
  PassTime(absl::Seconds(60));
  EXPECT_THAT(TakePosts(), UnorderedElementsAre("2s: a 1 b 1", "20s: b 2", "22s: a 3"));
}

TEST_F(StackDeploysTest, AFailureDuringTheStartTakesTheChangesOfItsServiceAlong) {
  Process({Begins("a"), Begins("b")}, absl::ZeroDuration());
  Process({Pauses("b")}, absl::Seconds(1));
  PassTime(absl::Seconds(60));
  EXPECT_THAT(TakePosts(), ElementsAre("1s: b 1 b 2", "2s: a 1"));
}

TEST_F(StackDeploysTest, AStalledUpdateKeepsTheEndsOfOthersNoLonger) {
  Process({Begins("a"), Begins("b")}, absl::ZeroDuration());
  Process({Ends("a")}, absl::Seconds(10));
  Process({Stalls("b")}, absl::Seconds(300));
  PassTime(absl::Seconds(400));
  EXPECT_THAT(TakePosts(), UnorderedElementsAre("2s: a 1 b 1", "300s: b stalls", "302s: a 3"));
}

TEST_F(StackDeploysTest, AnUpdateThatNeverEndsKeepsTheOthersForTheLongestWaitOnly) {
  Process({Begins("a"), Begins("b")}, absl::ZeroDuration());
  Process({Ends("a")}, absl::Seconds(10));
  PassTime(absl::Hours(1));
  EXPECT_THAT(TakePosts(), ElementsAre("2s: a 1 b 1", "902s: a 3"));
  Process({Ends("b")}, absl::Hours(2));
  PassTime(absl::Hours(3));
  EXPECT_THAT(TakePosts(), ElementsAre("7202s: b 3"));
}

TEST_F(StackDeploysTest, AnotherUpdateMuchLaterRingsAtOnce) {
  Process({Begins("a")}, absl::ZeroDuration());
  Process({Begins("b")}, absl::Seconds(100));
  PassTime(absl::Seconds(200));
  EXPECT_THAT(TakePosts(), ElementsAre("2s: a 1", "102s: b 1"));
}

TEST_F(StackDeploysTest, RemovedServicesAreOneMessageAndWaitForNothing) {
  Process({Begins("a"), Begins("b")}, absl::ZeroDuration());
  PassTime(absl::Seconds(10));
  Process({InStack(Removed("ra", "a")), InStack(Removed("rb", "b"))}, absl::Seconds(20));
  PassTime(absl::Seconds(60));
  EXPECT_THAT(TakePosts(), ElementsAre("2s: a 1 b 1", "22s: ra rb"));
}

TEST_F(StackDeploysTest, TheNetworkOfARemovedStackIsRemovedWithoutAWord) {
  const auto network = [](const std::string& id, const std::string& name) {
    v1::ChangeEvent event = InStack(SampleEvent(id, v1::RESOURCE_KIND_NETWORK, name));
    event.set_action(v1::ACTION_REMOVED);
    event.mutable_network_removed();
    return event;
  };
  Process({network("n0", "other")}, absl::ZeroDuration());
  Process({InStack(Removed("ra", "a")), network("n1", "front")}, absl::Seconds(20));
  Process({network("n2", "back")}, absl::Seconds(40));
  Process({network("n3", "late")}, absl::Seconds(20) + StackDeploys::kLeftovers + absl::Seconds(1));
  PassTime(absl::Seconds(200));
  EXPECT_THAT(TakePosts(), ElementsAre("2s: n0", "22s: ra n1", "143s: n3"));
}

TEST_F(StackDeploysTest, ChangesOfServicesWithoutAStackStayApart) {
  Process(
      {UpdateState("a", "a", v1::UPDATE_STATE_UPDATING), UpdateState("b", "b", v1::UPDATE_STATE_UPDATING)},
      absl::ZeroDuration());
  PassTime(absl::Seconds(10));
  EXPECT_THAT(TakePosts(), SizeIs(2));
}

TEST_F(StackDeploysTest, AWaitOfZeroGivesEachServiceItsOwnMessages) {
  grouping_.stack_wait = absl::ZeroDuration();
  Configure(grouping_);
  Process({Begins("a"), Begins("b")}, absl::ZeroDuration());
  Process({Ends("a")}, absl::Seconds(10));
  PassTime(absl::Seconds(60));
  EXPECT_THAT(TakePosts(), ElementsAre("1s: a 1", "1s: b 1", "10s: a 3"));
}

TEST_F(StackDeploysTest, SwitchedOffByAReloadWhatWaitsPasses) {
  Process({Begins("a"), Begins("b")}, absl::ZeroDuration());
  Process({Ends("a")}, absl::Seconds(10));
  TakePosts();
  grouping_.stack_wait = absl::ZeroDuration();
  Configure(grouping_);
  Process({}, absl::Seconds(20));
  PassTime(absl::Seconds(60));
  EXPECT_THAT(TakePosts(), ElementsAre(testing::EndsWith(": a 3")));
}

TEST_F(StackDeploysTest, WhatWaitsKeepsNoReceiptAndSurvivesARestart) {
  Process({Begins("a"), Begins("b")}, absl::ZeroDuration());
  PassTime(absl::Seconds(5));
  Process({Ends("a")}, absl::Seconds(10));
  TakePosts();
  EXPECT_EQ(settled_, 2);
  Restart();
  Process({Ends("b")}, absl::Seconds(30));
  PassTime(absl::Seconds(60));
  EXPECT_THAT(TakePosts(), ElementsAre("32s: a 3 b 3"));
}

TEST_F(StackDeploysTest, AChangeThatACollectorRepeatsAfterARestartIsToldOnce) {
  Process({Begins("a"), Begins("b")}, absl::ZeroDuration());
  Process({Ends("a")}, absl::Seconds(10));
  TakePosts();
  Restart();
  Process({Ends("b")}, absl::Seconds(30));
  Process({Ends("a")}, absl::Seconds(31));
  PassTime(absl::Seconds(60));
  EXPECT_THAT(TakePosts(), ElementsAre("32s: a 3 b 3"));
}

TEST_F(StackDeploysTest, AStartThatWasNotPostedBeforeARestartIsPosted) {
  Process({Begins("a")}, absl::ZeroDuration());
  Restart();
  Process({Begins("a")}, absl::Seconds(5));
  PassTime(absl::Seconds(8));
  EXPECT_THAT(TakePosts(), ElementsAre("7s: a 1"));
}

TEST_F(StackDeploysTest, MoreThanTheStateHoldsPassesEarly) {
  Process({Begins("a"), Begins("b")}, absl::ZeroDuration());
  PassTime(absl::Seconds(5));
  TakePosts();
  v1::ChangeEvent large = Ends("a");
  large.mutable_service_update_state_changed()->set_message(std::string(StackDeploys::kMostBytes, 'x'));
  Process({large}, absl::Seconds(10));
  PassTime(absl::Seconds(20));
  EXPECT_THAT(TakePosts(), ElementsAre("12s: a 3"));
}

TEST_F(StackDeploysTest, AtTheEndOfTheProcessNothingIsPostedThatIsKept) {
  Process({Begins("a"), Begins("b")}, absl::ZeroDuration());
  Process({Ends("a")}, absl::Seconds(10));
  PassTime(absl::Seconds(20));
  EXPECT_THAT(pipeline_->Flush(kStart + absl::Seconds(21)), IsEmpty());
  PipelineOptions forgetful = Options();
  forgetful.keeps_state = false;
  HandledChanges handled;
  Pipeline other(forgetful, AlertFor, handled);
  FeedBatch batch;
  batch.events = {Begins("a"), Begins("b")};
  other.Process(batch, kStart);
  other.Tick(kStart + absl::Seconds(2));
  batch.events = {Ends("a")};
  other.Process(batch, kStart + absl::Seconds(10));
  EXPECT_THAT(other.Flush(kStart + absl::Seconds(21)), SizeIs(1));
}

}  // namespace
}  // namespace swarmbell
