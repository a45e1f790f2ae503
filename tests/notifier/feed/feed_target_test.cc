#include "notifier/feed/feed_target.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>

#include "absl/synchronization/notification.h"

namespace swarmbell {
namespace {

using testing::Contains;
using testing::Each;
using testing::HasSubstr;
using testing::Not;

FeedPeer Peer(const std::string& setting, const std::string& address = "") {
  const auto target = ParseFeedTarget(setting);
  EXPECT_TRUE(target.ok()) << target.status();
  return PeerAt(*target, address);
}

TEST(FeedTargetTest, NamesAreLookedUpAndAddressesAreNot) {
  for (const char* name :
       {"collector:50051", "dns:///tasks.collector:50051", "localhost", "dns:collector:1"}) {
    EXPECT_TRUE(NeedsLookup(*ParseFeedTarget(name))) << name;
  }
  for (const char* address :
       {"10.0.0.1:50051", "[::1]:50051", "::1", "unix:/run/a.sock", "unix:///run/a.sock"}) {
    EXPECT_FALSE(NeedsLookup(*ParseFeedTarget(address))) << address;
  }
}

TEST(FeedTargetTest, APeerIsOneAddress) {
  const FeedPeer peer = Peer("dns:///tasks.collector:1234", "10.0.0.1");
  EXPECT_EQ(peer.target, "ipv4:10.0.0.1:1234");
  EXPECT_EQ(peer.authority, "tasks.collector:1234");
  EXPECT_EQ(peer.name, "dns:///tasks.collector:1234 (10.0.0.1)");
  EXPECT_EQ(peer.setting, "dns:///tasks.collector:1234");
  EXPECT_EQ(Peer("collector", "::2").target, "ipv6:[::2]:50051");
  EXPECT_EQ(Peer("10.0.0.7").target, "ipv4:10.0.0.7:50051");
  EXPECT_EQ(Peer("[::1]:7").target, "ipv6:[::1]:7");
  EXPECT_EQ(Peer("unix:///run/a.sock").target, "unix:/run/a.sock");
}

TEST(FeedTargetTest, LooksUpTheSystemsNames) {
  const auto addresses = LookUpHost("localhost", {});
  ASSERT_TRUE(addresses.ok()) << addresses.status();
  EXPECT_THAT(*addresses, Contains("127.0.0.1"));
  EXPECT_THAT(*addresses, Each(Not(HasSubstr(":"))));  // one host is one collector
}

TEST(FeedTargetTest, ALookUpEndsWithAStop) {
  std::stop_source stop;
  stop.request_stop();
  const auto addresses = LookUpHost("localhost", stop.get_token());
  EXPECT_TRUE(addresses.ok() || addresses.status().code() == absl::StatusCode::kCancelled);
}

TEST(FeedTargetTest, ALookUpWithADeadlineEndsWhileTheResolverGoesOn) {
  const auto hang = std::make_shared<absl::Notification>();
  const auto late = LookUpHostWithin("slow.example", absl::Milliseconds(1), [hang](const std::string&) {
    hang->WaitForNotification();
    return absl::StatusOr<std::vector<std::string>>(std::vector<std::string>{"10.0.0.1"});
  });
  hang->Notify();
  EXPECT_EQ(late.status().code(), absl::StatusCode::kDeadlineExceeded);
  EXPECT_EQ(late.status().message(), "cannot look up the host \"slow.example\": no answer within 1ms");
}

TEST(FeedTargetTest, ALookUpWithADeadlineReturnsTheAnswer) {
  const auto addresses = LookUpHostWithin("localhost", absl::Seconds(30));
  ASSERT_TRUE(addresses.ok()) << addresses.status();
  EXPECT_THAT(*addresses, Contains("127.0.0.1"));
}

}  // namespace
}  // namespace swarmbell
