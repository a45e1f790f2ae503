#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>
#include <vector>

#include "collector/docker/engine_client.h"
#include "tests/fakes/fake_engine_server.h"

namespace swarmbell {
namespace {

using absl::StatusCode;
using testing::ElementsAre;
using testing::HasSubstr;

class EventsTest : public testing::Test {
 protected:
  EventsTest() {
    server_.Answer("/version", {.body = R"({"Version":"x","ApiVersion":"1.41"})"});
    EngineOptions options;
    options.host = server_.DockerHost();
    client_ = *EngineClient::Create(options);
  }

  absl::Status Follow(std::stop_token stop = {}) {
    return client_->FollowEvents([&](std::string_view line) { lines_.emplace_back(line); }, stop);
  }

  FakeEngineServer server_;
  std::unique_ptr<EngineClient> client_;
  std::vector<std::string> lines_;
};

TEST_F(EventsTest, FirstSaysThatTheStreamIsOpen) {
  server_.Answer("/events", {.body = "{\"a\":1}\n{\"b\":2}\n", .ending = FakeEnding::kStream});
  std::jthread ender([&] {
    server_.WaitForStreams("/events", 1);
    server_.EndStreams();
  });
  const absl::Status status = Follow();
  EXPECT_EQ(status.code(), StatusCode::kUnavailable);
  EXPECT_THAT(std::string(status.message()), HasSubstr("ended the event stream"));
  EXPECT_THAT(lines_, ElementsAre("", "{\"a\":1}", "{\"b\":2}"));
}

TEST_F(EventsTest, AsksForServicesNodesAndContainers) {
  server_.Answer("/events", {.status = 500});
  EXPECT_EQ(Follow().code(), StatusCode::kUnavailable);
  EXPECT_EQ(server_.Requests().back().target,
            "/v1.41/events?filters=%7B%22type%22%3A%5B%22service%22%2C%22node%22%2C%22container%22%5D%7D");
  EXPECT_TRUE(lines_.empty());
}

TEST_F(EventsTest, AStopEndsASilentStream) {
  server_.Answer("/events", {.ending = FakeEnding::kStream});
  std::stop_source stop;
  std::jthread stopper([&] {
    server_.WaitForStreams("/events", 1);
    stop.request_stop();
  });
  EXPECT_EQ(Follow(stop.get_token()).code(), StatusCode::kCancelled);
}

}  // namespace
}  // namespace swarmbell
