#include "collector/changelog/encoded_events.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "collector/changelog/change_log.h"
#include "swarmbell/v1/change_feed.pb.h"

namespace swarmbell {
namespace {

std::vector<v1::ChangeEvent> Events() {
  std::vector<v1::ChangeEvent> events;
  // Lengths of one, two and three bytes.
  for (const std::size_t size : {1u, 127u, 128u, 300u, 20'000u}) {
    v1::ChangeEvent& event = events.emplace_back();
    event.set_event_id(std::string(size, 'x'));
    event.set_sequence(size);
  }
  events.emplace_back();  // nothing in it
  return events;
}

TEST(EncodedEventsTest, AnyRunIsARepeatedField) {
  const auto events = Events();
  const EncodedEvents encoded(events);
  for (std::size_t first = 0; first <= events.size(); ++first) {
    for (std::size_t last = first; last <= events.size(); ++last) {
      v1::ChangeBatch expected;
      for (std::size_t i = first; i < last; ++i) *expected.add_events() = events[i];
      ASSERT_EQ(encoded.Run(first, last), expected.SerializeAsString()) << first << " to " << last;
    }
  }
}

TEST(EncodedEventsTest, TellsTheSizeOfEachEvent) {
  const auto events = Events();
  const EncodedEvents encoded(events);
  for (std::size_t i = 0; i < events.size(); ++i) EXPECT_EQ(encoded.Size(i), events[i].ByteSizeLong());
}

TEST(EncodedEventsTest, ABatchIsEncodedOnce) {
  const LogBatch batch{Events()};
  const EncodedEvents& first = batch.Encoded();
  EXPECT_EQ(&batch.Encoded(), &first);
  EXPECT_EQ(first.Run(0, 1).data(), batch.Encoded().Run(0, 1).data());
}

}  // namespace
}  // namespace swarmbell
