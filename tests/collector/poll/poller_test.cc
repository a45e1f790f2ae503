#include "collector/poll/poller.h"

#include <gmock/gmock.h>

#include "tests/collector/poll/poll_harness.h"

namespace swarmbell {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class PollerTest : public PollHarness {};

TEST_F(PollerTest, TheFirstReadingIsSilentAndLaterOnesReport) {
  server_.Answer("/services", {.body = ServiceList({"a"})});
  Start();
  EXPECT_THAT(Changes(), IsEmpty());
  server_.Answer("/services", {.body = ServiceList({"b"})});
  Pass(absl::Seconds(10));
  EXPECT_THAT(Changes(), testing::UnorderedElementsAre("service_disappeared", "service_appeared"));
  const v1::ChangeEvent event = Events().at(0);
  EXPECT_EQ(event.cluster().id(), "cluster1");
  EXPECT_EQ(event.cluster().name(), "cluster1");
  EXPECT_EQ(event.observer().node_id(), "node1");
  EXPECT_EQ(event.observer().hostname(), "host1");
  EXPECT_THAT(metrics_.Render(), HasSubstr("swarmbell_changes_total{change=\"service_appeared\"} 1"));
}

TEST_F(PollerTest, TheFirstReadingKeepsWhatItProvesForThoseWhoKnewTheSwarm) {
  const std::string made =
      absl::FormatTime("%Y-%m-%dT%H:%M:%SZ", clock_.Now() - absl::Minutes(5), absl::UTCTimeZone());
  server_.Answer("/services", {.body = R"([{"ID":"a","Version":{"Index":7},"CreatedAt":")" + made +
                                       R"(","Spec":{"Name":"a"}}])"});
  Start();
  ASSERT_THAT(Changes(), ElementsAre("service_appeared"));
  EXPECT_TRUE(Events()[0].recollected());
  EXPECT_THAT(metrics_.Render(), testing::Not(HasSubstr("change=\"service_appeared\"")));
  Pass(absl::Seconds(10));
  EXPECT_THAT(Changes(), testing::SizeIs(1));
}

TEST_F(PollerTest, ReadsEachIntervalInOrder) {
  options_.containers = false;
  Start();
  Pass(absl::Seconds(10));
  std::vector<std::string> paths;
  for (const FakeRequest& request : server_.Requests()) paths.push_back(request.path);
  EXPECT_THAT(paths, ElementsAre("/version", "/info", "/services", "/nodes", "/tasks", "/networks",
                                 "/secrets", "/configs", "/swarm", "/services", "/nodes", "/tasks"));
}

TEST_F(PollerTest, StatusShowsTheSwarmAndItsLists) {
  server_.Answer("/services", {.body = ServiceList({"a", "b"})});
  options_.cluster_name = "production";
  Start();
  Pass(absl::Seconds(10));
  const PollStatus status = poller_->Status();
  EXPECT_EQ(status.identity->cluster.name(), "production");
  EXPECT_EQ(status.identity->observer.hostname(), "host1");
  EXPECT_EQ(status.engine.engine, "20.10.24");
  EXPECT_EQ(status.engine.api, "1.41");
  EXPECT_EQ(StatusOf("/services").last_read_time, clock_.Now());
  EXPECT_FALSE(status.stale);
  EXPECT_EQ(StatusOf("/services").objects, 2u);
  EXPECT_EQ(StatusOf("/containers/json").last_read_time, clock_.Now());
  EXPECT_THAT(metrics_.Render(), HasSubstr("swarmbell_objects{endpoint=\"/services\"} 2"));
}

TEST_F(PollerTest, AsksForNamesOfUnknownNetworksOnceAMinute) {
  Start();  // reads them all; without events again each minute
  EXPECT_EQ(server_.Count("/networks"), 1u);
  server_.Answer("/services", {.body = ServiceList({"a"})});
  Pass(absl::Seconds(10));
  EXPECT_EQ(server_.Count("/networks"), 2u);
  server_.Answer("/services", {.body = ServiceList({"a", "b"})});
  Pass(absl::Seconds(10));
  EXPECT_EQ(server_.Count("/networks"), 2u);
  server_.Answer("/networks", {.body = R"([{"Id":"net1","Name":"front"}])"});
  Pass(absl::Seconds(50));
  EXPECT_EQ(server_.Count("/networks"), 3u);
  server_.Answer("/services", {.body = ServiceList({"a"})});
  Pass(absl::Minutes(5));
  EXPECT_EQ(server_.Count("/networks"), 4u);
}

TEST_F(PollerTest, AnotherSwarmStartsANewLogAndABaseline) {
  server_.Answer("/services", {.body = ServiceList({"a"})});
  Start();
  server_.Answer("/services", {.body = ServiceList({"a", "b"})});
  Pass(absl::Seconds(10));
  EXPECT_THAT(Changes(), ElementsAre("service_appeared"));
  const std::string log_id = log_.Newest().log_id;

  server_.Answer("/info", {.body = Info("cluster2", "node9")});
  server_.Answer("/services", {.body = ServiceList({"x"})});
  server_.Answer("/nodes", {.body = NodeList({"node9"})});
  Pass(absl::Seconds(10));
  EXPECT_NE(log_.Newest().log_id, log_id);
  EXPECT_THAT(Changes(), IsEmpty());
  EXPECT_EQ(poller_->Status().identity->cluster.id(), "cluster2");

  server_.Answer("/services", {.body = ServiceList({})});
  Pass(absl::Seconds(10));
  EXPECT_THAT(Changes(), ElementsAre("service_disappeared"));
  EXPECT_EQ(Events().at(0).cluster().id(), "cluster2");
}

TEST_F(PollerTest, ANodeThatIsNoManagerIsAskedUntilItIsOne) {
  server_.Answer("/info", {.body = Info("")});
  Start();
  EXPECT_FALSE(poller_->Status().identity);
  EXPECT_THAT(StatusOf("/info").error, HasSubstr("run the collector on a manager"));
  EXPECT_EQ(server_.Count("/services"), 0u);
  EXPECT_EQ(server_.Count("/containers/json"), 0u);
  server_.Answer("/info", {.body = Info("cluster1")});
  clock_.Advance(absl::Seconds(10));
  ASSERT_TRUE(server_.WaitForRequests("/tasks", 1));
  EXPECT_EQ(poller_->Status().identity->cluster.id(), "cluster1");
  EXPECT_EQ(StatusOf("/info").error, "");
}

// The containers' loop need not wait for its next interval.
TEST_F(PollerTest, ContainersAreReadAsSoonAsTheSwarmIsKnown) {
  const absl::Time start = clock_.Now();
  Start();
  EXPECT_GE(server_.Count("/containers/json"), 1u);
  EXPECT_LT(clock_.Now() - start, absl::Seconds(1));
}

// A labelled container whose task is unknown is a plain one, once the tasks have been listed after it was
// seen.
TEST_F(PollerTest, AContainerOfACommittedImageIsAPlainOne) {
  const auto container = [](const std::string& state, const std::string& status) {
    return FakeAnswer{
        .body = R"([{"Id":"c1","Names":["/copy"],"State":")" + state + R"(","Status":")" + status +
                R"(","Labels":{"com.docker.swarm.task.id":"gone","com.docker.swarm.service.id":"s"}}])"};
  };
  server_.Answer("/containers/json", container("running", "Up 2 hours"));
  Start();
  Pass(absl::Seconds(10));
  Pass(absl::Seconds(10));
  server_.Answer("/containers/json", container("restarting", "Restarting (1) 1 second ago"));
  Pass(absl::Seconds(10));
  EXPECT_THAT(Changes(), ElementsAre("container_restarting"));
}

TEST_F(PollerTest, AContainerOfATaskIsNone) {
  server_.Answer("/tasks",
                 {.body = R"([{"ID":"t1","ServiceID":"s","Slot":1,"NodeID":"node1","DesiredState":"running",
      "Status":{"State":"running","ContainerStatus":{"ContainerID":"c1"}}}])"});
  server_.Answer("/containers/json",
                 {.body = R"([{"Id":"c1","Names":["/web.1.t1"],"State":"running","Status":"Up",
      "Labels":{"com.docker.swarm.task.id":"t1"}}])"});
  Start();
  Pass(absl::Seconds(10));
  server_.Answer("/containers/json",
                 {.body = R"([{"Id":"c1","Names":["/web.1.t1"],"State":"dead","Status":"Dead",
      "Labels":{"com.docker.swarm.task.id":"t1"}}])"});
  Pass(absl::Seconds(10));
  EXPECT_THAT(Changes(), IsEmpty());
}

std::string Stamped(int version, const std::string& stamp, const std::string& image) {
  return R"([{"ID":"a","Version":{"Index":)" + std::to_string(version) +
         R"(},"CreatedAt":"2020-01-01T00:00:00Z","UpdatedAt":"2020-01-01T00:00:00Z","Spec":{"Name":"a","Labels":{"stamp":")" +
         stamp + R"("},"TaskTemplate":{"ContainerSpec":{"Image":")" + image +
         R"("}},"Mode":{"Replicated":{"Replicas":0}}},"Endpoint":{"Spec":{}}}])";
}

TEST_F(PollerTest, AnIgnoredLabelChangesNothing) {
  options_.containers = false;
  options_.ignored_labels = {"stamp"};
  server_.Answer("/services", {.body = Stamped(10, "monday", "i:1")});
  Start();
  server_.Answer("/services", {.body = Stamped(11, "tuesday", "i:1")});
  Pass(absl::Seconds(10));
  EXPECT_THAT(Changes(), IsEmpty());
  server_.Answer("/services", {.body = Stamped(12, "wednesday", "i:2")});
  Pass(absl::Seconds(10));
  ASSERT_THAT(Changes(), ElementsAre("service_task_template_changed"));
  EXPECT_EQ(Events()[0].resource().labels().at("stamp"), "wednesday");
}

TEST_F(PollerTest, ALabelThatIsNotIgnoredChanges) {
  options_.containers = false;
  options_.ignored_labels = {"stamp.*"};
  server_.Answer("/services", {.body = Stamped(10, "monday", "i:1")});
  Start();
  server_.Answer("/services", {.body = Stamped(11, "tuesday", "i:1")});
  Pass(absl::Seconds(10));
  EXPECT_THAT(Changes(), ElementsAre("service_labels_changed"));
}

}  // namespace
}  // namespace swarmbell
