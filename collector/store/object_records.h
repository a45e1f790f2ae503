#pragma once

#include <optional>
#include <string_view>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "collector/snapshot/snapshot.h"
#include "google/protobuf/timestamp.pb.h"
#include "swarmbell/store/v1/collector_state.pb.h"

namespace swarmbell {

// Objects as messages, and back. Each Read… says DATA_LOSS, naming the record, for what cannot be.

store::v1::Service ToRecord(const Service& service);
store::v1::Node ToRecord(const Node& node);
store::v1::Task ToRecord(const Task& task);
store::v1::Container ToRecord(const Container& container);

absl::Status FromRecord(std::string_view name, const store::v1::Service& record, Service& service);
absl::Status FromRecord(std::string_view name, const store::v1::Node& record, Node& node);
absl::Status FromRecord(std::string_view name, const store::v1::Task& record, Task& task);
absl::Status FromRecord(std::string_view name, const store::v1::Container& record, Container& container);

// Times to the nanosecond.
google::protobuf::Timestamp TimeRecord(absl::Time time);
absl::Status ReadTime(std::string_view name, const google::protobuf::Timestamp& record, absl::Time& time);

}  // namespace swarmbell
