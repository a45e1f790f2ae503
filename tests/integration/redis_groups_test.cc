// Both programs, as they are shipped, while the sentinels fail over to another master, and while a Redis
// Cluster moves their keys: each of 60 changes reaches each of two receivers once. The collector is killed
// afterwards, so that it has only what the other server holds. Prints the rows of docs/delivery.md.

#include "tests/fakes/redis_groups.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <algorithm>
#include <functional>
#include <iostream>
#include <map>
#include <memory>
#include <vector>

#include "absl/strings/str_format.h"
#include "absl/time/clock.h"
#include "tests/fakes/fake_engine_server.h"
#include "tests/fakes/free_port.h"
#include "tests/integration/growing_swarm.h"
#include "tests/integration/program.h"

namespace swarmbell {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

constexpr std::size_t kChanges = 60;
constexpr absl::Duration kPeriod = absl::Milliseconds(400);
constexpr char kHead[] = "bell:collector:{node1}:head";
constexpr char kLease[] = "bell:notifier:notifier:on-duty";

// A webhook that notes when it was first told of each service, and how often.
struct Sink {
  explicit Sink(const std::string& name) : path("/" + name) { server.Answer(path, {.body = "ok"}); }

  void Look(std::size_t services) {
    const std::vector<FakeRequest> all = server.Requests();
    for (; seen < all.size(); ++seen) {
      for (std::size_t i = 1; i <= services; ++i) {
        const std::string name = "web-" + std::to_string(i);
        const std::string& body = all[seen].body;
        const std::size_t at = body.find(name);
        if (at == std::string::npos || isdigit(body[at + name.size()]) != 0) continue;
        arrivals[name].push_back(absl::Now());
      }
    }
  }

  const std::string path;
  FakeEngineServer server;
  std::size_t seen = 0;
  std::map<std::string, std::vector<absl::Time>> arrivals;
};

class RedisGroupsTest : public testing::Test {
 protected:
  using Environment = std::map<std::string, std::string>;

  void Start(const std::string& redis_url) {
    redis_ = {{"SWARMBELL_REDIS_URL", redis_url},
              {"SWARMBELL_REDIS_KEY_PREFIX", "bell:"},
              {"SWARMBELL_METRICS_LISTEN", "off"}};
    swarm_.AddService();
    StartCollector();
    // The first reading reports no change.
    ASSERT_TRUE(collector_->WaitForOutput("Watching a swarm"));
    for (auto& notifier : notifiers_) notifier = StartNotifier();
    ASSERT_TRUE(WaitFor([&] {
      return Count("Active: this notifier") == 1 && Count("Standby: another notifier") == 1 &&
             Count("A feed is following") >= 1;
    }));
  }

  void StartCollector() {
    Environment environment = {{"SWARMBELL_DOCKER_HOST", swarm_.DockerHost()},
                               {"SWARMBELL_LISTEN", target_},
                               {"SWARMBELL_POLL_INTERVAL", "100ms"},
                               {"SWARMBELL_POLL_EVENTS", "false"}};
    environment.merge(Environment(redis_));
    collector_ = std::make_unique<RunningProgram>(SWARMBELL_COLLECTOR, environment);
    ASSERT_NE(collector_->WaitForField("grpc_port"), "");
  }

  std::unique_ptr<RunningProgram> StartNotifier() {
    Environment environment = {{"SWARMBELL_COLLECTORS", target_},
                               {"SWARMBELL_LISTEN", "127.0.0.1:0"},
                               {"SWARMBELL_GROUPING_WINDOW", "0"},
                               {"SWARMBELL_DELIVERY_DIGEST_OVER", "0"},
                               {"SWARMBELL_SLACK_WEBHOOK_URL", sinks_[0].server.Url("/slack")},
                               {"SWARMBELL_TEAMS_WEBHOOK_URL", sinks_[1].server.Url("/teams")}};
    environment.merge(Environment(redis_));
    return std::make_unique<RunningProgram>(SWARMBELL_NOTIFIER, environment);
  }

  std::size_t Count(const std::string& text) const {
    std::size_t count = 0;
    for (const auto& notifier : notifiers_) {
      const std::string output = notifier->Output();
      for (std::size_t at = 0; (at = output.find(text, at)) != std::string::npos; ++at) ++count;
    }
    return count;
  }

  bool WaitFor(const std::function<bool()>& condition) {
    const absl::Time deadline = absl::Now() + absl::Seconds(120);
    while (!condition()) {
      if (absl::Now() > deadline) return false;
      Pause(absl::Milliseconds(20));
    }
    return true;
  }

  // Other processes are what this waits for.
  void Pause(absl::Duration time) {
    const absl::Time end = absl::Now() + time;
    do {
      for (Sink& sink : sinks_) sink.Look(swarm_.services().size());
      absl::SleepFor(std::min(absl::Milliseconds(20), end - absl::Now()));
    } while (absl::Now() < end);
  }

  void Change() {
    swarm_.AddService();
    made_[swarm_.NewestService()] = absl::Now();
    Pause(kPeriod);
  }

  // The next collector has nothing but what Redis holds; one change is made while there is none.
  void KillCollector() {
    collector_->Signal(SIGKILL);
    ASSERT_EQ(collector_->Wait(), 128 + SIGKILL);
    Change();
    StartCollector();
    EXPECT_TRUE(collector_->WaitForOutput("Resumed from the state in Redis"));
  }

  void MakeChanges(std::map<std::size_t, std::function<void()>> faults) {
    while (made_.size() < kChanges) {
      Change();
      const auto fault = faults.extract(made_.size());
      if (!fault.empty()) fault.mapped()();
    }
    EXPECT_TRUE(faults.empty());
  }

  // Prints the row, and expects that nothing is lost or repeated.
  void Judge(const std::string& fault) {
    WaitFor([&] {
      return std::all_of(sinks_.begin(), sinks_.end(),
                         [&](const Sink& sink) { return sink.arrivals.size() >= kChanges; });
    });
    Pause(absl::Seconds(3));  // for repeats
    std::size_t received = 0;
    std::size_t posts = 0;
    absl::Duration longest;
    for (const Sink& sink : sinks_) {
      received += sink.arrivals.size();
      for (const auto& [name, times] : sink.arrivals) {
        posts += times.size();
        longest = std::max(longest, times.front() - made_[name]);
      }
    }
    std::cout << absl::StrFormat("| %s | redis | %d | %d | %d | %d | %d | 0 | %.1f s |\n", fault, kChanges,
                                 2 * kChanges, received, 2 * kChanges - received, posts - received,
                                 absl::ToDoubleSeconds(longest));
    EXPECT_EQ(received, 2 * kChanges);
    EXPECT_EQ(posts, received);
    EXPECT_EQ(Count("Active"), 1u);  // never both, never the other
    EXPECT_THAT(collector_->Output(), Not(HasSubstr("s3cr3t")));
  }

  Environment redis_;
  GrowingSwarm swarm_;
  std::array<Sink, 2> sinks_{Sink("slack"), Sink("teams")};
  const std::string target_ = "127.0.0.1:" + std::to_string(FreePort());
  std::unique_ptr<RunningProgram> collector_;
  std::array<std::unique_ptr<RunningProgram>, 2> notifiers_;
  std::map<std::string, absl::Time> made_;
};

TEST_F(RedisGroupsTest, SentinelFailoverLosesAndRepeatsNothing) {
  RedisSentinels group;
  Start(group.Url());
  MakeChanges({{15, [&] { group.Master().Kill(); }},
               {35, [&] { ASSERT_TRUE(group.WaitForFailover()); }},
               {36, [&] { KillCollector(); }}});
  Judge("Redis's master killed, Sentinel failover, then the collector killed");
}

TEST_F(RedisGroupsTest, MovingTheKeysInAClusterLosesAndRepeatsNothing) {
  const RedisCluster cluster;
  Start(cluster.Url());
  const std::size_t first = cluster.NodeOf(kHead);
  const std::size_t other = (first + 1) % 3;
  const std::size_t lease_other = (cluster.NodeOf(kLease) + 1) % 3;
  MakeChanges({{10, [&] { cluster.BeginMove(kHead, other); }},
               {13, [&] { cluster.MoveKeys(kHead, other, 1); }},
               {16, [&] { cluster.MoveKeys(kHead, other, 1); }},
               {20, [&] { cluster.MoveKeys(kHead, other); }},
               {23, [&] { cluster.EndMove(kHead, other); }},
               {25, [&] { cluster.BeginMove(kLease, lease_other); }},
               {26, [&] { cluster.MoveKeys(kLease, lease_other); }},
               {35, [&] { cluster.EndMove(kLease, lease_other); }},
               {36, [&] { KillCollector(); }},
               {45, [&] {
                  cluster.BeginMove(kHead, first);
                  cluster.MoveKeys(kHead, first);
                  cluster.EndMove(kHead, first);
                }}});
  EXPECT_EQ(cluster.NodeOf(kHead), first);
  EXPECT_NE(RunOn(cluster.port(lease_other), {"GET", kLease}).text, "");
  Judge("Redis Cluster moves the keys, then the collector killed");
}

}  // namespace
}  // namespace swarmbell
