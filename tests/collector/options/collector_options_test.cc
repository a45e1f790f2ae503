#include "collector/options/collector_options.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "tests/fakes/scratch_file.h"

namespace swarmbell {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;

using Variables = std::map<std::string, std::string>;

SettingsInput Input(const std::string& yaml, Variables variables) {
  SettingsInput input;
  input.environment = std::move(variables);
  if (!yaml.empty()) input.environment["SWARMBELL_CONFIG_YAML"] = yaml;
  return input;
}

LoadedCollectorOptions Loaded(const std::string& yaml, Variables variables = {}) {
  const auto loaded = LoadCollectorOptions(Input(yaml, std::move(variables)));
  EXPECT_TRUE(loaded.ok()) << std::string(loaded.status().message());
  return loaded.ok() ? *loaded : LoadedCollectorOptions{};
}

std::vector<std::string> Faults(const std::string& yaml, Variables variables = {}) {
  const auto loaded = LoadCollectorOptions(Input(yaml, std::move(variables)));
  if (loaded.ok()) return {};
  EXPECT_EQ(loaded.status().code(), absl::StatusCode::kInvalidArgument);
  return absl::StrSplit(std::string(loaded.status().message()), '\n');
}

void ExpectEqual(const CollectorOptions& a, const CollectorOptions& b) {
  EXPECT_EQ(a.docker.host, b.docker.host);
  EXPECT_EQ(a.docker.api_version, b.docker.api_version);
  EXPECT_EQ(a.docker.cert_path, b.docker.cert_path);
  EXPECT_EQ(a.docker.tls_verify, b.docker.tls_verify);
  EXPECT_EQ(a.poll.interval, b.poll.interval);
  EXPECT_EQ(a.poll.events, b.poll.events);
  EXPECT_EQ(a.poll.debounce, b.poll.debounce);
  EXPECT_EQ(a.poll.max_engine_load, b.poll.max_engine_load);
  EXPECT_EQ(a.poll.stale_after, b.poll.stale_after);
  EXPECT_EQ(a.poll.containers, b.poll.containers);
  EXPECT_EQ(a.poll.cluster_name, b.poll.cluster_name);
  EXPECT_EQ(a.poll.hold_times.degraded_after, b.poll.hold_times.degraded_after);
  EXPECT_EQ(a.poll.hold_times.update_stalled_after, b.poll.hold_times.update_stalled_after);
  EXPECT_EQ(a.poll.hold_times.first_start_after, b.poll.hold_times.first_start_after);
  EXPECT_EQ(a.poll.hold_times.container_calm_after, b.poll.hold_times.container_calm_after);
  EXPECT_EQ(a.poll.hold_times.container_dead_after, b.poll.hold_times.container_dead_after);
  EXPECT_EQ(a.poll.masking.names, b.poll.masking.names);
  EXPECT_EQ(a.poll.ignored_labels, b.poll.ignored_labels);
  EXPECT_EQ(a.changelog.max_events, b.changelog.max_events);
  EXPECT_EQ(a.changelog.max_bytes, b.changelog.max_bytes);
  EXPECT_EQ(a.stream.max_subscribers, b.stream.max_subscribers);
  EXPECT_EQ(a.stream.progress_interval, b.stream.progress_interval);
  EXPECT_EQ(a.listen, b.listen);
  EXPECT_EQ(a.metrics_listen, b.metrics_listen);
  EXPECT_EQ(a.tls.cert_file, b.tls.cert_file);
  EXPECT_EQ(a.log_level, b.log_level);
  EXPECT_EQ(a.log_format, b.log_format);
}

// The defaults of the table and those of the struct are written down twice; they must not drift apart.
TEST(CollectorOptionsTest, NothingGivenMeansTheDefaultsOfTheStruct) {
  const LoadedCollectorOptions loaded = Loaded("");
  ExpectEqual(loaded.options, CollectorOptions{});
  EXPECT_TRUE(loaded.options.auth_token.empty());
}

TEST(CollectorOptionsTest, EveryDocumentedVariableWorks) {
  const ScratchFile pem("pem", "x");
  const LoadedCollectorOptions loaded = Loaded("", {{"SWARMBELL_DOCKER_HOST", "tcp://proxy:2375"},
                                                    {"SWARMBELL_POLL_INTERVAL", "5s"},
                                                    {"SWARMBELL_POLL_EVENTS", "false"},
                                                    {"SWARMBELL_CLUSTER_NAME", "prod"},
                                                    {"SWARMBELL_LISTEN", "127.0.0.1:0"},
                                                    {"SWARMBELL_METRICS_LISTEN", "off"},
                                                    {"SWARMBELL_REDIS_KEY_PREFIX", "p:"},
                                                    {"SWARMBELL_TLS_CERT", pem.Path()},
                                                    {"SWARMBELL_TLS_KEY", pem.Path()},
                                                    {"SWARMBELL_TLS_CLIENT_CA", pem.Path()},
                                                    {"SWARMBELL_AUTH_TOKEN", "t0ken"},
                                                    {"SWARMBELL_LOG_LEVEL", "debug"},
                                                    {"SWARMBELL_LOG_FORMAT", "json"}});
  const CollectorOptions& options = loaded.options;
  EXPECT_EQ(options.docker.host, "tcp://proxy:2375");
  EXPECT_EQ(options.poll.interval, absl::Seconds(5));
  EXPECT_FALSE(options.poll.events);
  EXPECT_EQ(options.poll.cluster_name, "prod");
  EXPECT_EQ(options.listen, "127.0.0.1:0");
  EXPECT_EQ(options.metrics_listen, "off");
  EXPECT_EQ(options.tls.cert_file, pem.Path());
  EXPECT_EQ(options.tls.key_file, pem.Path());
  EXPECT_EQ(options.tls.client_ca_file, pem.Path());
  EXPECT_TRUE(options.tls.Enabled());
  EXPECT_EQ(options.auth_token.Reveal(), "t0ken");
  EXPECT_EQ(options.log_level, "debug");
  EXPECT_EQ(options.log_format, "json");
  EXPECT_THAT(loaded.warnings, IsEmpty());
}

constexpr char kEverything[] = R"(
docker: {host: 'https://e:2376', api_version: '1.41', cert_path: /certs, tls_verify: true}
poll: {interval: 1s, events: no, debounce: 1ms, max_engine_load: 7, stale_after: 1m30s, containers: false}
cluster: {name: 'a: b'}
degraded_after: 2m
update_stalled_after: 7m
first_start_after: 6m
containers: {calm_after: 3m, dead_after: 4m}
mask: {names: ['*_DSN', LICENSE]}
ignore: {labels: ['deploy.*', build-no]}
changelog: {max_events: 5, max_bytes: 2000000}
stream: {max_subscribers: 6, progress_interval: 7s}
listen: '[::]:1'
metrics: {listen: 'localhost:2'}
log: {level: warn, format: json}
)";

TEST(CollectorOptionsTest, EverySettingHasItsYamlKey) {
  const CollectorOptions options = Loaded(kEverything).options;
  EXPECT_EQ(options.docker.host, "https://e:2376");
  EXPECT_EQ(options.docker.api_version, "1.41");
  EXPECT_EQ(options.docker.cert_path, "/certs");
  EXPECT_TRUE(options.docker.tls_verify);
  EXPECT_EQ(options.poll.interval, absl::Seconds(1));
  EXPECT_FALSE(options.poll.events);
  EXPECT_EQ(options.poll.debounce, absl::Milliseconds(1));
  EXPECT_EQ(options.poll.max_engine_load, 7);
  EXPECT_EQ(options.poll.stale_after, absl::Seconds(90));
  EXPECT_FALSE(options.poll.containers);
  EXPECT_EQ(options.poll.cluster_name, "a: b");
  EXPECT_EQ(options.poll.hold_times.degraded_after, absl::Minutes(2));
  EXPECT_EQ(options.poll.hold_times.update_stalled_after, absl::Minutes(7));
  EXPECT_EQ(options.poll.hold_times.first_start_after, absl::Minutes(6));
  EXPECT_EQ(options.poll.hold_times.container_calm_after, absl::Minutes(3));
  EXPECT_EQ(options.poll.hold_times.container_dead_after, absl::Minutes(4));
  EXPECT_THAT(options.poll.masking.names, ElementsAre("*_DSN", "LICENSE"));
  EXPECT_THAT(options.poll.ignored_labels, ElementsAre("deploy.*", "build-no"));
  EXPECT_EQ(options.changelog.max_events, 5U);
  EXPECT_EQ(options.changelog.max_bytes, 2'000'000U);
  EXPECT_EQ(options.stream.max_subscribers, 6U);
  EXPECT_EQ(options.stream.progress_interval, absl::Seconds(7));
  EXPECT_EQ(options.listen, "[::]:1");
  EXPECT_EQ(options.metrics_listen, "localhost:2");
}

TEST(CollectorOptionsTest, WhatIsPrintedLoadsAgainAndMeansTheSame) {
  for (const std::string yaml : {"", kEverything}) {
    const LoadedCollectorOptions first = Loaded(yaml);
    const LoadedCollectorOptions second = Loaded(first.printed);
    ExpectEqual(second.options, first.options);
    EXPECT_EQ(Loaded(second.printed).printed, second.printed);
  }
}

TEST(CollectorOptionsTest, IgnoredLabelsAreNamesWithoutValues) {
  EXPECT_THAT(Loaded("", {{"SWARMBELL_IGNORE_LABELS", "cd.*, io.acme/build"}}).options.poll.ignored_labels,
              ElementsAre("cd.*", "io.acme/build"));
  for (const char* bad : {"cd.stamp=*", "two words"}) {
    EXPECT_THAT(Faults(absl::StrCat("ignore: {labels: [", bad, "]}")),
                ElementsAre(AllOf(HasSubstr("ignore.labels"), HasSubstr("is no name of a label"))))
        << bad;
  }
}

TEST(CollectorOptionsTest, NoSecretIsPrinted) {
  const LoadedCollectorOptions loaded = Loaded("", {{"SWARMBELL_AUTH_TOKEN", "s3cr3t"}});
  EXPECT_THAT(loaded.printed, Not(HasSubstr("s3cr3t")));
  EXPECT_THAT(loaded.printed, HasSubstr("token: \"••••\"  # environment SWARMBELL_AUTH_TOKEN\n"));
}

TEST(CollectorOptionsTest, ServingANetworkInPlaintextIsWarnedOfUnlessItIsSaidToBeMeant) {
  EXPECT_THAT(Loaded("").warnings,
              ElementsAre(AllOf(HasSubstr("unencrypted, to whoever can reach 0.0.0.0:50051"),
                                HasSubstr("tls.cert"), HasSubstr("tls.plaintext"))));
  EXPECT_THAT(Loaded("auth: {token: t}").warnings,
              ElementsAre(HasSubstr("changes of the swarm and auth.token are sent unencrypted")));
  for (const char* fine :
       {"listen: 127.0.0.1:1", "listen: 'localhost:1'", "listen: '[::1]:1'", "tls: {plaintext: true}"}) {
    EXPECT_THAT(Loaded(fine).warnings, IsEmpty()) << fine;
  }
  EXPECT_THAT(Loaded("listen: '[::]:1'").warnings, SizeIs(1));
}

TEST(CollectorOptionsTest, ClientNamesNeedAnAuthorityThatVouchesForThem) {
  EXPECT_THAT(Faults("tls: {client_names: [notifier]}"), ElementsAre(HasSubstr("needs tls.client_ca")));
}

TEST(CollectorOptionsTest, TheTokensFileIsKnown) {
  const ScratchFile file("token", "s3cr3t\n");
  EXPECT_EQ(Loaded("", {{"SWARMBELL_AUTH_TOKEN_FILE", file.Path()}}).options.auth_token_file, file.Path());
  EXPECT_EQ(Loaded("auth: {token_file: '" + file.Path() + "'}").options.auth_token_file, file.Path());
  EXPECT_EQ(Loaded("auth: {token: t}").options.auth_token_file, "");
}

TEST(CollectorOptionsTest, DockersOwnVariablesAreUnderstood) {
  const CollectorOptions options = Loaded("", {{"DOCKER_HOST", "tcp://e:2376"},
                                               {"DOCKER_TLS_VERIFY", "1"},
                                               {"DOCKER_CERT_PATH", "/certs"},
                                               {"DOCKER_API_VERSION", "1.40"}})
                                       .options;
  EXPECT_EQ(options.docker.host, "tcp://e:2376");
  EXPECT_TRUE(options.docker.tls_verify);
  EXPECT_EQ(options.docker.cert_path, "/certs");
  EXPECT_EQ(options.docker.api_version, "1.40");
  EXPECT_EQ(
      Loaded("", {{"DOCKER_HOST", "tcp://e:1"}, {"SWARMBELL_DOCKER_HOST", "tcp://f:2"}}).options.docker.host,
      "tcp://f:2");
}

TEST(CollectorOptionsTest, AnEngineTakesNoCredentialsInItsAddress) {
  for (const char* host : {"tcp://user:s3cr3t@e:2376", "https://s3cr3t@e:2376"}) {
    EXPECT_THAT(
        Faults("", {{"SWARMBELL_DOCKER_HOST", host}}),
        ElementsAre("environment: SWARMBELL_DOCKER_HOST: holds credentials, which no engine asks for; "
                    "docker.cert_path is for TLS"));
  }
  EXPECT_THAT(Faults("", {{"DOCKER_HOST", "unix:///run/a@b.sock"}}), IsEmpty());
}

TEST(CollectorOptionsTest, AnEngineMustBeReachable) {
  EXPECT_THAT(
      Faults("", {{"DOCKER_HOST", "ssh://me@host"}}),
      ElementsAre("environment: DOCKER_HOST: \"ssh://…\" is not reached over ssh; mount the socket or use "
                  "tcp:// with TLS"));
  for (const char* host : {"/var/run/docker.sock", "unix://", "npipe:////./pipe/docker_engine"}) {
    EXPECT_THAT(Faults(absl::StrCat("docker: {host: '", host, "'}")),
                ElementsAre(HasSubstr("is no address of an engine; write unix:///path, tcp://host:port or "
                                      "https://host:port")));
  }
  for (const char* version : {"1", "v1.41", "1.", ".4", "1.2.3", "1.x"}) {
    EXPECT_THAT(Faults(absl::StrCat("docker: {api_version: '", version, "'}")),
                ElementsAre(absl::StrCat("SWARMBELL_CONFIG_YAML:1: docker.api_version: \"", version,
                                         "\" is no API version (for example 1.41)")));
  }
}

TEST(CollectorOptionsTest, IntervalsAreBounded) {
  EXPECT_THAT(Faults("poll: {interval: 99ms}"),
              ElementsAre("SWARMBELL_CONFIG_YAML:1: poll.interval: \"99ms\" is too short; at least 100ms"));
  EXPECT_THAT(
      Faults("poll: {interval: 1m, stale_after: 30s}"),
      ElementsAre("SWARMBELL_CONFIG_YAML:1: poll.stale_after: must be longer than poll.interval (1m), or 0"));
}

TEST(CollectorOptionsTest, TlsNeedsAllItsFiles) {
  const ScratchFile pem("pem", "x");
  EXPECT_THAT(Faults("", {{"SWARMBELL_TLS_KEY", pem.Path()}}),
              ElementsAre("environment: SWARMBELL_TLS_KEY: needs tls.cert (SWARMBELL_TLS_CERT) too"));
  EXPECT_THAT(Faults("", {{"SWARMBELL_TLS_CLIENT_CA", pem.Path()}}),
              ElementsAre("environment: SWARMBELL_TLS_CLIENT_CA: needs tls.cert and tls.key too"));
}

TEST(CollectorOptionsTest, StateIsInMemoryUnlessThereIsARedis) {
  EXPECT_FALSE(LoadCollectorOptions({})->options.redis);
  SettingsInput input;
  input.environment = {{"SWARMBELL_REDIS_URL", "redis://:s3cr3t@h/1"}};
  const auto loaded = LoadCollectorOptions(input);
  ASSERT_TRUE(loaded.ok()) << loaded.status();
  EXPECT_EQ(loaded->options.redis->redis.address.Shown(), "redis://h:6379/1");
  EXPECT_EQ(loaded->printed.find("s3cr3t"), std::string::npos);
}

TEST(CollectorOptionsTest, WrongRedisUrlIsReportedWithoutItsPassword) {
  EXPECT_THAT(
      Faults("", {{"SWARMBELL_REDIS_URL", "redis://:s3cr3t@h:port"}}),
      ElementsAre(AllOf(HasSubstr("environment: SWARMBELL_REDIS_URL: its port"), Not(HasSubstr("s3cr3t")))));
}

TEST(CollectorOptionsTest, TheNotifiersSettingsAreNotTheCollectors) {
  EXPECT_THAT(Faults("slack: {webhook_url_file: /x}\nreceivers: []\ngrouping: 1\n",
                     {{"SWARMBELL_SLACK_WEBHOOK_URL", "https://x/s3cr3t"}}),
              ElementsAre("environment: SWARMBELL_SLACK_WEBHOOK_URL is a setting of the notifier; give it "
                          "to that program alone",
                          "SWARMBELL_CONFIG_YAML:1: \"slack.webhook_url_file\" is a setting of the "
                          "notifier; give it to that program alone",
                          "SWARMBELL_CONFIG_YAML:2: \"receivers\" is a setting of the notifier; give it to "
                          "that program alone",
                          "SWARMBELL_CONFIG_YAML:3: \"grouping\" is a setting of the notifier; give it to "
                          "that program alone"));
}

}  // namespace
}  // namespace swarmbell
