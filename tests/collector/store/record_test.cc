#include "collector/store/record.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "collector/store/store_reader.h"
#include "swarmbell/store/v1/collector_state.pb.h"

namespace swarmbell {
namespace {

TEST(RecordTest, GivesBackWhatWasSealed) {
  const std::string record = SealRecord("a", std::string("pay\0load", 8));
  EXPECT_EQ(*OpenRecord("a", record), std::string_view("pay\0load", 8));
  EXPECT_EQ(*OpenRecord("b", SealRecord("b", "")), "");
}

TEST(RecordTest, NoticesWhenAnyByteChanges) {
  const std::string record = SealRecord("a", "payload");
  for (std::size_t i = 0; i < record.size(); ++i) {
    std::string damaged = record;
    damaged[i] = static_cast<char>(damaged[i] ^ 1);
    EXPECT_TRUE(absl::IsDataLoss(OpenRecord("a", damaged).status())) << i;
    EXPECT_TRUE(absl::IsDataLoss(OpenRecord("a", record.substr(0, i)).status())) << i;
  }
}

TEST(RecordTest, NoticesARecordUnderAnotherName) {
  EXPECT_TRUE(absl::IsDataLoss(OpenRecord("b", SealRecord("a", "payload")).status()));
}

TEST(RecordTest, EqualMessagesGiveEqualRecords) {
  store::v1::Service one;
  store::v1::Service two;
  for (int i = 0; i < 50; ++i) (*one.mutable_labels())[std::to_string(i)] = "x";
  for (int i = 49; i >= 0; --i) (*two.mutable_labels())[std::to_string(i)] = "x";
  EXPECT_EQ(SealMessage("a", one), SealMessage("a", two));
}

TEST(RecordTest, PayloadThatIsNoMessageIsToldByName) {
  store::v1::Service message;
  const absl::Status status = OpenMessage("service:x", SealRecord("service:x", "\xff\xff"), message);
  EXPECT_TRUE(absl::IsDataLoss(status));
  EXPECT_THAT(std::string(status.message()), testing::HasSubstr("`service:x`"));
}

LogBatch BatchOf(const std::vector<std::uint64_t>& sequences) {
  LogBatch batch;
  for (const std::uint64_t sequence : sequences) {
    v1::ChangeEvent event;
    event.set_event_id("e" + std::to_string(sequence));
    event.set_sequence(sequence);
    batch.events.push_back(event);
  }
  return batch;
}

// As older versions stored it.
std::string SealBatch(const LogBatch& batch) {
  store::v1::Batch record;
  record.mutable_events()->Assign(batch.events.begin(), batch.events.end());
  return SealMessage("batch", record);
}

TEST(LogRecordsTest, BatchComesBack) {
  const auto batch = OpenBatch(SealBatch(BatchOf({7, 8})));
  ASSERT_TRUE(batch.ok());
  ASSERT_EQ((*batch)->events.size(), 2u);
  EXPECT_EQ((*batch)->events[1].event_id(), "e8");
}

TEST(LogRecordsTest, RefusesBatchesThatCannotBe) {
  EXPECT_TRUE(absl::IsDataLoss(OpenBatch(SealBatch(BatchOf({}))).status()));
  EXPECT_TRUE(absl::IsDataLoss(OpenBatch(SealBatch(BatchOf({0}))).status()));
  EXPECT_TRUE(absl::IsDataLoss(OpenBatch(SealBatch(BatchOf({7, 9}))).status()));
  EXPECT_TRUE(absl::IsDataLoss(OpenBatch("garbage").status()));
}

TEST(LogRecordsTest, HeadWithNumbersThatCannotBeIsRefused) {
  store::v1::Head head;
  head.set_run(2);
  head.set_newest_sequence(2 * kSequencesPerRun + 5);
  EXPECT_TRUE(OpenHead(SealHead(head)).ok());
  head.set_newest_sequence(3 * kSequencesPerRun);
  EXPECT_TRUE(absl::IsDataLoss(OpenHead(SealHead(head)).status()));
  head.set_run(UINT64_MAX);
  EXPECT_TRUE(absl::IsDataLoss(OpenHead(SealHead(head)).status()));
}

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

TEST(MarkerKeyTest, NeedsPasswordAndSalt) {
  const std::string key = MarkerKey("password", "salt");
  EXPECT_EQ(key.size(), 32u);
  EXPECT_EQ(MarkerKey("password", "salt"), key);
  EXPECT_NE(MarkerKey("other", "salt"), key);
  EXPECT_NE(MarkerKey("password", "other"), key);
  EXPECT_NE(NewSalt(), NewSalt());
}

TEST(ReaderFingerprintTest, TellsKeysAndMaskedNamesApart) {
  const std::string one = ReaderFingerprint("key", {"A", "B"});
  EXPECT_EQ(ReaderFingerprint("key", {"A", "B"}), one);
  EXPECT_NE(ReaderFingerprint("key", {"AB"}), one);
  EXPECT_NE(ReaderFingerprint("other", {"A", "B"}), one);
  EXPECT_EQ(ReaderFingerprint("key", {"A", "B"}, {}), one);
  EXPECT_NE(ReaderFingerprint("key", {"A", "B"}, {"C"}), one);
  EXPECT_NE(ReaderFingerprint("key", {"A"}, {"B"}), one);
  EXPECT_NE(ReaderFingerprint("key", {"A", "B"}, {"C"}), ReaderFingerprint("key", {"A", "B", "C"}));
}

}  // namespace

}  // namespace swarmbell
