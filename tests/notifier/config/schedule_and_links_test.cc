#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "tests/notifier/config/loading.h"

namespace swarmbell {
namespace {

using testing::ElementsAre;

TEST(MutesTest, AreReadWithAllTheirParts) {
  const NotifierConfig config = Loaded(R"(
mute:
- name: night
  match: {stack: shop, to: updating}
  start: 2026-08-01T00:00:00Z
  end: 2026-09-01T02:00:00+02:00
  daily: 22:30-06:05
  days: [fri, sun]
- match: {}
)")
                                    .config;
  const MuteConfig& mute = config.mutes.at(0);
  EXPECT_EQ(mute.name, "night");
  EXPECT_THAT(mute.match.stacks, ElementsAre("shop"));
  EXPECT_THAT(mute.match.to, ElementsAre("updating"));
  EXPECT_EQ(mute.start, absl::FromUnixSeconds(1785542400));
  EXPECT_EQ(mute.end, absl::FromUnixSeconds(1788220800));
  EXPECT_EQ(mute.daily_start_minute, 22 * 60 + 30);
  EXPECT_EQ(mute.daily_end_minute, 6 * 60 + 5);
  EXPECT_THAT(mute.weekdays, ElementsAre(5, 0));
  EXPECT_EQ(config.mutes.at(1).name, "mute[1]");
  EXPECT_FALSE(config.mutes.at(1).daily_start_minute.has_value());
}

TEST(MutesTest, FaultsSayWhatIsWrong) {
  EXPECT_THAT(Faults("mute: [{name: a}]"),
              ElementsAre("SWARMBELL_CONFIG_YAML:1: mute[0]: has no match; {} mutes every change"));
  EXPECT_THAT(Faults("mute: [{match: {}, start: tomorrow}]"),
              ElementsAre("SWARMBELL_CONFIG_YAML:1: mute[0].start: \"tomorrow\" is not a time (for example "
                          "2026-08-01T22:00:00Z)"));
  EXPECT_THAT(Faults("mute: [{match: {}, start: '2026-08-01T22:00:00Z', end: '2026-08-01T22:00:00Z'}]"),
              ElementsAre("SWARMBELL_CONFIG_YAML:1: mute[0].end: is not after start"));
  EXPECT_THAT(
      Faults("mute: [{match: {}, days: [sat, snu]}]"),
      ElementsAre("SWARMBELL_CONFIG_YAML:1: mute[0].days: \"snu\" is no day (sun, mon, tue, wed, thu, fri, "
                  "sat); did you mean \"sun\"?"));
  for (const char* daily : {"22-6", "22:00", "25:00-26:00", "10:00-10:00", "22:60-23:00", "24:00-01:00",
                            "aa:bb-cc:dd", "22:00_23:00", "-1:00-02:00"}) {
    EXPECT_THAT(Faults(absl::StrCat("mute: [{match: {}, daily: '", daily, "'}]")),
                ElementsAre(absl::StrCat("SWARMBELL_CONFIG_YAML:1: mute[0].daily: \"", daily,
                                         "\" is not a time of day (for example 22:00-06:00)")));
  }
}

// True if the mute's zone is `hours` ahead of UTC in summer.
bool IsAhead(const MuteConfig& mute, int hours) {
  return mute.time_zone.At(absl::FromUnixSeconds(1785542400)).offset == hours * 3600;
}

TEST(MutesTest, TimeZonesAreReadByTheirNames) {
  EXPECT_TRUE(IsAhead(Loaded("mute: [{match: {}, time_zone: Europe/Berlin}]").config.mutes.at(0), 2));
  EXPECT_TRUE(IsAhead(Loaded("mute: [{match: {}, time_zone: UTC}]").config.mutes.at(0), 0));
  EXPECT_TRUE(IsAhead(Loaded("mute: [{match: {}}]").config.mutes.at(0), 0));
}

TEST(MutesTest, AnUnknownTimeZoneIsAFaultWithTheNearestName) {
  const std::string known =
      " is no time zone that this system knows (for example Europe/Berlin, from the package tzdata)";
  EXPECT_THAT(Faults("mute: [{match: {}, time_zone: Europe/Berlim}]"),
              ElementsAre(absl::StrCat("SWARMBELL_CONFIG_YAML:1: mute[0].time_zone: \"Europe/Berlim\"", known,
                                       "; did you mean \"Europe/Berlin\"?")));
  // No path of a file, and nothing that a person may type makes it slow.
  for (const char* name : {"/usr/share/zoneinfo/Europe/Berlin", "file:/etc/localtime",
                           "../zoneinfo/Europe/Berlin", "libc:localtime", "Europe", "CEST+2"}) {
    EXPECT_THAT(Faults(absl::StrCat("mute: [{match: {}, time_zone: '", name, "'}]")),
                ElementsAre(testing::HasSubstr("is no time zone that this system knows")));
  }
  EXPECT_THAT(Faults(absl::StrCat("mute: [{match: {}, time_zone: ", std::string(100'000, 'E'), "}]")),
              ElementsAre(testing::HasSubstr("is no time zone that this system knows")));
}

TEST(LinksTest, AreReadAndChecked) {
  const NotifierConfig config =
      Loaded("links: [{title: Logs, kind: service, url: 'https://l.example/{stack}/{name}'}]").config;
  EXPECT_EQ(config.links.at(0).title, "Logs");
  EXPECT_EQ(config.links.at(0).kind, "service");
  EXPECT_EQ(config.links.at(0).url, "https://l.example/{stack}/{name}");
  EXPECT_THAT(
      Faults("links: [{title: a, kind: servce, url: 'javascript:x'}]"),
      ElementsAre("SWARMBELL_CONFIG_YAML:1: links[0].kind: \"servce\" is none of node, service, task, "
                  "container; did you mean \"service\"?",
                  "SWARMBELL_CONFIG_YAML:1: links[0].url: must begin with https:// or http://"));
  EXPECT_THAT(
      Faults("links: [{kind: node, url: 'https://x/{nam}'}]"),
      ElementsAre(
          "SWARMBELL_CONFIG_YAML:1: links[0]: has no title",
          "SWARMBELL_CONFIG_YAML:1: links[0].url: unknown placeholder {nam} (there are {id} {name} "
          "{stack} {cluster} {revision} {node} {time} {change_id} {label:NAME}); did you mean \"name\"?"));
  EXPECT_THAT(
      Faults("links: [{title: a, kind: node, url: 'https://x/{label:}/{lable:team}/{label:team}/{b:c}'}]"),
      ElementsAre("SWARMBELL_CONFIG_YAML:1: links[0].url: the placeholder {label:} lacks the name of a "
                  "label, as in {label:com.example.team}",
                  "SWARMBELL_CONFIG_YAML:1: links[0].url: unknown placeholder {lable:team}; did you mean "
                  "\"label:team\"?"));
  EXPECT_THAT(Faults("links: [{title: a}]"),
              ElementsAre("SWARMBELL_CONFIG_YAML:1: links[0]: has no kind (node, service, task, container)",
                          "SWARMBELL_CONFIG_YAML:1: links[0]: has no url"));
}

}  // namespace
}  // namespace swarmbell
