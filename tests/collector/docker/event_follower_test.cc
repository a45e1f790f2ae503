#include "collector/docker/engine_events.h"

#include <gtest/gtest.h>

#include <condition_variable>
#include <mutex>
#include <thread>

#include "collector/docker/engine_client.h"
#include "tests/fakes/fake_clock.h"
#include "tests/fakes/fake_engine_server.h"

namespace swarmbell {
namespace {

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

TEST_F(EventFollowerTest, TellsWhatEventsAreAbout) {
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

TEST_F(EventFollowerTest, SaysWhetherTheEngineTells) {
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
