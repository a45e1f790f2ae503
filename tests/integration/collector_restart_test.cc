// The collector as it is shipped, killed again and again while services come, with its state in a real Redis:
// nothing is lost, and nothing gets another identifier or another event's sequence.

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <map>
#include <memory>
#include <mutex>
#include <nlohmann/json.hpp>
#include <set>
#include <thread>

#include "absl/time/clock.h"
#include "common/redis/redis_client.h"
#include "grpcpp/grpcpp.h"
#include "swarmbell/v1/change_feed.grpc.pb.h"
#include "tests/fakes/free_port.h"
#include "tests/fakes/redis_server.h"
#include "tests/integration/growing_swarm.h"
#include "tests/integration/program.h"

namespace swarmbell {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::Not;

// Follows the feed from its beginning, and goes on after its cursor whenever the stream ends.
class Follower {
 public:
  explicit Follower(const std::string& target)
      : channel_(grpc::CreateChannel(target, grpc::InsecureChannelCredentials())),
        thread_([this](const std::stop_token& stop) {
          while (!stop.stop_requested()) Follow(stop);
        }) {}

  struct Seen {
    std::map<std::string, std::set<std::uint64_t>> sequences;  // by event
    std::map<std::uint64_t, std::set<std::string>> events;     // by sequence
    std::set<std::string> names;                               // of services that appeared
    std::set<std::string> logs;
    int gaps = 0;
  };

  Seen Get() const {
    const std::lock_guard lock(mutex_);
    return seen_;
  }

  bool WaitFor(const std::string& name) const {
    const absl::Time deadline = absl::Now() + absl::Seconds(20);
    while (!Get().names.contains(name)) {
      if (absl::Now() > deadline) return false;
      absl::SleepFor(absl::Milliseconds(2));  // another process: nothing here can wake us
    }
    return true;
  }

 private:
  void Follow(const std::stop_token& stop) {
    grpc::ClientContext context;
    context.set_wait_for_ready(true);
    const std::stop_callback cancel(stop, [&] { context.TryCancel(); });
    v1::SubscribeRequest request;
    if (cursor_.log_id().empty()) {
      request.set_from_oldest(true);
    } else {
      *request.mutable_resume_after() = cursor_;
    }
    const auto stream = v1::ChangeFeedService::NewStub(channel_)->Subscribe(&context, request);
    for (v1::SubscribeResponse response; stream->Read(&response);) Take(response);
    stream->Finish();
  }

  void Take(const v1::SubscribeResponse& response) {
    const std::lock_guard lock(mutex_);
    if (response.has_gap()) ++seen_.gaps;
    for (const v1::ChangeEvent& event : response.changes().events()) {
      seen_.sequences[event.event_id()].insert(event.sequence());
      seen_.events[event.sequence()].insert(event.event_id());
      if (event.has_service_appeared()) seen_.names.insert(event.resource().name());
    }
    if (!response.has_cursor()) return;
    cursor_ = response.cursor();
    seen_.logs.insert(cursor_.log_id());
  }

  std::shared_ptr<grpc::Channel> channel_;
  v1::Cursor cursor_;  // the thread's
  mutable std::mutex mutex_;
  Seen seen_;  // guarded by mutex_
  std::jthread thread_;
};

class CollectorRestartTest : public testing::Test {
 protected:
  void StartCollector() {
    collector_ = std::make_unique<RunningProgram>(
        SWARMBELL_COLLECTOR,
        std::map<std::string, std::string>{{"SWARMBELL_DOCKER_HOST", swarm_.DockerHost()},
                                           {"SWARMBELL_LISTEN", target_},
                                           {"SWARMBELL_METRICS_LISTEN", "off"},
                                           {"SWARMBELL_POLL_INTERVAL", "100ms"},
                                           {"SWARMBELL_POLL_EVENTS", "false"},
                                           {"SWARMBELL_REDIS_URL", redis_.Url(":s3cr3t@")},
                                           {"SWARMBELL_REDIS_KEY_PREFIX", "bell:"}});
    ASSERT_NE(collector_->WaitForField("grpc_port"), "");
  }

  void KillCollector() {
    collector_->Signal(SIGKILL);
    ASSERT_EQ(collector_->Wait(), 128 + SIGKILL);
  }

  RedisReply Redis(const RedisCommand& command) {
    RedisOptions options;
    options.address = *ParseRedisUrl(SecretString(redis_.Url(":s3cr3t@")));
    auto reply = RedisClient(options).Run(command);
    EXPECT_TRUE(reply.ok()) << reply.status();
    return reply.ok() ? *std::move(reply) : RedisReply();
  }

  bool WaitUntilStored(const std::string& record) {
    const absl::Time deadline = absl::Now() + absl::Seconds(20);
    while (Redis({"HEXISTS", "bell:collector:{node1}:known", record}).integer == 0) {
      if (absl::Now() > deadline) return false;
      absl::SleepFor(absl::Milliseconds(2));  // another process: nothing here can wake us
    }
    return true;
  }

  GrowingSwarm swarm_;
  RedisServer redis_{{"--requirepass", "s3cr3t"}};
  const std::string target_ = "127.0.0.1:" + std::to_string(FreePort());
  std::unique_ptr<RunningProgram> collector_;
};

TEST_F(CollectorRestartTest, NothingIsLostOrRenumbered) {
  constexpr int kKills = 8;
  swarm_.AddService();
  StartCollector();
  ASSERT_TRUE(WaitUntilStored("service:service1"));  // what is there at the first reading is no change
  Follower follower(target_);
  for (int kill = 0; kill < kKills; ++kill) {
    for (int i = 0; i < 3; ++i) {
      swarm_.AddService();
      // From "at once" to "after it has been told and stored".
      absl::SleepFor(absl::Milliseconds(13 * kill));
    }
    KillCollector();
    swarm_.AddService();  // while it is away
    StartCollector();
  }
  swarm_.AddService();
  ASSERT_TRUE(follower.WaitFor(swarm_.NewestService()));

  const Follower::Seen seen = follower.Get();
  for (const auto& service : swarm_.services()) {
    if (service == swarm_.services().front()) continue;
    EXPECT_THAT(seen.names, Contains(service["Spec"]["Name"].get<std::string>()));
  }
  EXPECT_EQ(seen.sequences.size(), swarm_.services().size() - 1);  // the same change is never another event
  for (const auto& [sequence, events] : seen.events) EXPECT_EQ(events.size(), 1u) << sequence;
  EXPECT_EQ(seen.gaps, 0);
  EXPECT_EQ(seen.logs.size(), 1u);
}

TEST_F(CollectorRestartTest, MaskedValuesAreComparedAcrossARestart) {
  for (int i = 0; i < 2; ++i) swarm_.AddService();
  StartCollector();
  ASSERT_TRUE(WaitUntilStored("service:service2"));  // what is there at the first reading is no change
  swarm_.AddService();
  ASSERT_TRUE(collector_->WaitForOutput("service_appeared"));
  collector_->Signal(SIGTERM);  // all is stored at the end
  ASSERT_EQ(collector_->Wait(), 0);
  swarm_.ChangePassword(1);
  StartCollector();
  ASSERT_TRUE(collector_->WaitForOutput("Resumed from the state in Redis"));
  ASSERT_TRUE(collector_->WaitForOutput("service_task_template_changed name=web-2"));
  EXPECT_THAT(collector_->Output(), Not(HasSubstr("name=web-1")));
  EXPECT_THAT(collector_->Output(), Not(HasSubstr("s3cr3t")));
}

// No value that was masked is in Redis.
TEST_F(CollectorRestartTest, NoSecretIsStored) {
  swarm_.AddService();
  StartCollector();
  ASSERT_TRUE(WaitUntilStored("service:service1"));
  swarm_.AddService();
  ASSERT_TRUE(collector_->WaitForOutput("service_appeared"));
  collector_->Signal(SIGTERM);
  ASSERT_EQ(collector_->Wait(), 0);
  const RedisReply known = Redis({"HGETALL", "bell:collector:{node1}:known"});
  EXPECT_GE(known.elements.size(), 6u);
  for (const RedisReply& reply : known.elements) EXPECT_THAT(reply.text, Not(HasSubstr("hunter2")));
  EXPECT_THAT(known.elements, Contains(testing::Field(&RedisReply::text, HasSubstr("DB_PASSWORD="))));
}

}  // namespace
}  // namespace swarmbell
