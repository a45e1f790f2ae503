#include "collector/store/record.h"

#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/io/zero_copy_stream_impl_lite.h>
#include <xxhash.h>

#include <climits>

#include "absl/strings/str_cat.h"

namespace swarmbell {
namespace {

// Grows when a message gets another meaning, or when the engine's answers are read or normalised otherwise.
constexpr char kVersion = 1;
constexpr std::size_t kHeaderBytes = 9;

std::string Checksum(std::string_view name, std::string_view payload) {
  const std::uint64_t seed = XXH3_64bits(name.data(), name.size());
  std::uint64_t sum = XXH3_64bits_withSeed(payload.data(), payload.size(), seed);
  std::string bytes;
  for (int i = 0; i < 8; ++i, sum >>= 8) bytes += static_cast<char>(sum & 0xff);
  return bytes;
}

}  // namespace

absl::Status BadRecord(std::string_view name, const std::string& why) {
  return absl::DataLossError(
      absl::StrCat("the record `", absl::string_view(name.data(), name.size()), "` ", why));
}

std::string SealRecord(std::string_view name, std::string_view payload) {
  std::string record(1, kVersion);
  record += Checksum(name, payload);
  record += payload;
  return record;
}

absl::StatusOr<std::string_view> OpenRecord(std::string_view name, std::string_view record) {
  if (record.size() < kHeaderBytes) return BadRecord(name, "is too short");
  if (record.front() != kVersion) return BadRecord(name, "is of another version");
  const std::string_view payload = record.substr(kHeaderBytes);
  if (record.substr(1, kHeaderBytes - 1) != Checksum(name, payload)) return BadRecord(name, "is damaged");
  return payload;
}

std::string SealMessage(std::string_view name, const google::protobuf::MessageLite& message) {
  std::string payload;
  {
    google::protobuf::io::StringOutputStream stream(&payload);
    google::protobuf::io::CodedOutputStream coded(&stream);
    coded.SetSerializationDeterministic(true);
    // It cannot fail: a string takes all, and no message of the store has a required field.
    static_cast<void>(message.SerializeToCodedStream(&coded));
  }
  return SealRecord(name, payload);
}

absl::Status OpenMessage(std::string_view name, std::string_view record,
                         google::protobuf::MessageLite& message) {
  const auto payload = OpenRecord(name, record);
  if (!payload.ok()) return payload.status();
  if (payload->size() > INT_MAX ||
      !message.ParseFromArray(payload->data(), static_cast<int>(payload->size()))) {
    return BadRecord(name, "holds another message");
  }
  return absl::OkStatus();
}

std::uint64_t Fingerprint(std::string_view bytes) { return XXH3_64bits(bytes.data(), bytes.size()); }

}  // namespace swarmbell
