#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "common/settings/help.h"
#include "tests/common/settings/table.h"

namespace swarmbell {
namespace {

using Json = nlohmann::json;

// tests/checks/schemas.mjs holds the schemas of both programs against good and bad files.
TEST(SchemaTest, DescribesEverySetting) {
  const Json schema = Json::parse(SettingsSchema("swarmbell-test", TestTable()));
  EXPECT_EQ(schema["$schema"], "https://json-schema.org/draft/2020-12/schema");
  EXPECT_EQ(schema["additionalProperties"], false);
  const Json& interval = schema["properties"]["poll"]["properties"]["interval"];
  EXPECT_EQ(interval["$ref"], "#/$defs/duration");
  EXPECT_EQ(interval["default"], "10s");
  EXPECT_EQ(interval["description"], "Time between reads. Environment: SWARMBELL_POLL_INTERVAL.");
  EXPECT_EQ(schema["properties"]["poll"]["additionalProperties"], false);
  const Json& size = schema["properties"]["size"];
  EXPECT_EQ(size["minimum"], 1);
  EXPECT_EQ(size["maximum"], 9);
  EXPECT_EQ(size["default"], 5);
  EXPECT_EQ(schema["properties"]["log"]["properties"]["level"]["enum"], Json({"debug", "info", "warn"}));
}

TEST(SchemaTest, ASecretMayBeInAFileAndIsGivenOnce) {
  const Json schema = Json::parse(SettingsSchema("swarmbell-test", TestTable()));
  const Json& auth = schema["properties"]["auth"];
  EXPECT_TRUE(auth["properties"].contains("token_file"));
  EXPECT_EQ(auth["allOf"][0]["not"]["required"][1], "token_file");
}

TEST(SchemaTest, KeysOfRecordsAreHeldToTheirWords) {
  std::string name;
  std::vector<std::string> days;
  SettingsTable keys;
  keys.Add(&name, "name", "Any.", {.required = "has no name"});
  keys.Add(&days, "days", "When.", {.choices = {"sat", "sun", "mon"}});
  YamlNode mutes;
  SettingsTable table;
  table.Add(&mutes, "mute", "Mutes.", {.reloads = true, .keys = keys.Rows()});
  const Json schema = Json::parse(SettingsSchema("swarmbell-test", table.Rows()));
  const Json& mute = schema["properties"]["mute"];
  EXPECT_EQ(mute["description"], "Mutes. Reloaded on SIGHUP. Environment: SWARMBELL_MUTE.");
  EXPECT_EQ(mute["items"]["required"], Json::array({"name"}));
  EXPECT_EQ(mute["items"]["additionalProperties"], false);
  EXPECT_EQ(mute["items"]["properties"]["days"]["anyOf"][1]["items"]["enum"], Json({"sat", "sun", "mon"}));
}

}  // namespace
}  // namespace swarmbell
