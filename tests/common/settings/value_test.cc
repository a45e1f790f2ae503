#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/settings/checks.h"
#include "common/settings/setting.h"

namespace swarmbell {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

TEST(DurationTest, ReadsWhatPeopleWrite) {
  EXPECT_EQ(ParseDuration("10s"), absl::Seconds(10));
  EXPECT_EQ(ParseDuration("250ms"), absl::Milliseconds(250));
  EXPECT_EQ(ParseDuration("1m30s"), absl::Seconds(90));
  EXPECT_EQ(ParseDuration("4h"), absl::Hours(4));
  EXPECT_EQ(ParseDuration("1.5h"), absl::Minutes(90));
  EXPECT_EQ(ParseDuration("0"), absl::ZeroDuration());
}

TEST(DurationTest, RefusesAllElse) {
  for (const char* text :
       {"", "10", "s", "-1s", "inf", "10 s", "10parsecs", "999999999h", "1d", "1s;", "+inf"}) {
    EXPECT_EQ(ParseDuration(text), std::nullopt) << text;
  }
}

TEST(ValueTest, TextIsUtf8) {
  for (const std::string text : {"", "plain", "\xC3\xA9", "\xE2\x82\xAC", "\xF0\x9F\x94\x94"}) {
    EXPECT_TRUE(IsUtf8(text)) << text;
  }
  for (const std::string text : {"caf\xE9", "\x80", "\xC3", "\xC0\xAF", "\xE0\x80\xAF", "\xED\xA0\x80",
                                 "\xF4\x90\x80\x80", "\xFF\xFE"}) {
    EXPECT_FALSE(IsUtf8(text)) << text;
    Setting setting;
    setting.path = "cluster.name";
    EXPECT_TRUE(ValueProblem(setting, text)) << text;
  }
}

TEST(ValueTest, BoolsAndNumbers) {
  for (const char* text : {"true", "True", "YES", "on", "1"}) EXPECT_EQ(ParseBool(text), true) << text;
  for (const char* text : {"false", "No", "OFF", "0"}) EXPECT_EQ(ParseBool(text), false) << text;
  for (const char* text : {"", "2", "y", "truee"}) EXPECT_EQ(ParseBool(text), std::nullopt) << text;
  EXPECT_EQ(ParseInt("-12"), -12);
  for (const char* text : {"", "1.5", "0x10", "9223372036854775808", "1k"}) {
    EXPECT_EQ(ParseInt(text), std::nullopt) << text;
  }
}

TEST(ValueTest, ListsLoseBlanksAndEmptyParts) {
  EXPECT_THAT(SplitList(" a , b,,c d, "), ElementsAre("a", "b", "c d"));
  EXPECT_THAT(SplitList(""), IsEmpty());
}

TEST(AddressTest, AddressesToListenOn) {
  for (const char* good : {"0.0.0.0:50051", "localhost:0", "[::]:9464", "host.example:65535"}) {
    EXPECT_EQ(ListenAddressProblem(good, ""), std::nullopt) << good;
  }
  for (const char* bad :
       {"", "50051", ":50051", "host:", "host:port", "host:65536", "::1:80", "a/b:1", "h:-1", "off"}) {
    EXPECT_NE(ListenAddressProblem(bad, ""), std::nullopt) << bad;
  }
  EXPECT_EQ(*ListenAddressProblem("x", "1.2.3.4:5"),
            "\"x\" is no address to listen on (for example 1.2.3.4:5)");
}

TEST(AddressTest, TargetsToConnectTo) {
  for (const char* good : {"collector:50051", "dns:///tasks.collector:50051", "dns:collector:1",
                           "ipv4:1.2.3.4:5", "unix:/run/x", "[::1]:50051"}) {
    EXPECT_EQ(TargetProblem(good), std::nullopt) << good;
  }
  for (const char* bad :
       {"", "collector", "http://collector:50051", "collector:0", "dns:///collector", "a b:1"}) {
    EXPECT_NE(TargetProblem(bad), std::nullopt) << bad;
  }
}

TEST(AddressTest, KnowsWhatStaysOnThisMachine) {
  for (const char* local :
       {"localhost:1", "LOCALHOST", "127.0.0.1:50051", "127.1.2.3:1", "[::1]:1", "::1", "unix:/a",
        "dns:///localhost:1", "dns:127.0.0.1:1", "ipv4:127.0.0.1:1", "ipv6:[::1]:1"}) {
    EXPECT_TRUE(StaysOnThisMachine(local)) << local;
  }
  for (const char* far : {"0.0.0.0:50051", "[::]:1", "10.0.0.1:1", "collector:1", "127.example.com:1",
                          "localhost.example.com:1", "dns:///manager1:1", ":1"}) {
    EXPECT_FALSE(StaysOnThisMachine(far)) << far;
  }
}

}  // namespace
}  // namespace swarmbell
