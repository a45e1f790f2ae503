#include <gmock/gmock.h>
#include <spdlog/sinks/ostream_sink.h>
#include <spdlog/spdlog.h>

#include <sstream>

#include "absl/time/clock.h"
#include "tests/collector/poll/poll_harness.h"

namespace swarmbell {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

int CountOf(const std::string& text, const std::string& part) {
  int count = 0;
  for (std::size_t at = text.find(part); at != text.npos; at = text.find(part, at + 1)) ++count;
  return count;
}

class PollerFailureTest : public PollHarness {
 protected:
  PollerFailureTest() : previous_(spdlog::default_logger()) {
    options_.containers = false;
    server_.Answer("/services", {.body = ServiceList({"a"})});
    spdlog::set_default_logger(
        std::make_shared<spdlog::logger>("test", std::make_shared<spdlog::sinks::ostream_sink_mt>(logged_)));
  }
  ~PollerFailureTest() override {
    poller_.reset();
    spdlog::set_default_logger(previous_);
  }

  std::ostringstream logged_;
  std::shared_ptr<spdlog::logger> previous_;
};

struct Failure {
  const char* name;
  FakeAnswer answer;
};

class EveryFailure : public PollerFailureTest, public testing::WithParamInterface<Failure> {};

TEST_P(EveryFailure, KeepsWhatIsKnownAndWarnsOnce) {
  engine_options_.swarm_timeout = absl::Seconds(1);  // for the one that hangs
  Start();
  server_.Answer("/services", GetParam().answer);
  for (int i = 0; i < 3; ++i) Pass(absl::Seconds(4));
  EXPECT_NE(StatusOf("/services").error, "");
  EXPECT_EQ(StatusOf("/services").objects, 1u);
  EXPECT_EQ(CountOf(logged_.str(), "[warning]"), 1) << logged_.str();

  server_.Answer("/services", {.body = ServiceList({"a"})});
  Pass(absl::Minutes(1));
  EXPECT_EQ(StatusOf("/services").error, "");
  EXPECT_EQ(CountOf(logged_.str(), "can be read again. endpoint=/services"), 1);
  EXPECT_THAT(Changes(), IsEmpty());
}

INSTANTIATE_TEST_SUITE_P(
    Failures, EveryFailure,
    testing::Values(Failure{"500", {.status = 500, .body = R"({"message":"no leader"})"}},
                    Failure{"503",
                            {.status = 503, .body = R"({"message":"This node is not a swarm manager."})"}},
                    Failure{"NotJson", {.body = "<html>"}}, Failure{"HalfJson", {.body = R"([{"ID":"a")"}},
                    Failure{"Truncated", {.body = "[]", .ending = FakeEnding::kTruncated}},
                    Failure{"Hangs", {.ending = FakeEnding::kNeverAnswers}}),
    [](const auto& param_info) { return param_info.param.name; });

TEST_F(PollerFailureTest, AnObjectThatMakesNoSenseIsCountedAndLoggedOnce) {
  server_.Answer("/services", {.body = ServiceList({"a", "b"})});
  Start();
  std::string odd = ServiceList({"a", "b", "c"});
  odd.replace(odd.find(R"("Name":"b-name")"), 15, R"("Name":[1,2,3])");
  server_.Answer("/services", {.body = odd});
  for (int i = 0; i < 5; ++i) Pass(absl::Seconds(10));
  EXPECT_THAT(Changes(), ElementsAre("service_appeared"));  // c: the rest of the list lives
  EXPECT_EQ(StatusOf("/services").error, "");
  EXPECT_EQ(StatusOf("/services").objects, 3u);
  EXPECT_EQ(StatusOf("/services").skipped.count, 1u);
  EXPECT_THAT(StatusOf("/services").skipped.reason, HasSubstr(".Spec.Name"));
  EXPECT_THAT(metrics_.Render(), HasSubstr("swarmbell_skipped_objects{endpoint=\"/services\"} 1"));
  EXPECT_EQ(CountOf(logged_.str(), "[warning]"), 1) << logged_.str();

  server_.Answer("/services", {.body = ServiceList({"a", "c"})});
  Pass(absl::Seconds(10));
  EXPECT_THAT(Changes(), ElementsAre("service_appeared", "service_disappeared"));
  EXPECT_EQ(StatusOf("/services").skipped.count, 0u);
  server_.Answer("/services", {.body = odd});
  Pass(absl::Seconds(10));
  EXPECT_EQ(CountOf(logged_.str(), "Skipped invalid objects"), 1) << logged_.str();
}

TEST_F(PollerFailureTest, TheOthersAreReadMeanwhile) {
  Start();
  server_.Answer("/tasks", {.status = 500});
  server_.Answer("/services", {.body = ServiceList({"a", "b"})});
  Pass(absl::Seconds(10));
  EXPECT_THAT(Changes(), ElementsAre("service_appeared"));
}

TEST_F(PollerFailureTest, ChangesMeanwhileAreReportedAfterwards) {
  Start();
  server_.Answer("/services", {.status = 500});
  Pass(absl::Seconds(10));
  server_.Answer("/services", {.body = ServiceList({})});
  Pass(absl::Minutes(1));
  EXPECT_THAT(Changes(), ElementsAre("service_disappeared"));
}

TEST_F(PollerFailureTest, WaitsLongerAfterEachFailureButNotOverAMinute) {
  Start();
  server_.Answer("/services", {.status = 500});
  for (int i = 0; i < 60; ++i) Pass(absl::Seconds(1));
  const std::size_t first_minute = server_.Count("/services");
  EXPECT_LE(first_minute, 12u);
  for (int i = 0; i < 20; ++i) Pass(absl::Minutes(1));
  EXPECT_GE(server_.Count("/services"), first_minute + 19);
}

// An engine that comes back may be another one: what it lists is compared only once it says who it is.
TEST_F(PollerFailureTest, NothingIsComparedBeforeTheSwarmIsSure) {
  Start();
  server_.Answer("/services", {.status = 503});
  server_.Answer("/nodes", {.body = NodeList({"other"})});
  server_.Answer("/info", {.ending = FakeEnding::kHangsUp});
  Pass(absl::Seconds(10));
  EXPECT_THAT(Changes(), IsEmpty());
  server_.Answer("/services", {.body = ServiceList({})});
  server_.Answer("/info", {.body = Info("cluster2", "other")});
  Pass(absl::Minutes(1));
  EXPECT_THAT(Changes(), IsEmpty());
  EXPECT_EQ(poller_->Status().identity->cluster.id(), "cluster2");
}

TEST_F(PollerFailureTest, SecretsInTheEnginesWordsAreSeenNowhere) {
  Start();
  server_.Answer("/nodes", {.status = 500,
                            .body = R"({"message":"cannot run app --token plum-tart, said )"
                                    R"(https://ann:plum-tart@registry.example"})"});
  for (int i = 0; i < 13; ++i) Pass(absl::Seconds(10));
  ASSERT_THAT(Changes(), ElementsAre("collector_stale"));
  std::string seen = logged_.str() + Events().at(0).DebugString();
  for (const EndpointStatus& endpoint : poller_->Status().endpoints) seen += endpoint.error;
  EXPECT_THAT(seen, HasSubstr("cannot run app --token •••• said https://ann:••••@registry.example"));
  EXPECT_THAT(seen, testing::Not(HasSubstr("plum-tart")));
}

TEST_F(PollerFailureTest, WithoutQuorumTheNodesOwnIdIsEnough) {
  Start();
  server_.Answer("/info", {.body = Info("")});
  server_.AnswerOnce("/tasks", {.status = 500});
  server_.Answer("/services", {.body = ServiceList({})});
  Pass(absl::Seconds(10));
  EXPECT_THAT(Changes(), ElementsAre("service_disappeared"));
  EXPECT_EQ(Events().at(0).cluster().id(), "cluster1");
}

TEST_F(PollerFailureTest, ALockedManagerSaysWhatItWaitsForAndIsReadSoonAfterThat) {
  server_.Answer("/info", {.body = R"({"Name":"host1","Swarm":{"NodeID":"","LocalNodeState":"locked",
      "ControlAvailable":false,"Error":"Swarm is encrypted and needs to be unlocked before it can be used."}})"});
  Start();
  for (int i = 0; i < 60; ++i) Pass(absl::Seconds(5));
  EXPECT_THAT(StatusOf("/info").error, HasSubstr("waits for `docker swarm unlock`"));
  ASSERT_THAT(Changes(), ElementsAre("collector_stale"));
  EXPECT_THAT(Events()[0].collector_stale().error(), HasSubstr("docker swarm unlock"));
  server_.Answer("/info", {.body = Info("cluster1")});
  Pass(absl::Seconds(10));
  EXPECT_TRUE(poller_->Status().identity);
  EXPECT_EQ(server_.Count("/tasks"), 1u);
}

TEST_F(PollerFailureTest, ReportsThatItIsStaleAndThatItRecovered) {
  Start();
  const absl::Time last_read = clock_.Now();
  server_.Answer("/nodes", {.status = 500, .body = R"({"message":"boom"})"});
  for (int i = 0; i < 3; ++i) Pass(absl::Seconds(10));
  EXPECT_THAT(Changes(), IsEmpty());
  for (int i = 0; i < 10; ++i) Pass(absl::Seconds(10));
  ASSERT_THAT(Changes(), ElementsAre("collector_stale"));
  EXPECT_TRUE(poller_->Status().stale);
  const v1::ChangeEvent stale = Events().at(0);
  EXPECT_EQ(stale.resource().name(), "host1");
  EXPECT_THAT(stale.collector_stale().endpoints(), ElementsAre("/nodes"));
  EXPECT_THAT(stale.collector_stale().error(), HasSubstr("boom"));
  EXPECT_EQ(stale.collector_stale().last_read_time().seconds(), absl::ToUnixSeconds(last_read));

  server_.Answer("/nodes", {.body = NodeList({"node1"})});
  Pass(absl::Minutes(1));
  EXPECT_THAT(Changes(), ElementsAre("collector_stale", "collector_recovered"));
  EXPECT_FALSE(poller_->Status().stale);
}

// A reading thread may hang where no deadline helps, as in an endless loop.
TEST_F(PollerFailureTest, AnotherThreadReportsThatReadingHangs) {
  engine_options_.swarm_timeout = absl::Minutes(10);
  Start();
  server_.Answer("/tasks", {.ending = FakeEnding::kNeverAnswers});
  const std::size_t asked = server_.Count("/tasks");
  clock_.Advance(absl::Seconds(10));
  ASSERT_TRUE(server_.WaitForRequests("/tasks", asked + 1));
  for (int second = 0; second < 20; ++second) {
    poller_->CheckFreshness();
    clock_.Advance(absl::Seconds(1));
  }
  EXPECT_FALSE(poller_->Status().stale);
  clock_.Advance(absl::Seconds(1));
  poller_->CheckFreshness();
  ASSERT_THAT(Changes(), ElementsAre("collector_stale"));
  EXPECT_TRUE(poller_->Status().stale);
  EXPECT_THAT(Events().at(0).collector_stale().endpoints(), ElementsAre("/tasks"));
  EXPECT_THAT(poller_->Status().stale_error, HasSubstr("the collector is busy"));
  EXPECT_THAT(metrics_.Render(), HasSubstr("swarmbell_stale 1"));
}

TEST_F(PollerFailureTest, AProcessThatStoodStillIsNotStale) {
  Start();
  poller_->CheckFreshness();
  clock_.Advance(absl::Hours(1));
  poller_->CheckFreshness();
  EXPECT_FALSE(poller_->Status().stale);
  WaitUntilIdle();
  poller_->CheckFreshness();
  EXPECT_THAT(Changes(), IsEmpty());
}

TEST_F(PollerFailureTest, HangingContainersDoNotHoldUpTheSwarm) {
  options_.containers = true;
  engine_options_.local_timeout = absl::Minutes(10);
  server_.Answer("/containers/json", {.ending = FakeEnding::kNeverAnswers});
  engine_ = *EngineClient::Create(engine_options_);
  poller_ = std::make_unique<Poller>(*engine_, log_, store_, metrics_, clock_, options_);
  poller_->Start();
  ASSERT_TRUE(server_.WaitForRequests("/tasks", 1));
  while (server_.Count("/containers/json") == 0) {
    ASSERT_TRUE(clock_.WaitForSleepers(1));
    clock_.Advance(absl::Seconds(10));
  }
  ASSERT_TRUE(clock_.WaitForSleepers(1));  // only the swarm's loop can still sleep
  const std::size_t before = server_.Count("/tasks");
  clock_.Advance(absl::Seconds(10));
  EXPECT_TRUE(server_.WaitForRequests("/tasks", before + 1));
}

TEST_F(PollerFailureTest, StopsAtOnceWhileTheEngineHangs) {
  options_.events = true;
  options_.containers = true;
  engine_options_.swarm_timeout = engine_options_.local_timeout = absl::Minutes(10);
  server_.Answer("/services", {.ending = FakeEnding::kNeverAnswers});
  server_.Answer("/events", {.ending = FakeEnding::kStream});
  engine_ = *EngineClient::Create(engine_options_);
  poller_ = std::make_unique<Poller>(*engine_, log_, store_, metrics_, clock_, options_);
  poller_->Start();
  ASSERT_TRUE(server_.WaitForRequests("/services", 1));
  ASSERT_TRUE(server_.WaitForStreams("/events", 1));
  const absl::Time start = absl::Now();
  poller_->Stop();
  EXPECT_LT(absl::Now() - start, absl::Seconds(2));
  EXPECT_EQ(StatusOf("/services").error, "") << "a stop is no failure";
}

}  // namespace
}  // namespace swarmbell
