#include "collector/logs/task_output.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "collector/snapshot/masking.h"
#include "tests/collector/logs/recorded.h"
#include "tests/fakes/growth.h"

namespace swarmbell {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

constexpr char kStamp[] = "2026-11-28T15:07:34.051578532Z ";

std::string Frame(char stream, const std::string& payload) {
  std::string header = {stream, '\0', '\0', '\0'};
  for (const int shift : {24, 16, 8, 0}) header.push_back(static_cast<char>(payload.size() >> shift & 0xFF));
  return header + payload;
}

std::string Entry(char stream, const std::string& line) { return Frame(stream, absl::StrCat(kStamp, line)); }

std::string AsItIs(std::string_view text) { return std::string(text); }

std::vector<std::string> Lines(const std::string& answer, OutputLimits limits = {}) {
  TaskOutput output;
  output.Add(answer);
  return output.LastLines(limits, AsItIs);
}

TEST(TaskOutputTest, ReadsWhatARealEngineAnswers) {
  EXPECT_THAT(Lines(Recorded("stack-trace.bin")),
              ElementsAre("bye", "Traceback (most recent call last):", "  File \"app.py\", line 3",
                          "    connect(password=\"hunter2-secret\")", "RuntimeError: cannot connect"));
  EXPECT_THAT(Lines(Recorded("terminal.bin")), ElementsAre("hello tty", "err"));
  EXPECT_THAT(Lines(Recorded("tail-of-eight.bin"), {.lines = 2}), ElementsAre("out 10", "no newline at end"));
}

TEST(TaskOutputTest, APieceMayEndAnywhere) {
  for (const char* name : {"stack-trace.bin", "terminal.bin"}) {
    const std::string answer = Recorded(name);
    TaskOutput output;
    for (const char byte : answer) output.Add(std::string_view(&byte, 1));
    EXPECT_EQ(output.LastLines({}, AsItIs), Lines(answer)) << name;
  }
}

TEST(TaskOutputTest, HidesSecretsInTheLines) {
  const Masker masker({}, "key");
  TaskOutput output;
  output.Add(Recorded("stack-trace.bin"));
  const auto lines = output.LastLines({}, [&](std::string_view text) { return masker.HideInOutput(text); });
  EXPECT_THAT(lines, testing::Contains("    connect(password=\"••••\")"));
  EXPECT_THAT(lines, testing::Each(testing::Not(testing::HasSubstr("hunter2"))));
}

TEST(TaskOutputTest, ALineOfSeveralEntriesIsOneLine) {
  const std::string answer = Entry(1, "first part, ") + Entry(2, "an error\n") + Entry(1, "second part\n");
  EXPECT_THAT(Lines(answer), ElementsAre("an error", "first part, second part"));
}

TEST(TaskOutputTest, KeepsTheLastLinesWithinTheLimits) {
  std::string answer;
  for (int i = 0; i < 1000; ++i) answer += Entry(1, absl::StrCat("line ", i, "\n"));
  EXPECT_THAT(Lines(answer, {.lines = 3}), ElementsAre("line 997", "line 998", "line 999"));
  EXPECT_THAT(Lines(answer, {.lines = 8, .characters = 30}), ElementsAre("line 997", "line 998", "line 999"));
  EXPECT_THAT(Lines(answer, {.lines = 1000}), SizeIs(187)) << "1,500 characters";
}

TEST(TaskOutputTest, CutsALongLineAtACharacter) {
  std::string euros;
  for (int i = 0; i < 100'000; ++i) euros += "€";
  std::string shown;
  for (int i = 0; i < 500; ++i) shown += "€";
  EXPECT_THAT(Lines(Entry(2, euros + "\n")), ElementsAre(shown + "…"));
}

TEST(TaskOutputTest, EscapeSequencesAndControlCharactersDoNothing) {
  EXPECT_THAT(Lines(Entry(1, "\x1b[1;31mred\x1b[0m and \x1b]8;;https://evil.example\x1b\\link\x1b]8;;\a\n")),
              ElementsAre("red and link"));
  EXPECT_THAT(Lines(Entry(1, "10 %\r50 %\r100 %\r\n")), ElementsAre("100 %"));
  EXPECT_THAT(
      Lines(Entry(1, absl::StrCat(std::string("a\0b\bc\td\x7f", 8), "\xC2\x9B", "e\xE2\x80\xAE", "f\n"))),
      ElementsAre("abc  def"));
  EXPECT_THAT(Lines(Entry(1, "\xFF\xFEok\xC3\n")), ElementsAre("\uFFFD\uFFFDok\uFFFD"));
  EXPECT_THAT(Lines(Entry(1, "   \n") + Entry(1, "\x1b[0m\n") + Entry(1, "\x1b[31")), IsEmpty());
}

TEST(TaskOutputTest, AnEngineErrorIsNoLine) {
  TaskOutput output;
  output.Add(Entry(1, "the last words\n") +
             "Error grabbing logs: rpc error: warning: incomplete log stream\n");
  EXPECT_THAT(output.LastLines({}, AsItIs), ElementsAre("the last words"));
  EXPECT_EQ(output.EngineError(), "rpc error: warning: incomplete log stream");

  TaskOutput unfinished;
  unfinished.Add("Error grabbing logs: no reader");
  EXPECT_THAT(unfinished.LastLines({}, AsItIs), IsEmpty());
  EXPECT_EQ(unfinished.EngineError(), "no reader");

  TaskOutput said;
  said.Add(Entry(1, "Error grabbing logs: by the program itself\n"));
  EXPECT_EQ(said.EngineError(), "");
  EXPECT_THAT(said.LastLines({}, AsItIs), SizeIs(1));

  TaskOutput system;
  system.Add(Frame(3, "the daemon's own"));
  EXPECT_EQ(system.EngineError(), "the daemon's own");
}

TEST(TaskOutputTest, HidesAPrivateKeyThatBeganBeforeTheKeptLines) {
  std::string answer;
  for (int i = 0; i < 300; ++i) answer += Entry(1, "MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQC7\n");
  answer += Entry(1, "-----END PRIVATE KEY-----\n") + Entry(1, "done\n");
  EXPECT_THAT(Lines(answer), ElementsAre("••••", "-----END PRIVATE KEY-----", "done"));
}

TEST(TaskOutputTest, HidesSecretsInLongLinesToo) {
  const Masker masker({}, "key");
  TaskOutput output;
  for (int i = 0; i < 256; ++i) output.Add(Entry(1, std::string(1900, 'x') + " password=hunter2\n"));
  const auto lines = output.LastLines({.lines = 1, .characters = 9000},
                                      [&](std::string_view text) { return masker.HideInOutput(text); });
  EXPECT_THAT(lines, ElementsAre(absl::StrCat(std::string(1900, 'x'), " password=••••")));
}

TEST(TaskOutputTest, AFrameThatClaimsToBeEndlessCostsNothing) {
  TaskOutput output;
  output.Add(std::string("\x01\0\0\0\xFF\xFF\xFF\xFF", 8));
  const std::string block(1 << 20, 'x');
  for (int i = 0; i < 64; ++i) output.Add(block);
  EXPECT_THAT(output.LastLines({}, AsItIs), ElementsAre(absl::StrCat(std::string(500, 'x'), "…")));
}

TEST(TaskOutputTest, TakesTimeThatGrowsAsTheAnswerDoes) {
  const Masker masker({}, "key");
  const auto read = [&](const std::string& answer) {
    TaskOutput output;
    output.Add(answer);
    output.LastLines({}, [&](std::string_view text) { return masker.HideInOutput(text); });
  };
  for (const HostileShape& shape : HostileShapes()) ExpectLinear(shape, read);
  ExpectLinear({"frames", Entry(1, "x\n")}, read);
  ExpectLinear({"parts of a line", Entry(2, "password=x")}, read);
  ExpectLinear({"escapes", "\x1b["}, read);
  ExpectLinear({"texts of a terminal", "\x1b]", "x"}, read);
}

}  // namespace
}  // namespace swarmbell
