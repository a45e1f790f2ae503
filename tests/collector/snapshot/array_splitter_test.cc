#include "collector/snapshot/array_splitter.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <optional>
#include <random>
#include <string>
#include <vector>

namespace swarmbell {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

// Collects the objects; expects those given, in their order.
class Collector final : public ArraySplitter::Sink {
 public:
  explicit Collector(std::vector<std::string> expected = {}) : expected_(std::move(expected)) {}

  ArraySplitter::Expected Expect() override {
    if (next_ >= expected_.size()) return {};
    return {ByteHashOf(expected_[next_]), expected_[next_].size()};
  }
  void TakeExpected() override {
    ++as_expected;
    objects.push_back(expected_[next_++]);
  }
  absl::Status Take(std::string_view object) override {
    const auto place = std::find(expected_.begin(), expected_.end(), object);
    next_ = place == expected_.end() ? next_ + 1 : static_cast<std::size_t>(place - expected_.begin()) + 1;
    objects.emplace_back(object);
    return absl::OkStatus();
  }

  std::vector<std::string> objects;
  int as_expected = 0;

 private:
  std::vector<std::string> expected_;
  std::size_t next_ = 0;
};

// In pieces of this size.
absl::Status Split(std::string_view body, Collector& collector, std::size_t piece = std::string::npos) {
  ArraySplitter splitter(collector);
  while (!body.empty()) {
    // A copy, so that nothing is read beyond it, or after it.
    const std::string bytes(body.substr(0, piece));
    if (absl::Status status = splitter.Add(bytes); !status.ok()) return status;
    body.remove_prefix(bytes.size());
  }
  return splitter.End();
}

std::string ArrayOf(const std::vector<std::string>& objects) {
  std::string body = "[";
  for (const std::string& object : objects) body += (body.size() > 1 ? "," : "") + object;
  return body + "]\n";
}

TEST(ArraySplitterTest, GivesTheBytesOfEachObject) {
  Collector collector;
  ASSERT_TRUE(Split(R"( [ {"a":"}]\"{"} ,{"b":[{"c":[]}]}] )", collector).ok());
  EXPECT_THAT(collector.objects, ElementsAre(R"({"a":"}]\"{"})", R"({"b":[{"c":[]}]})"));
}

TEST(ArraySplitterTest, TakesEmptyLists) {
  Collector collector;
  ASSERT_TRUE(Split("[]", collector).ok());
  EXPECT_THAT(collector.objects, IsEmpty());
}

TEST(ArraySplitterTest, RejectsWhatIsNotWholeHoweverItComes) {
  for (const char* body : {"", "{}", "[", "[{}", "[{},", "[{},]", "[{}]x", "[1]", "[{\"a\":\"}]",
                           "[{\"a\":[}]]", "[{\"a\\", "null", "null[]", "[{}{}]", "<html>", "[[]]"}) {
    for (const std::size_t piece : {1, 2, 1000}) {
      Collector collector;
      EXPECT_EQ(Split(body, collector, piece).code(), absl::StatusCode::kInvalidArgument) << body;
    }
  }
}

TEST(ArraySplitterTest, SaysWhereTheTextStopsMakingSense) {
  Collector collector;
  EXPECT_THAT(std::string(Split("[{\"a\":1},nonsense", collector, 3).message()),
              testing::HasSubstr("byte 9"));
}

TEST(ArraySplitterTest, BoundsTheDepth) {
  const auto nested = [](int depth) {
    return "[{\"a\":" + std::string(static_cast<std::size_t>(depth), '[') +
           std::string(static_cast<std::size_t>(depth), ']') + "}]";
  };
  Collector collector;
  EXPECT_TRUE(Split(nested(kMaxJsonDepth - 2), collector).ok());
  EXPECT_FALSE(Split(nested(kMaxJsonDepth), collector).ok());
}

TEST(ArraySplitterTest, WhatIsExpectedIsNotLookedAt) {
  const std::vector<std::string> objects = {"{\"a\":1}", "{ not even JSON \" }", "{}"};
  for (const std::size_t piece : {1, 5, 7, 8, 9, 1000}) {
    Collector collector(objects);
    ASSERT_TRUE(Split(ArrayOf(objects), collector, piece).ok()) << piece;
    EXPECT_EQ(collector.objects, objects);
    EXPECT_EQ(collector.as_expected, 3);
  }
}

TEST(ArraySplitterTest, AShorterOrLongerObjectInTheExpectedOnesPlaceIsFound) {
  const std::string expected = "{\"text\":\"as long as this\"}";
  const std::vector<std::string> objects = {"{}", "{\"a\":[{},{}]}",
                                            "{\"b\":\"" + std::string(100, 'x') + "\"}", "{\"c\":{}}"};
  for (std::size_t piece = 1; piece < 160; ++piece) {
    Collector collector(std::vector<std::string>(6, expected));
    ASSERT_TRUE(Split(ArrayOf(objects), collector, piece).ok()) << piece;
    EXPECT_EQ(collector.objects, objects) << piece;
  }
}

TEST(ArraySplitterTest, AListThatShrankIsWholeHoweverMuchWasExpected) {
  const auto sized = [](char name, std::size_t size) {
    return std::string("{\"") + name + "\":\"" + std::string(size, name) + "\"}";
  };
  const std::vector<std::string> before = {sized('a', 4000), sized('b', 1500), sized('c', 4000),
                                           sized('d', 1500)};
  const std::vector<std::vector<std::string>> later = {
      {before[1], before[3]}, {before[3]}, {sized('x', 100), sized('y', 100), sized('z', 100)}, {}};
  for (const std::vector<std::string>& now : later) {
    for (const std::size_t piece : {1, 700, 100'000}) {
      Collector collector(before);
      ASSERT_TRUE(Split(ArrayOf(now), collector, piece).ok());
      EXPECT_EQ(collector.objects, now);
    }
  }
}

TEST(ArraySplitterTest, AnswersThatDifferAnywhereAreSplitTheSameInPiecesOfAnySize) {
  std::minstd_rand generator(7);
  const auto random = [&generator] { return static_cast<unsigned>(generator()); };
  const auto object = [random] {
    std::string text = "{\"a\":\"";
    static const char* const kBits[] = {"x", R"(\\)", R"(\")", "{", "}", "[", "]", ","};
    for (unsigned i = random() % 40; i > 0; --i) text += kBits[random() % 8];
    return text + "\",\"b\":[{\"c\":" + std::to_string(random() % 50) + "}]}";
  };
  for (int round = 0; round < 300; ++round) {
    std::vector<std::string> before;
    for (unsigned i = random() % 12; i > 0; --i) before.push_back(object());
    std::vector<std::string> now = before;
    for (unsigned i = random() % 4; i > 0; --i) {
      const auto place = now.begin() + static_cast<std::ptrdiff_t>(random() % (now.size() + 1));
      if (random() % 2 == 0 || place == now.end()) {
        now.insert(place, object());
      } else if (random() % 2 == 0) {
        now.erase(place);
      } else {
        *place = object();
      }
    }
    Collector collector(before);
    ASSERT_TRUE(Split(ArrayOf(now), collector, 1 + random() % 200).ok());
    ASSERT_EQ(collector.objects, now);
  }
}

}  // namespace
}  // namespace swarmbell
