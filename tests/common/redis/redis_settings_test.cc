#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/redis/redis_options.h"

namespace swarmbell {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::optional<RedisStateOptions> Load(std::map<std::string, std::string> environment, Problems& problems) {
  SettingsInput input;
  input.environment = std::move(environment);
  SecretString url;
  RedisStateOptions options;
  SettingsTable table;
  AddRedisSettings(table, url, options);
  const Settings settings = Settings::Load(table, input, problems);
  SettingsChecks checks(table, settings, problems);
  return UseRedis(url, options, checks) ? std::make_optional(options) : std::nullopt;
}

TEST(RedisSettingsTest, NothingWithoutAUrl) {
  Problems problems;
  EXPECT_FALSE(Load({{"SWARMBELL_REDIS_KEY_PREFIX", "x:"}}, problems));
  EXPECT_TRUE(problems.empty());
}

TEST(RedisSettingsTest, ReadsEverySetting) {
  Problems problems;
  const auto options = Load({{"SWARMBELL_REDIS_URL", "redis://:p@h/1"},
                             {"SWARMBELL_REDIS_KEY_PREFIX", "x:"},
                             {"SWARMBELL_REDIS_TIMEOUT", "3s"},
                             {"SWARMBELL_REDIS_START_WAIT", "1s"},
                             {"SWARMBELL_REDIS_EXPIRE_AFTER", "24h"}},
                            problems);
  ASSERT_TRUE(options);
  EXPECT_TRUE(problems.empty());
  EXPECT_EQ(options->redis.address.Shown(), "redis://h:6379/1");
  EXPECT_EQ(options->key_prefix, "x:");
  EXPECT_EQ(options->redis.timeout, absl::Seconds(3));
  EXPECT_EQ(options->start_wait, absl::Seconds(1));
  EXPECT_EQ(options->expire_after, absl::Hours(24));
}

TEST(RedisSettingsTest, DefaultsAreAWeekAndAFewSeconds) {
  Problems problems;
  const auto options = Load({{"SWARMBELL_REDIS_URL", "redis://h"}}, problems);
  ASSERT_TRUE(options);
  EXPECT_EQ(options->key_prefix, "swarmbell:");
  EXPECT_EQ(options->expire_after, absl::Hours(7 * 24));
  EXPECT_EQ(options->start_wait, absl::Seconds(5));
}

TEST(RedisSettingsTest, TellsWhatIsWrong) {
  Problems problems;
  Load({{"SWARMBELL_REDIS_URL", "cache:6379"}, {"SWARMBELL_REDIS_TLS_CA", "/nowhere.pem"}}, problems);
  EXPECT_THAT(problems.Lines(), ElementsAre(HasSubstr("SWARMBELL_REDIS_URL: it does not begin with redis://"),
                                            HasSubstr("SWARMBELL_REDIS_TLS_CA: cannot read /nowhere.pem")));
}

}  // namespace
}  // namespace swarmbell
