#include "collector/stream/feed_message.h"

#include <cstring>
#include <string>
#include <utility>

#include "collector/changelog/encoded_events.h"
#include "collector/stream/cursor.h"
#include "google/protobuf/io/coded_stream.h"
#include "google/protobuf/wire_format_lite.h"
#include "grpcpp/support/slice.h"

namespace swarmbell {
namespace {

using google::protobuf::internal::WireFormatLite;
using google::protobuf::io::CodedOutputStream;

static_assert(v1::ChangeBatch::kEventsFieldNumber == EncodedEvents::kFieldNumber);

constexpr std::uint32_t kChangesTag = WireFormatLite::MakeTag(v1::SubscribeResponse::kChangesFieldNumber,
                                                              WireFormatLite::WIRETYPE_LENGTH_DELIMITED);
constexpr std::uint32_t kMaxHead = 10;  // bytes of a tag and a length

// Room for a message; what writes it must fill all of it before anybody else sees the slice.
struct Room {
  explicit Room(std::size_t size) : slice(size), at(const_cast<std::uint8_t*>(slice.begin())) {}

  Room(const Room&) = delete;  // a small slice holds its bytes itself
  Room& operator=(const Room&) = delete;

  void Put(std::string_view bytes) {
    std::memcpy(at, bytes.data(), bytes.size());
    at += bytes.size();
  }

  grpc::Slice slice;
  std::uint8_t* at;
};

std::string_view Head(std::size_t length, std::uint8_t (&room)[kMaxHead]) {
  std::uint8_t* end = CodedOutputStream::WriteTagToArray(kChangesTag, room);
  end = CodedOutputStream::WriteVarint32ToArray(static_cast<std::uint32_t>(length), end);
  return {reinterpret_cast<const char*>(room), static_cast<std::size_t>(end - room)};
}

FeedMessage MessageOf(const Room& room) {
  FeedMessage message;
  message.bytes = grpc::ByteBuffer(&room.slice, 1);
  message.size = room.slice.size();
  return message;
}

}  // namespace

std::shared_ptr<const FeedMessage> EncodeMessage(const v1::SubscribeResponse& response) {
  Room room(response.ByteSizeLong());
  room.at = response.SerializeWithCachedSizesToArray(room.at);
  FeedMessage message = MessageOf(room);
  message.end = response.cursor().sequence();
  return std::make_shared<const FeedMessage>(std::move(message));
}

std::shared_ptr<const FeedMessage> EncodeChanges(const std::vector<std::string_view>& runs,
                                                 std::uint64_t events, bool continued,
                                                 const LogPosition& end) {
  // The fields of ChangeBatch that are not `events`, and those of SubscribeResponse that are not `changes`:
  // protobuf takes the fields of a message in any order.
  v1::ChangeBatch batch_rest;
  batch_rest.set_continued(continued);
  v1::SubscribeResponse response_rest;
  *response_rest.mutable_cursor() = ToCursor(end);
  const std::string batch_tail = batch_rest.SerializeAsString();
  const std::string response_tail = response_rest.SerializeAsString();

  std::size_t length = batch_tail.size();
  for (const std::string_view run : runs) length += run.size();
  std::uint8_t head_room[kMaxHead];
  const std::string_view head = Head(length, head_room);

  Room room(head.size() + length + response_tail.size());
  room.Put(head);
  for (const std::string_view run : runs) room.Put(run);
  room.Put(batch_tail);
  room.Put(response_tail);
  FeedMessage message = MessageOf(room);
  message.end = end.sequence;
  message.events = events;
  return std::make_shared<const FeedMessage>(std::move(message));
}

}  // namespace swarmbell
