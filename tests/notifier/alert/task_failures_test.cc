#include <gtest/gtest.h>

#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "notifier/alert/change_facts.h"

namespace swarmbell {
namespace {

v1::TaskSummary Task(const std::string& service, const std::string& node, const std::string& error) {
  v1::TaskSummary task;
  task.set_service_name(service);
  task.set_name(service + ".1");
  task.set_node_hostname(node);
  task.set_error(error);
  return task;
}

bool Same(const std::string& one, const std::string& two) {
  return NormalError(Task("shop_api", "w1", one)) == NormalError(Task("shop_web", "worker-2", two));
}

TEST(NormalErrorTest, IsTheSameWhereTasksDifferOnlyInIdentifiers) {
  EXPECT_TRUE(Same("Pool overlaps with other one on this address space",
                   "Pool overlaps with other one on this address space"));
  EXPECT_TRUE(
      Same("network 7x2m9q4k1z8w5c3v6b0n2l4j6 not found", "network a1b2c3d4e5f6g7h8i9j0k1l2m not found"));
  EXPECT_TRUE(Same("endpoint 0123456789abcdef exists", "endpoint fedcba987654 exists"));
  EXPECT_TRUE(Same("volume 3f2a1b4c-0d9e-4f11-8a22-0123456789ab is busy",
                   "volume 00000000-1111-2222-3333-444444444444 is busy"));
  EXPECT_TRUE(
      Same("dial tcp 10.0.1.5:2049: i/o timeout after 30s", "dial tcp 10.0.27.6:2049: i/o timeout after 5s"));
  EXPECT_TRUE(Same("starting container shop_api.3.7x2m9q4k1z8w5c3v6b0n2l4j6 failed on w1",
                   "starting container shop_web.12.a1b2c3d4e5f6g7h8i9j0k1l2m failed on worker-2"));
}

TEST(NormalErrorTest, DiffersWhereTheCauseDoes) {
  EXPECT_FALSE(Same("No such image: shop/api:1", "No such image: shop/web:1"));
  EXPECT_FALSE(Same("network front not found", "network back not found"));
  EXPECT_FALSE(Same("bind source path does not exist: /srv/a", "bind source path does not exist: /srv/b"));
  EXPECT_FALSE(Same("could not find an IPv4 address", "could not find an IPv6 address"));
}

TEST(NormalErrorTest, NamesOfNodesAreWords) {
  EXPECT_EQ(NormalError(Task("api", "w1", "w1: w10 and w1-a are not w1")),
            "<node>: w10 and w1-a are not <node>");
  EXPECT_EQ(NormalError(Task("api", "", "refused by w1")), "refused by w1");
}

TEST(NormalErrorTest, TakesTimeForItsLengthOnly) {
  for (const char* piece : {"a.", "1.1.", "api.", "0123456789ab", "w1-", "-----"}) {
    std::string error;
    while (error.size() < 1'000'000) error += piece;
    const absl::Time start = absl::Now();
    EXPECT_LE(NormalError(Task("api", "w1", error)).size(), 20'000u);
    EXPECT_LT(absl::Now() - start, absl::Milliseconds(50)) << piece;
  }
}

TEST(SaysWhyTest, AnExitCodeIsNoReason) {
  EXPECT_FALSE(SaysWhy(""));
  EXPECT_FALSE(SaysWhy("task: non-zero exit (1)"));
  EXPECT_FALSE(SaysWhy("task: non-zero exit (137): dockerexec: unhealthy container"));
  EXPECT_FALSE(SaysWhy("No such container: api.1.7x2m9q4k1z8w5c3v6b0n2l4j6"));
  EXPECT_TRUE(SaysWhy("No such image: shop/api:1"));
  EXPECT_TRUE(SaysWhy("starting container failed: Address already in use"));
}

}  // namespace
}  // namespace swarmbell
