#include "collector/store/subscription_records.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "collector/store/record.h"
#include "collector/store/stored_fields.h"

namespace swarmbell {
namespace {

using Records = std::map<std::string, std::string>;

Records Seal(const std::string& name, const SubscriptionRecord& subscription) {
  Records records;
  VisitSubscription(name, subscription,
                    [&](const KnownRecord& record) { records[record.name] = record.seal(); });
  return records;
}

absl::StatusOr<std::map<std::string, SubscriptionRecord>> Open(const Records& records) {
  SubscriptionParts parts;
  for (const auto& [name, record] : records) {
    if (absl::Status status = parts.Add(name, record); !status.ok()) return status;
  }
  return parts.Join();
}

SubscriptionRecord WithMarks(int from, int to) {
  SubscriptionRecord subscription;
  for (int i = from; i < to; ++i) subscription.marks.push_back("mark-" + std::to_string(i));
  return subscription;
}

TEST(SubscriptionRecordsTest, ComesBack) {
  for (const std::string name : {"notifier", "", "a:b", "marks:x"}) {
    SubscriptionRecord kept = WithMarks(0, 1000);
    kept.position = {"log", 9};
    kept.state = std::string("\xff\0", 2);
    const auto again = Open(Seal(name, kept));
    ASSERT_TRUE(again.ok()) << again.status();
    EXPECT_EQ(again->at(name).position, kept.position);
    EXPECT_EQ(again->at(name).marks, kept.marks);
    EXPECT_EQ(again->at(name).state, kept.state);
  }
}

TEST(SubscriptionRecordsTest, MarksMayRepeat) {
  SubscriptionRecord kept;
  kept.marks.assign(2000, "again");
  EXPECT_EQ(Open(Seal("n", kept))->at("n").marks, kept.marks);
}

TEST(SubscriptionRecordsTest, OneMarkMoreChangesLittle) {
  StoredFields stored;
  const auto compare = [&](const SubscriptionRecord& subscription) {
    return stored.Compare([&](absl::FunctionRef<void(const KnownRecord&)> visit) {
      VisitSubscription("notifier", subscription, visit);
    });
  };
  stored.Apply(compare(WithMarks(0, 10'000)));
  std::size_t bytes = 0;
  for (const auto& set : compare(WithMarks(1, 10'001)).set) bytes += set.record.size();
  EXPECT_LT(bytes, 10'000u);  // of some 100,000
}

TEST(SubscriptionRecordsTest, RefusesWhatCannotBe) {
  const Records good = Seal("n", WithMarks(0, 300));
  ASSERT_TRUE(Open(good).ok());
  for (const auto& [name, record] : good) {
    Records without = good;
    without.erase(name);
    EXPECT_TRUE(absl::IsDataLoss(Open(without).status())) << name;
    Records damaged = good;
    damaged[name] += "x";
    EXPECT_TRUE(absl::IsDataLoss(Open(damaged).status())) << name;
  }
  for (const char* name : {"", "n", "nonsense:n", "marks:", "marks:12:n", "marks:zzzzzzzzzzzzzzzz:n"}) {
    EXPECT_TRUE(absl::IsDataLoss(Open({{name, SealRecord(name, "")}}).status())) << name;
  }
}

}  // namespace
}  // namespace swarmbell
