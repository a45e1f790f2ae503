#pragma once

#include "absl/time/time.h"
#include "google/protobuf/timestamp.pb.h"

namespace swarmbell {

inline google::protobuf::Timestamp ToProto(absl::Time time) {
  google::protobuf::Timestamp result;
  const std::int64_t seconds = absl::ToUnixSeconds(time);
  result.set_seconds(seconds);
  result.set_nanos(
      static_cast<std::int32_t>(absl::ToInt64Nanoseconds(time - absl::FromUnixSeconds(seconds))));
  return result;
}

}  // namespace swarmbell
