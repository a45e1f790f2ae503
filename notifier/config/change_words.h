#pragma once

#include <google/protobuf/descriptor.h>

#include <optional>
#include <string>
#include <vector>

namespace swarmbell {

// The words that rules may use, read from the descriptors of the protos so that there is no second table. All
// pure and thread-safe.

// Stands for the name of a change whose details are unset, or newer than this program.
inline constexpr char kUnknownChange[] = "unknown";

// The names of all changes: the fields of ChangeEvent.details, and last kUnknownChange.
const std::vector<std::string>& ChangeNames();

// `node`, `service`, `task`, `container`, `collector`, `feed`, `receiver`.
const std::vector<std::string>& KindNames();

// An enum value as docker writes it: NODE_AVAILABILITY_DRAIN is `drain`, ..._UNSPECIFIED is `none`,
// SERVICE_MODE_KIND_REPLICATED_JOB is `replicated-job`.
std::string EnumWord(const google::protobuf::EnumValueDescriptor& value);

// The fields of a change's message that hold the state before and now; null where it has none. `now` is also
// the state of a run that stalled, and why a task was evicted.
struct StateFields {
  const google::protobuf::FieldDescriptor* before = nullptr;
  const google::protobuf::FieldDescriptor* now = nullptr;
};
StateFields StateFieldsOf(const google::protobuf::Descriptor& change);

enum class Side { kBefore, kNow };

// The states of one change.
struct StateWords {
  bool any = false;                // any word may come, such as a hostname
  bool numbers = false;            // whole numbers may come, besides the words
  std::vector<std::string> words;  // empty, with `any` and `numbers` false: the change has no such state
};
// For a change by name, which must be one of ChangeNames().
StateWords StateWordsOf(const std::string& change, Side side);

}  // namespace swarmbell
