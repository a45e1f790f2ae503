#include "collector/store/record.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

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

}  // namespace
}  // namespace swarmbell
