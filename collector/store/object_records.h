#pragma once

#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "google/protobuf/timestamp.pb.h"

namespace swarmbell {

// The objects of the model (Service, Node, Task, Container, SharedObject) as sealed records, and back. The
// list of a type's fields is written once, in object_records.cc, and drives both directions: a member that is
// not listed does not compile. Only these types; thread-safe.

// Returns the record; equal objects give equal records.
template <typename Object>
std::string SealObject(std::string_view name, const Object& object);

// Reads a record into an empty object. DATA_LOSS, naming the record, if it cannot be used.
template <typename Object>
absl::Status OpenObject(std::string_view name, std::string_view record, Object& object);

// Reads a time of the record `name`. DATA_LOSS if it is not within the years -9999 to 9999.
absl::Status ReadTime(std::string_view name, const google::protobuf::Timestamp& record, absl::Time& time);

}  // namespace swarmbell
