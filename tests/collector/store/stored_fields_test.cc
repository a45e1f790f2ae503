#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "collector/store/store_reader.h"

namespace swarmbell {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

struct Wanted {
  std::string name;
  std::shared_ptr<const void> object;
  std::string record;
};

class StoredFieldsTest : public testing::Test {
 protected:
  FieldChanges Compare(const std::vector<Wanted>& wanted) {
    return fields_.Compare([&](absl::FunctionRef<void(const KnownRecord&)> visit) {
      for (const Wanted& one : wanted) {
        visit({one.name, one.object, [&] {
                 ++sealed_;
                 return one.record;
               }});
      }
    });
  }

  StoredFields fields_;
  int sealed_ = 0;
};

TEST_F(StoredFieldsTest, OnlyWhatDiffersIsSet) {
  fields_.Apply(Compare({{"a", nullptr, "1"}, {"b", nullptr, "1"}, {"c", nullptr, "1"}}));
  const FieldChanges changes = Compare({{"a", nullptr, "1"}, {"b", nullptr, "2"}, {"d", nullptr, "1"}});
  ASSERT_EQ(changes.set.size(), 2u);
  EXPECT_EQ(changes.set[0].name, "b");
  EXPECT_EQ(changes.set[1].name, "d");
  EXPECT_THAT(changes.removed, ElementsAre("c"));
  EXPECT_EQ(fields_.SizeAfter(changes), 3u);
  fields_.Apply(changes);
  EXPECT_EQ(fields_.Size(), 3u);
}

TEST_F(StoredFieldsTest, TheSameObjectIsNotEvenMadeARecordOf) {
  const auto object = std::make_shared<int>(1);
  fields_.Apply(Compare({{"a", object, "1"}}));
  EXPECT_EQ(sealed_, 1);
  EXPECT_TRUE(Compare({{"a", object, "1"}}).empty());
  EXPECT_EQ(sealed_, 1);
  // Another object with the same content is compared once.
  const auto copy = std::make_shared<int>(1);
  EXPECT_TRUE(Compare({{"a", copy, "1"}}).empty());
  EXPECT_TRUE(Compare({{"a", copy, "1"}}).empty());
  EXPECT_EQ(sealed_, 2);
}

TEST_F(StoredFieldsTest, WhatWasFoundIsNotSetAgain) {
  fields_.Found("a", "1");
  EXPECT_TRUE(Compare({{"a", nullptr, "1"}}).empty());
  EXPECT_THAT(Compare({}).removed, ElementsAre("a"));
}

TEST_F(StoredFieldsTest, ChangesThatWereNotMadeAreFoundAgain) {
  EXPECT_EQ(Compare({{"a", nullptr, "1"}}).set.size(), 1u);
  EXPECT_EQ(Compare({{"a", nullptr, "1"}}).set.size(), 1u);
  EXPECT_THAT(Compare({}).removed, IsEmpty());
}

}  // namespace
}  // namespace swarmbell
