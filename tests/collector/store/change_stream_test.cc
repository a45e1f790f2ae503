// The log in Redis as other programs see it, and the result when it is written again.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdio>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <sstream>

#include "tests/collector/store/state_harness.h"

namespace swarmbell {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

constexpr char kChanges[] = "bell:collector:{node1}:changes";

class ChangeStreamTest : public StateHarness {
 protected:
  struct Entry {
    std::uint64_t epoch = 0;
    std::uint64_t sequence = 0;
    std::map<std::string, std::string> fields;
  };

  std::vector<Entry> Read() {
    std::vector<Entry> entries;
    for (const RedisReply& reply : Redis({"XRANGE", kChanges, "-", "+"}).elements) {
      Entry& entry = entries.emplace_back();
      const std::string& id = reply.elements[0].text;
      entry.epoch = std::stoull(id);
      entry.sequence = std::stoull(id.substr(id.find('-') + 1));
      const std::vector<RedisReply>& words = reply.elements[1].elements;
      for (std::size_t i = 0; i + 1 < words.size(); i += 2) entry.fields[words[i].text] = words[i + 1].text;
    }
    return entries;
  }
};

TEST_F(ChangeStreamTest, EachChangeIsAnEntryWithItsJsonAndItsProtobuf) {
  FakeCollector collector(Options());
  collector.Begin();
  collector.Append({"e1", "e2"});
  collector.Append({"e3"});
  collector.Stop();
  const std::vector<Entry> entries = Read();
  ASSERT_EQ(entries.size(), 3u);
  for (std::uint64_t i = 0; i < 3; ++i) {
    const std::string id = "e" + std::to_string(i + 1);
    EXPECT_EQ(entries[i].sequence, i + 1);
    EXPECT_EQ(entries[i].epoch, entries[0].epoch);
    v1::ChangeEvent event;
    ASSERT_TRUE(event.ParseFromString(entries[i].fields.at("proto")));
    EXPECT_EQ(event.event_id(), id);
    EXPECT_EQ(event.sequence(), i + 1);
    const auto json = nlohmann::json::parse(entries[i].fields.at("json"));
    EXPECT_EQ(json["eventId"], id);
    EXPECT_EQ(json["sequence"], std::to_string(i + 1));
  }
  EXPECT_EQ(entries[1].fields.at("batch"), "1");
  EXPECT_EQ(entries[2].fields.at("batch"), "3");
}

// A reader that waits after an identifier of the old log gets the first of the new one.
TEST_F(ChangeStreamTest, IdentifiersGrowAlsoWhenTheLogBeginsAnew) {
  {
    FakeCollector first(Options());
    first.Begin("cluster1");
    first.Append({"e1", "e2", "e3"});
  }
  const Entry last = Read().back();
  FakeCollector second(Options());
  second.Begin("cluster2");
  second.Append({"n1"});
  second.Stop();
  ASSERT_EQ(Read().size(), 1u);
  EXPECT_GT(Read()[0].epoch, last.epoch);
}

TEST_F(ChangeStreamTest, IdentifiersStayWhenRedisHasLostTheLog) {
  FakeCollector collector(Options());
  collector.Begin();
  collector.Append({"e1", "e2"});
  ASSERT_TRUE(Eventually([&] { return Redis({"XLEN", kChanges}).integer == 2; }));
  const std::uint64_t epoch = Read().back().epoch;
  server_.Kill();
  server_.Start();
  // Nothing changes: it notices that the connection was closed.
  ASSERT_TRUE(Eventually([&] { return Redis({"XLEN", kChanges}).integer == 2; }));
  EXPECT_EQ(Read().front().epoch, epoch);
  EXPECT_EQ(Read().front().sequence, 1u);
}

TEST_F(ChangeStreamTest, ReadersAndTheirGroupsDisturbNothing) {
  {
    FakeCollector first(Options());
    first.Begin();
    first.Append({"e1"});
    ASSERT_TRUE(Eventually([&] { return Redis({"XLEN", kChanges}).integer == 1; }));
    Redis({"XGROUP", "CREATE", kChanges, "mine", "0"});
    EXPECT_EQ(Redis({"XREADGROUP", "GROUP", "mine", "me", "STREAMS", kChanges, ">"}).elements.size(), 1u);
  }
  FakeCollector second(Options());
  EXPECT_TRUE(second.Begin().found);
  second.Append({"e2"});
  EXPECT_THAT(second.After(second.log.Oldest()), ElementsAre("e1", "e2"));
  second.Stop();
  EXPECT_EQ(Redis({"XREADGROUP", "GROUP", "mine", "me", "STREAMS", kChanges, ">"}).elements.size(), 1u);
}

// The examples of docs/redis.md, as they are written there.
TEST_F(ChangeStreamTest, ExamplesOfTheDocumentsWork) {
  RedisStateOptions options = Options();
  options.key_prefix = "swarmbell:";
  FakeCollector collector(options);
  collector.Begin();
  collector.Append({"e1", "e2", "e3", "e4"});
  collector.Stop();

  std::ostringstream document;
  document << std::ifstream(std::string(SWARMBELL_DOCS) + "/redis.md").rdbuf();
  const std::string text = document.str();
  const std::string begin = "<!-- redis recipes -->\n```sh\n";
  const std::size_t at = text.find(begin);
  ASSERT_NE(at, std::string::npos);
  const std::string script = testing::TempDir() + "recipes-" + std::to_string(server_.port()) + ".sh";
  std::ofstream(script) << "set -eu\nREDIS_URL=" << server_.Url() << "\nNODE_ID=node1\n"
                        << text.substr(at + begin.size(),
                                       text.find("```", at + begin.size()) - at - begin.size());
  FILE* const pipe = popen(("sh " + script + " 2>&1").c_str(), "r");
  ASSERT_NE(pipe, nullptr);
  std::string output;
  for (int c = fgetc(pipe); c != EOF; c = fgetc(pipe)) output += static_cast<char>(c);
  EXPECT_EQ(pclose(pipe), 0) << output;
  EXPECT_THAT(output, StartsWith("swarmbell:collector:{node1}:changes\n"));
  // The oldest is in the answers to XREAD and XREADGROUP, not among the newest three.
  std::size_t oldest = 0;
  for (std::size_t i = 0; (i = output.find(R"("eventId":"e1")", i)) != std::string::npos; ++i) ++oldest;
  EXPECT_EQ(oldest, 2u) << output;
  EXPECT_THAT(output, Not(HasSubstr("ERR")));
  EXPECT_EQ(Redis({"XPENDING", "swarmbell:collector:{node1}:changes", "audit"}).elements[0].integer, 4);
}

}  // namespace
}  // namespace swarmbell
