#include "notifier/config/load.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "common/redis/redis_options.h"
#include "notifier/config/readers.h"
#include "tests/fakes/scratch_file.h"
#include "tests/notifier/config/loading.h"

namespace swarmbell {
namespace {

using testing::AllOf;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;

constexpr char kSlackUrl[] = "https://slack.example/services/T0/B0/s3cr3t";
constexpr char kTeamsUrl[] =
    "https://x.environment.api.powerplatform.com:443/workflows/s3cr3t/triggers/manual/paths/invoke?"
    "sig=s3cr3t-s3cr3t-s3cr3t-s3cr3t";

TEST(LoadTest, NothingGivenIsAWorkingConfiguration) {
  const NotifierConfig config = Loaded("").config;
  EXPECT_THAT(config.collectors, ElementsAre("localhost:50051"));
  ASSERT_THAT(config.receivers, SizeIs(1));
  EXPECT_EQ(config.receivers[0].name, "console");
  EXPECT_EQ(config.receivers[0].type, ReceiverType::kConsole);
  EXPECT_EQ(config.rules.size(), BuiltInRules().size());
  EXPECT_THAT(config.colors, IsEmpty());
  EXPECT_EQ(config.grouping.window, absl::Milliseconds(500));
  EXPECT_EQ(config.grouping.digest_over, 5);
  EXPECT_EQ(config.crash_loop.failures, 3);
  EXPECT_EQ(config.crash_loop.window, absl::Minutes(5));
  EXPECT_EQ(config.crash_loop.calm, absl::Minutes(2));
  EXPECT_EQ(config.delivery.timeout, absl::Seconds(10));
  EXPECT_EQ(config.delivery.give_up_after, absl::Hours(4));
  EXPECT_EQ(config.delivery.queue_size, 1000);
  EXPECT_EQ(config.feed_disconnected_after, absl::Seconds(60));
  EXPECT_EQ(config.listen, "0.0.0.0:50052");
  EXPECT_EQ(config.metrics_listen, "0.0.0.0:9465");
  EXPECT_FALSE(config.tls.Enabled());
  EXPECT_EQ(config.auth_token, "");
  EXPECT_EQ(config.log_level, "info");
  EXPECT_EQ(config.log_format, "text");
}

TEST(LoadTest, TheEffectIsWhoIsFollowedAndWhereAlertsGo) {
  EXPECT_EQ(Loaded("").effect,
            "Follows localhost:50051. Alerts go to standard output alone: no chat is set, such as "
            "slack.webhook_url.");
  EXPECT_EQ(Loaded("collectors: [a:1, b:2]\nreceivers:\n- {name: ops, type: console}\n- {name: team-a, type: "
                   "slack, url: '" +
                       std::string(kSlackUrl) + "'}",
                   {{"SWARMBELL_TEAMS_WEBHOOK_URL", kTeamsUrl}})
                .effect,
            "Follows a:1, b:2. Alerts go to ops (console), team-a (slack), teams.");
}

// As the stacks have it, for a chat that one does not have.
TEST(LoadTest, AnEmptySecretIsAChatThatIsNotThere) {
  const ScratchFile none("webhook", "\n");
  const NotifierConfig config = Loaded("", {{"SWARMBELL_SLACK_WEBHOOK_URL", kSlackUrl},
                                            {"SWARMBELL_TEAMS_WEBHOOK_URL_FILE", none.Path()}})
                                    .config;
  ASSERT_THAT(config.receivers, SizeIs(1));
  EXPECT_EQ(config.receivers[0].name, "slack");
}

TEST(LoadTest, EveryDocumentedVariableWorks) {
  const ScratchFile pem("pem", "x");
  const LoadedNotifierConfig loaded = Loaded("", {{"SWARMBELL_COLLECTORS", "a:1, dns:///b:2"},
                                                  {"SWARMBELL_SLACK_WEBHOOK_URL", kSlackUrl},
                                                  {"SWARMBELL_TEAMS_WEBHOOK_URL", kTeamsUrl},
                                                  {"SWARMBELL_COLORS", "red,yellow"},
                                                  {"SWARMBELL_ALERTS_DISABLED", "mode-changed,node-ready"},
                                                  {"SWARMBELL_LISTEN", "127.0.0.1:1"},
                                                  {"SWARMBELL_METRICS_LISTEN", "off"},
                                                  {"SWARMBELL_REDIS_KEY_PREFIX", "p:"},
                                                  {"SWARMBELL_TLS_CERT", pem.Path()},
                                                  {"SWARMBELL_TLS_KEY", pem.Path()},
                                                  {"SWARMBELL_TLS_CA", pem.Path()},
                                                  {"SWARMBELL_AUTH_TOKEN", "t0ken"},
                                                  {"SWARMBELL_LOG_LEVEL", "debug"},
                                                  {"SWARMBELL_LOG_FORMAT", "json"}});
  const NotifierConfig& config = loaded.config;
  EXPECT_THAT(config.collectors, ElementsAre("a:1", "dns:///b:2"));
  ASSERT_THAT(config.receivers, SizeIs(2));
  EXPECT_EQ(config.receivers[0].name, "slack");
  EXPECT_EQ(config.receivers[0].type, ReceiverType::kSlack);
  EXPECT_EQ(config.receivers[0].url, kSlackUrl);
  EXPECT_EQ(config.receivers[1].name, "teams");
  EXPECT_EQ(config.receivers[1].type, ReceiverType::kTeams);
  EXPECT_EQ(config.receivers[1].url, kTeamsUrl);
  EXPECT_THAT(config.colors, ElementsAre(Color::kRed, Color::kYellow));
  for (const RuleConfig& rule : config.rules) {
    EXPECT_EQ(rule.enabled, rule.name != "mode-changed" && rule.name != "node-ready") << rule.name;
  }
  EXPECT_EQ(config.listen, "127.0.0.1:1");
  EXPECT_EQ(config.metrics_listen, "off");
  EXPECT_EQ(config.tls.cert_file, pem.Path());
  EXPECT_EQ(config.tls.key_file, pem.Path());
  EXPECT_EQ(config.tls.ca_file, pem.Path());
  EXPECT_EQ(config.auth_token, "t0ken");
  EXPECT_EQ(config.log_level, "debug");
  EXPECT_EQ(config.log_format, "json");
  EXPECT_THAT(loaded.warnings, IsEmpty());
}

TEST(LoadTest, EverySettingHasItsYamlKey) {
  const NotifierConfig config = Loaded(R"(
grouping: {window: 1s, digest_over: 9}
crash_loop: {failures: 4, window: 10m, calm: 3m}
delivery: {timeout: 5s, give_up_after: 1h, queue_size: 7}
feed: {disconnected_after: 90s}
collectors: [a:1]
)")
                                    .config;
  EXPECT_EQ(config.grouping.window, absl::Seconds(1));
  EXPECT_EQ(config.grouping.digest_over, 9);
  EXPECT_EQ(config.crash_loop.failures, 4);
  EXPECT_EQ(config.crash_loop.window, absl::Minutes(10));
  EXPECT_EQ(config.crash_loop.calm, absl::Minutes(3));
  EXPECT_EQ(config.delivery.timeout, absl::Seconds(5));
  EXPECT_EQ(config.delivery.give_up_after, absl::Hours(1));
  EXPECT_EQ(config.delivery.queue_size, 7);
  EXPECT_EQ(config.feed_disconnected_after, absl::Seconds(90));
  EXPECT_THAT(config.collectors, ElementsAre("a:1"));
}

TEST(LoadTest, WithoutATokenTheTimelineIsForThisMachine) {
  EXPECT_FALSE(Loaded("").config.HasPage());
  EXPECT_FALSE(Loaded("web: {listen: 'off'}").config.HasPage());
  EXPECT_TRUE(Loaded("web: {listen: '127.0.0.1:8080'}").config.HasPage());
  EXPECT_TRUE(Loaded("web: {listen: '[::1]:8080'}").config.HasPage());
  for (const char* listen : {"0.0.0.0:8080", "bell.example.com:8080", "[::]:8080"}) {
    EXPECT_THAT(Faults(absl::StrCat("web: {listen: '", listen, "'}")),
                ElementsAre(HasSubstr("needs auth.token")))
        << listen;
  }
  const auto loaded =
      Loaded("{web: {listen: '0.0.0.0:8080'}, auth: {token: t}, collectors: ['localhost:1']}");
  EXPECT_THAT(loaded.warnings, ElementsAre(HasSubstr("The timeline on 0.0.0.0:8080 is http")));
}

TEST(LoadTest, TheExternalUrlIsALinkOfRedCards) {
  const NotifierConfig config = Loaded("web: {external_url: 'https://bell.example.com/timeline/'}").config;
  ASSERT_THAT(config.links, SizeIs(1));
  EXPECT_EQ(config.links[0].kind, kRedCards);
  EXPECT_EQ(config.links[0].url, "https://bell.example.com/timeline/?row={change_id}");
  for (const char* url :
       {"bell.example.com", "javascript:x", "https://a/?q=1", "https://a/{id}", "https://a/#b"}) {
    EXPECT_THAT(Faults(absl::StrCat("web: {external_url: '", url, "'}")),
                ElementsAre(HasSubstr("must begin with")))
        << url;
  }
}

TEST(LoadTest, SecretsMayComeFromFiles) {
  const ScratchFile url("url", absl::StrCat(kSlackUrl, "\n"));
  EXPECT_EQ(Loaded("", {{"SWARMBELL_SLACK_WEBHOOK_URL_FILE", url.Path()}}).config.receivers[0].url,
            kSlackUrl);
  EXPECT_EQ(Loaded(absl::StrCat("slack: {webhook_url_file: '", url.Path(), "'}")).config.receivers[0].url,
            kSlackUrl);
}

TEST(LoadTest, RedisIsReadAndItsPasswordNeverTold) {
  const auto loaded = LoadNotifierConfig(
      {"", {{"SWARMBELL_REDIS_URL", "redis://:pssst@redis:6379/2"}, {"SWARMBELL_REDIS_KEY_PREFIX", "p:"}}});
  ASSERT_TRUE(loaded.ok()) << loaded.status();
  ASSERT_NE(loaded->config.redis, nullptr);
  EXPECT_EQ(loaded->config.redis->key_prefix, "p:");
  EXPECT_THAT(loaded->printed, Not(HasSubstr("pssst")));
  EXPECT_THAT(Faults("", {{"SWARMBELL_REDIS_URL", "http://:pssst@redis"}}),
              ElementsAre(Not(HasSubstr("pssst"))));
}

TEST(LoadTest, TheSubscriptionHasANameThatCollectorsTake) {
  const auto loaded = LoadNotifierConfig({"", {{"SWARMBELL_SUBSCRIPTION", "team-a"}}});
  ASSERT_TRUE(loaded.ok()) << loaded.status();
  EXPECT_EQ(loaded->config.subscription, "team-a");
  EXPECT_THAT(Faults("", {{"SWARMBELL_SUBSCRIPTION", std::string(65, 'x')}}), SizeIs(1));
}

TEST(LoadTest, ColoursAndBuiltInNamesMustBeKnown) {
  EXPECT_THAT(
      Faults("", {{"SWARMBELL_COLORS", "red,yelow"}}),
      ElementsAre("environment: SWARMBELL_COLORS: \"yelow\" is no colour (black, green, yellow, blue, red); "
                  "did you mean \"yellow\"?"));
  EXPECT_THAT(
      Faults("alerts: {disabled: [node-raedy]}"),
      ElementsAre("SWARMBELL_CONFIG_YAML:1: alerts.disabled: there is no built-in rule \"node-raedy\"; did "
                  "you mean \"node-ready\"?"));
}

TEST(LoadTest, AddressesAreChecked) {
  EXPECT_THAT(Faults("collectors: 'http://a:1'"),
              ElementsAre("SWARMBELL_CONFIG_YAML:1: collectors: \"http://…\" is no gRPC target (for example "
                          "collector:50051 or dns:///collector:50051)"));
  EXPECT_THAT(Faults("collectors: []"),
              ElementsAre("SWARMBELL_CONFIG_YAML:1: collectors: names no collector"));
  EXPECT_THAT(
      Faults("listen: x\nmetrics: {listen: y}"),
      ElementsAre("SWARMBELL_CONFIG_YAML:1: listen: \"x\" is no address to listen on (for example "
                  "0.0.0.0:50052)",
                  "SWARMBELL_CONFIG_YAML:2: metrics.listen: \"y\" is no address to listen on (for example "
                  "0.0.0.0:9465), nor off"));
}

TEST(LoadTest, AWrongAddressOfTheTimelineIsOneErrorThatRecommendsALocalOne) {
  EXPECT_THAT(Faults("", {{"SWARMBELL_WEB_LISTEN", "8080"}}),
              ElementsAre("environment: SWARMBELL_WEB_LISTEN: \"8080\" is no address to listen on (for "
                          "example 127.0.0.1:8080), nor off"));
  EXPECT_THAT(Faults("", {{"SWARMBELL_WEB_LISTEN", "0.0.0.0:8080"}}),
              ElementsAre("environment: SWARMBELL_WEB_LISTEN: needs auth.token: without one only an address "
                          "of this machine is allowed, such as 127.0.0.1:8080"));
}

TEST(LoadTest, TlsFilesAreCheckedTogether) {
  const ScratchFile pem("pem", "x");
  EXPECT_THAT(Faults(absl::StrCat("tls: {cert: '", pem.Path(), "'}")),
              ElementsAre("SWARMBELL_CONFIG_YAML:1: tls.cert: needs tls.key (SWARMBELL_TLS_KEY) too"));
  EXPECT_THAT(
      Faults("", {{"SWARMBELL_TLS_CA", "/nowhere/ca.pem"}}),
      ElementsAre("environment: SWARMBELL_TLS_CA: cannot read /nowhere/ca.pem: No such file or directory"));
  const ScratchFile text("text", "-----BEGIN CERTIFICATE-----\nMII\n");
  EXPECT_THAT(Faults("", {{"SWARMBELL_TLS_CA_FILE", text.Path()}}),
              ElementsAre("environment: SWARMBELL_TLS_CA_FILE: holds the PEM text itself; set tls.ca "
                          "(SWARMBELL_TLS_CA) to the name of the file"));
}

TEST(LoadTest, WhatIsPerhapsNotMeantIsAWarning) {
  EXPECT_THAT(Loaded("auth: {token: t}").warnings, IsEmpty());  // to localhost
  const std::string far = "collectors: [localhost:1, far:2]\nauth: {token: t}\n";
  EXPECT_THAT(Loaded(far).warnings, ElementsAre(AllOf(HasSubstr("auth.token is sent unencrypted to far:2: "),
                                                      HasSubstr("tls.ca"))));
  EXPECT_THAT(Loaded(far + "tls: {plaintext: true}").warnings, IsEmpty());
  EXPECT_THAT(Loaded("slack: {webhook_url: 'http://chat.example/hook'}").warnings, SizeIs(1));
  EXPECT_THAT(Loaded("slack: {webhook_url: 'http://127.0.0.1:8080/hook'}").warnings, IsEmpty());
  EXPECT_THAT(
      Loaded("mute: [{name: a, match: {}}, {match: {stopping: no}}]").warnings,
      ElementsAre(
          "The mute \"a\" matches every change: while it is in force no alert is posted; it has no end."));
  EXPECT_THAT(Loaded("mute: [{match: {}, end: '2026-08-01T22:00:00+02:00'}]").warnings,
              ElementsAre(HasSubstr("no alert is posted, until 2026-08-01T20:00:00+00:00.")));
  EXPECT_THAT(Loaded("mute: [{match: {}, daily: '22:00-06:00'}, {match: {}, days: [sun]}]").warnings,
              IsEmpty());
}

TEST(LoadTest, EveryFaultOfEveryPartIsToldTogether) {
  const std::vector<std::string> faults = Faults(R"(pol: {interval: 1s}
colors: [rde]
receivers: [{name: a}]
rules: [{name: r, match: {change: x}, color: red}]
mute: [{}]
links: [{}]
listen: nowhere
)");
  EXPECT_THAT(faults.size(), testing::Ge(8U));
  for (const char* line : {":1: unknown key", ":2: colors", ":3: receivers[0]", ":4: rules[0].match.change",
                           ":5: mute[0]", ":6: links[0]", ":7: listen"}) {
    EXPECT_THAT(faults, Contains(testing::HasSubstr(absl::StrCat("SWARMBELL_CONFIG_YAML", line))));
  }
}

TEST(LoadTest, NoFaultShowsASecret) {
  const std::string url = "ftp://hooks.example/s3cr3t";
  const std::vector<std::string> yamls = {
      absl::StrCat("slack: {webhook_url: '", url, "'}"),
      absl::StrCat("slack: {webhook_urll: '", url, "'}"),
      absl::StrCat("teams: '", url, "'"),
      absl::StrCat("receivers: [{name: a, type: slack, url: '", url, "'}]"),
      absl::StrCat("receivers: [{name: a, type: slack, url: ['", url, "']}]"),
      absl::StrCat("receivers: [{name: a, type: slack, ur: '", url, "'}]"),
      absl::StrCat("receivers: ['", url, "']"),
      absl::StrCat("receivers: [{name: a, type: slack, url_file: '", url, "'}]"),
      "slack: {webhook_url: 'https://a.webhook.office.com/s3cr3t'}",
      "redis: {url: 'http://:s3cr3t@h'}",
  };
  for (const std::string& yaml : yamls) {
    EXPECT_THAT(Faults(yaml), Not(IsEmpty())) << yaml;
    EXPECT_THAT(Faults(yaml), Not(Contains(testing::HasSubstr("s3cr3t")))) << yaml;
  }
}

}  // namespace
}  // namespace swarmbell
