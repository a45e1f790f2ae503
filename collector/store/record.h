#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "google/protobuf/message_lite.h"

namespace swarmbell {

// A record: one byte of format version, eight of a checksum over its name and payload, and the payload.

std::string SealRecord(std::string_view name, std::string_view payload);

// The payload; it lives as long as `record`. DATA_LOSS, naming the record, when it is of another version or
// its checksum is wrong.
absl::StatusOr<std::string_view> OpenRecord(std::string_view name, std::string_view record);

// Seals a message; equal messages give equal records.
std::string SealMessage(std::string_view name, const google::protobuf::MessageLite& message);

// Opens a record and reads the message. DATA_LOSS as OpenRecord().
absl::Status OpenMessage(std::string_view name, std::string_view record,
                         google::protobuf::MessageLite& message);

// DATA_LOSS: the record cannot be used.
absl::Status BadRecord(std::string_view name, const std::string& why);

std::uint64_t Fingerprint(std::string_view bytes);

}  // namespace swarmbell
