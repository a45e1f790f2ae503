#include "collector/store/log_records.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "collector/store/head_record.h"
#include "collector/store/record.h"

namespace swarmbell {
namespace {

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

}  // namespace
}  // namespace swarmbell
