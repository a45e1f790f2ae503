#include "notifier/app/last_words_requests.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <vector>

#include "tests/fakes/fake_clock.h"

namespace swarmbell {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

AlertGroup Message(const std::string& receiver, const std::string& task) {
  Alert alert;
  alert.color = Color::kRed;
  alert.event.mutable_cluster()->set_id("swarm1");
  alert.event.mutable_observer()->set_node_id("node1");
  v1::TaskSummary& failed = *alert.event.mutable_service_job_failed()->mutable_task();
  failed.set_id(task);
  failed.set_state(v1::TASK_STATE_FAILED);
  return {receiver, {alert}, Color::kRed};
}

class LastWordsRequestsTest : public testing::Test {
 protected:
  FakeClock clock_;
  std::vector<LastWordsSource> asked_;
  LastWordsRequests requests_{[this](const LastWordsSource& source,
                                     const std::shared_ptr<PendingLastWords>&) { asked_.push_back(source); },
                              clock_};
};

TEST_F(LastWordsRequestsTest, AsksTheCollectorThatSawItOnceForAllReceivers) {
  const auto slack = requests_.For(Message("slack", "t1"));
  const auto teams = requests_.For(Message("teams", "t1"));
  EXPECT_EQ(slack, teams);
  EXPECT_THAT(asked_, ElementsAre(LastWordsSource{"swarm1", "node1", "t1"}));
  EXPECT_EQ(slack->Deadline() - clock_.Steady(), absl::Seconds(3));
  EXPECT_NE(requests_.For(Message("slack", "t2")), slack);
}

TEST_F(LastWordsRequestsTest, ALaterMessageAsksAgain) {
  const auto first = requests_.For(Message("slack", "t1"));
  clock_.Advance(absl::Seconds(1));
  EXPECT_NE(requests_.For(Message("slack", "t1")), first);
  EXPECT_THAT(asked_, SizeIs(2));
}

TEST_F(LastWordsRequestsTest, KeepsNothingBeyondTheMessages) {
  requests_.For(Message("slack", "t1"));
  requests_.For(Message("slack", "t1"));
  EXPECT_THAT(asked_, SizeIs(2));
}

TEST_F(LastWordsRequestsTest, NeitherADigestNorAnotherMessageAsks) {
  AlertGroup digest = Message("slack", "t1");
  digest.digest = true;
  EXPECT_EQ(requests_.For(digest), nullptr);
  AlertGroup yellow = Message("slack", "t1");
  yellow.alerts.front().color = Color::kYellow;
  EXPECT_EQ(requests_.For(yellow), nullptr);
  EXPECT_THAT(asked_, IsEmpty());
}

}  // namespace
}  // namespace swarmbell
