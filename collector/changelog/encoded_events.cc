#include "collector/changelog/encoded_events.h"

#include <cstdint>

#include "google/protobuf/io/coded_stream.h"
#include "google/protobuf/wire_format_lite.h"

namespace swarmbell {
namespace {

using google::protobuf::internal::WireFormatLite;
using google::protobuf::io::CodedOutputStream;

constexpr std::uint32_t kTag =
    WireFormatLite::MakeTag(EncodedEvents::kFieldNumber, WireFormatLite::WIRETYPE_LENGTH_DELIMITED);

}  // namespace

EncodedEvents::EncodedEvents(const std::vector<v1::ChangeEvent>& events) {
  starts_.reserve(events.size() + 1);
  sizes_.reserve(events.size());
  std::size_t end = 0;
  for (const v1::ChangeEvent& event : events) {
    const std::size_t size = event.ByteSizeLong();
    starts_.push_back(end);
    sizes_.push_back(size);
    end += CodedOutputStream::VarintSize32(kTag) +
           CodedOutputStream::VarintSize32(static_cast<std::uint32_t>(size)) + size;
  }
  starts_.push_back(end);
  bytes_.resize(end);
  auto* at = reinterpret_cast<std::uint8_t*>(bytes_.data());
  for (std::size_t i = 0; i < events.size(); ++i) {
    at = CodedOutputStream::WriteTagToArray(kTag, at);
    at = CodedOutputStream::WriteVarint32ToArray(static_cast<std::uint32_t>(sizes_[i]), at);
    at = events[i].SerializeWithCachedSizesToArray(at);
  }
}

}  // namespace swarmbell
