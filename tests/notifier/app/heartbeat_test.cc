#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <spdlog/sinks/ostream_sink.h>
#include <spdlog/spdlog.h>

#include <atomic>
#include <chrono>
#include <sstream>

#include "notifier/app/notifier_app.h"
#include "tests/fakes/fake_clock.h"
#include "tests/fakes/fake_engine_server.h"

namespace swarmbell {
namespace {

using testing::HasSubstr;
using testing::Not;

class HeartbeatTest : public testing::Test {
 protected:
  HeartbeatTest() {
    spdlog::set_default_logger(
        std::make_shared<spdlog::logger>("test", std::make_shared<spdlog::sinks::ostream_sink_mt>(logged_)));
    FakeAnswer ok;
    ok.body = "OK";
    server_.Answer("/ping/SECRET", ok);
  }

  ~HeartbeatTest() override {
    heartbeat_.reset();
    spdlog::set_default_logger(std::make_shared<spdlog::logger>("none"));
    EXPECT_THAT(logged_.str(), Not(HasSubstr("SECRET")));
  }

  void Start() {
    HeartbeatOptions options;
    options.url = server_.Url("/ping/SECRET");
    options.interval = absl::Minutes(1);
    heartbeat_ = std::make_unique<Heartbeat>(
        options, [this] { return healthy_.load(); }, clock_);
  }

  // Lets the next beat happen and waits until it is over.
  void NextBeat() {
    ASSERT_TRUE(clock_.WaitForSleepers(1));
    clock_.Advance(absl::Minutes(1));
    ASSERT_TRUE(clock_.WaitForSleepers(1));
  }

  FakeClock clock_;
  FakeEngineServer server_;
  std::ostringstream logged_;
  std::atomic<bool> healthy_ = true;
  std::unique_ptr<Heartbeat> heartbeat_;
};

TEST_F(HeartbeatTest, BeatsAtOnceAndEachInterval) {
  Start();
  ASSERT_TRUE(clock_.WaitForSleepers(1));
  EXPECT_EQ(server_.Requests().size(), 1u);
  NextBeat();
  EXPECT_EQ(server_.Requests().size(), 2u);
}

TEST_F(HeartbeatTest, EndsWhileAllIsNotWell) {
  healthy_ = false;
  Start();
  NextBeat();
  EXPECT_EQ(server_.Requests().size(), 0u);
  healthy_ = true;
  NextBeat();
  EXPECT_EQ(server_.Requests().size(), 1u);
}

TEST_F(HeartbeatTest, TellsOnceThatItIsNotHeardAndWhenItIs) {
  FakeAnswer gone;
  gone.status = 404;
  server_.AnswerOnce("/ping/SECRET", gone);
  server_.AnswerOnce("/ping/SECRET", gone);
  Start();
  NextBeat();
  EXPECT_THAT(logged_.str(), HasSubstr("not accepted"));
  EXPECT_EQ(logged_.str().find("not accepted"), logged_.str().rfind("not accepted"));
  NextBeat();
  EXPECT_THAT(logged_.str(), HasSubstr("heard again"));
}

}  // namespace
}  // namespace swarmbell
