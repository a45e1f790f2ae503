#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include "collector/changelog/change_log.h"
#include "grpcpp/support/byte_buffer.h"
#include "swarmbell/v1/change_feed.pb.h"

namespace swarmbell {

// A message of the stream, ready to be written. Immutable: whoever writes the same message shares it.
struct FeedMessage {
  grpc::ByteBuffer bytes;  // a SubscribeResponse in one slice
  std::size_t size = 0;    // of `bytes`
  std::uint64_t end = 0;   // the sequence of its cursor
  std::uint64_t events = 0;
  LogGap gap = LogGap::kNone;
};

std::shared_ptr<const FeedMessage> EncodeMessage(const v1::SubscribeResponse& response);

// `changes` of encoded events (EncodedEvents::Run), of which there are so many in all.
std::shared_ptr<const FeedMessage> EncodeChanges(const std::vector<std::string_view>& runs,
                                                 std::uint64_t events, bool continued,
                                                 const LogPosition& end);

}  // namespace swarmbell
