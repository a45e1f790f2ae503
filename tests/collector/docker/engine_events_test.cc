#include "collector/docker/engine_events.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <condition_variable>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "collector/docker/engine_client.h"
#include "tests/fakes/fake_clock.h"
#include "tests/fakes/fake_engine_server.h"

namespace swarmbell {
namespace {

using testing::ElementsAre;

std::vector<std::string> Split(const std::vector<std::string>& pieces, std::size_t longest = 5) {
  LineSplitter splitter(longest);
  std::vector<std::string> lines;
  for (const std::string& piece : pieces) {
    splitter.Add(piece, [&](std::string_view line) { lines.emplace_back(line); });
  }
  return lines;
}

TEST(LineSplitter, JoinsPiecesAndSplitsThem) {
  EXPECT_THAT(Split({"a", "b\nc", "\nd\ne\nunfinished"}), ElementsAre("ab", "c", "d", "e"));
}

TEST(LineSplitter, LeavesOutEmptyLinesAndCarriageReturns) {
  EXPECT_THAT(Split({"\n\na\r\n\r\n"}), ElementsAre("a"));
}

TEST(LineSplitter, LeavesOutLinesOverTheBound) {
  EXPECT_THAT(Split({"12345\n123456\nok\n"}), ElementsAre("12345", "ok"));
  EXPECT_THAT(Split({"123", "456", "789", "012\nok\n"}), ElementsAre("ok"));
}

std::string Event(const std::string& type, const std::string& action, const std::string& attributes = "") {
  return absl::StrCat(R"({"Type":")", type, R"(","Action":")", action,
                      R"(","Actor":{"ID":"x","Attributes":{)", attributes, "}}}");
}

constexpr char kOfService[] = R"("com.docker.swarm.service.id":"s","name":"web.1.x")";

TEST(EngineEvent, ServicesAreNamedAndNodesAreNot) {
  for (const char* action : {"create", "update", "remove", "something new"}) {
    EXPECT_EQ(ReadEvent(Event("service", action)).subject, EventSubject::kService);
    EXPECT_EQ(ReadEvent(Event("service", action)).service_id, "x");
    EXPECT_EQ(ReadEvent(Event("node", action)).subject, EventSubject::kNodes);
  }
}

TEST(EngineEvent, PlainContainersCountWhenTheyTurn) {
  for (const char* action : {"create", "start", "die", "oom", "pause", "unpause", "destroy", "restart",
                             "stop", "health_status: unhealthy", "health_status: healthy"}) {
    EXPECT_EQ(ReadEvent(Event("container", action)).subject, EventSubject::kContainers) << action;
  }
}

TEST(EngineEvent, HealthChecksAndTheLikeAreNoise) {
  for (const char* action : {"exec_create: /bin/sh -c true", "exec_start: /bin/sh -c true", "exec_die",
                             "attach", "top", "resize", "kill", ""}) {
    EXPECT_EQ(ReadEvent(Event("container", action)).subject, EventSubject::kNone) << action;
    EXPECT_EQ(ReadEvent(Event("container", action, kOfService)).subject, EventSubject::kNone) << action;
  }
  EXPECT_EQ(ReadEvent(Event("container", "health_status: unhealthy", kOfService)).subject,
            EventSubject::kNone);
  EXPECT_EQ(ReadEvent(Event("network", "connect")).subject, EventSubject::kNone);
  EXPECT_EQ(ReadEvent(R"({"Type":"network","Action":"create","scope":"local"})").subject,
            EventSubject::kNone);
}

TEST(EngineEvent, SecretsConfigsAndNetworksOfTheSwarmCount) {
  EXPECT_EQ(ReadEvent(Event("secret", "create")).subject, EventSubject::kSecrets);
  EXPECT_EQ(ReadEvent(Event("config", "remove")).subject, EventSubject::kConfigs);
  EXPECT_EQ(ReadEvent(R"({"Type":"network","Action":"remove","scope":"swarm"})").subject,
            EventSubject::kNetworks);
}

TEST(EngineEvent, TheEndOfATasksContainerIsOfItsService) {
  EXPECT_EQ(ReadEvent(Event("container", "die", kOfService)).subject, EventSubject::kService);
  EXPECT_EQ(ReadEvent(Event("container", "oom", kOfService)).subject, EventSubject::kService);
  EXPECT_EQ(ReadEvent(Event("container", "oom", kOfService)).service_id, "s");
  for (const char* action : {"create", "start", "destroy"}) {
    EXPECT_EQ(ReadEvent(Event("container", action, kOfService)).subject, EventSubject::kNone) << action;
  }
}

TEST(EngineEvent, SomebodyStopsAContainer) {
  const auto turn = [](const std::string& action, const std::string& attributes = "") {
    return ReadEvent(Event("container", action, attributes)).action;
  };
  EXPECT_EQ(turn("stop"), ContainerAction::kStopped);
  EXPECT_EQ(ReadEvent(Event("container", "stop")).container_id, "x");
  EXPECT_EQ(turn("kill", R"("signal":"9")"), ContainerAction::kStopped);
  EXPECT_EQ(turn("kill", R"("signal":"15")"), ContainerAction::kStopped);
  EXPECT_EQ(ReadEvent(Event("container", "kill", R"("signal":"1")")).subject, EventSubject::kNone);
  EXPECT_EQ(turn("start"), ContainerAction::kStarted);
  EXPECT_EQ(turn("die"), ContainerAction::kOther);
  EXPECT_EQ(turn("restart"), ContainerAction::kOther);
}

// As one that is made of an image that was committed from a task's container.
TEST(EngineEvent, LabelsOfATaskMakeNoTask) {
  const std::string labels = R"("com.docker.swarm.service.id":"s","com.docker.swarm.task.id":"t9","name":")";
  EXPECT_EQ(ReadEvent(Event("container", "die", labels + "web.3.t9\"")).subject, EventSubject::kService);
  for (const char* name : {"restored", "web.3.t8", "t9"}) {
    EXPECT_EQ(ReadEvent(Event("container", "die", labels + name + "\"")).subject, EventSubject::kContainers)
        << name;
  }
}

TEST(EngineEvent, WhatIsNoEventIsNoReason) {
  for (const char* line : {"", "{", "[]", "7", "null", R"({"Type":7})", R"({"Type":"container","Actor":[]})",
                           R"({"Type":"container","Action":"die","Actor":{"Attributes":null}})", "\xff"}) {
    EXPECT_NE(ReadEvent(line).subject, EventSubject::kService) << line;
  }
}

// As Docker 20.10 and 29.7 really write them.
TEST(EngineEvent, ReadsRealLines) {
  EXPECT_EQ(
      ReadEvent(
          R"({"status":"die","id":"30d8","from":"bb:1","Type":"container","Action":"die","Actor":{"ID":"30d8","Attributes":{"com.docker.swarm.node.id":"c9","com.docker.swarm.service.id":"xxf","exitCode":"3","image":"bb:1","name":"unh.1.91"}},"scope":"local","time":1795353442,"timeNano":1795353442265402773})")
          .subject,
      EventSubject::kService);
  EXPECT_EQ(
      ReadEvent(
          R"({"Type":"container","Action":"create","Actor":{"ID":"5d","Attributes":{"image":"bb:1","name":"trusting_keller"}},"scope":"local","time":1795354531,"timeNano":1795354531327842304})")
          .subject,
      EventSubject::kContainers);
}

class Counts : public EventListener {
 public:
  void OnOpen(bool again) override {
    SetFollowing(true);
    if (again) Count(reconnected_);
  }
  void OnEvent(const EngineEvent& event) override {
    if (event.subject == EventSubject::kNone) return;
    Count(event.subject == EventSubject::kContainers ? containers_ : swarm_);
  }
  void OnLost() override { SetFollowing(false); }

  bool WaitForFollowing(bool following) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, std::chrono::seconds(10), [&] { return following_ == following; });
  }

  bool WaitFor(int swarm, int containers, int reconnected) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, std::chrono::seconds(10), [&] {
      return swarm_ == swarm && containers_ == containers && reconnected_ == reconnected;
    });
  }

 private:
  void SetFollowing(bool following) {
    std::lock_guard lock(mutex_);
    following_ = following;
    changed_.notify_all();
  }

  void Count(int& what) {
    std::lock_guard lock(mutex_);
    ++what;
    changed_.notify_all();
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  int swarm_ = 0, containers_ = 0, reconnected_ = 0;
  bool following_ = false;
};

class EventFollowerTest : public testing::Test {
 protected:
  EventFollowerTest() {
    server_.Answer("/version", {.body = R"({"Version":"x","ApiVersion":"1.41"})"});
    server_.Answer("/events", {.ending = FakeEnding::kStream});
    EngineOptions options;
    options.host = server_.DockerHost();
    engine_ = *EngineClient::Create(options);
    follower_ = std::make_unique<EventFollower>(*engine_, clock_, counts_);
  }

  void Start() {
    thread_ = std::jthread([this](std::stop_token stop) { follower_->Run(stop); });
  }

  FakeEngineServer server_;
  FakeClock clock_;
  Counts counts_;
  std::unique_ptr<EngineClient> engine_;
  std::unique_ptr<EventFollower> follower_;
  std::jthread thread_;
};

TEST_F(EventFollowerTest, ReportsTheSubjectsOfEvents) {
  Start();
  ASSERT_TRUE(server_.WaitForStreams("/events", 1));
  server_.StreamTo("/events", R"({"Type":"service","Action":"update"})"
                              "\n"
                              R"({"Type":"container","Action":"exec_die"})"
                              "\n"
                              R"({"Type":"container","Action":"die"})"
                              "\n");
  EXPECT_TRUE(counts_.WaitFor(1, 1, 0));
}

TEST_F(EventFollowerTest, ConnectsAgainAfterAWaitAndSaysSo) {
  Start();
  ASSERT_TRUE(server_.WaitForStreams("/events", 1));
  server_.EndStreams();
  ASSERT_TRUE(clock_.WaitForSleepers(1));
  EXPECT_EQ(server_.Count("/events"), 1u);
  clock_.Advance(absl::Seconds(1));
  ASSERT_TRUE(server_.WaitForStreams("/events", 2));
  EXPECT_TRUE(counts_.WaitFor(0, 0, 1));
}

TEST_F(EventFollowerTest, ReportsWhetherEventsAreFollowed) {
  Start();
  EXPECT_TRUE(counts_.WaitForFollowing(true));
  server_.EndStreams();
  EXPECT_TRUE(counts_.WaitForFollowing(false));
}

TEST_F(EventFollowerTest, TheFirstConnectionIsNoReconnect) {
  server_.AnswerOnce("/events", {.status = 500});
  Start();
  ASSERT_TRUE(clock_.WaitForSleepers(1));
  clock_.Advance(absl::Seconds(1));
  ASSERT_TRUE(server_.WaitForStreams("/events", 1));
  server_.StreamTo("/events", "{\"Type\":\"node\"}\n");
  EXPECT_TRUE(counts_.WaitFor(1, 0, 0));
}

}  // namespace

}  // namespace swarmbell
