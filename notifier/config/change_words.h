#pragma once

#include <google/protobuf/descriptor.h>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "swarmbell/v1/change_event.pb.h"

namespace swarmbell {

// The words of rules and mutes for changes, states and fields. They are derived from the descriptors of the
// protos, so that there is no second table. All pure and thread-safe.

// The name of a change whose details are unset, or newer than this program.
inline constexpr char kUnknownChange[] = "unknown";

// The names of all changes: the fields of ChangeEvent.details, and last kUnknownChange.
const std::vector<std::string>& ChangeNames();

// `node`, `service`, `task`, `container`, `collector`, `feed`, `receiver`, `silence`.
const std::vector<std::string>& KindNames();

// An enum value as docker writes it: NODE_AVAILABILITY_DRAIN is `drain`, ..._UNSPECIFIED is `none`,
// SERVICE_MODE_KIND_REPLICATED_JOB is `replicated-job`.
std::string EnumWord(const google::protobuf::EnumValueDescriptor& value);

// The fields of a change's message that hold the state before and now; null if there is none. `now` is also
// the state of a stalled update, and the reason of an eviction.
struct StateFields {
  const google::protobuf::FieldDescriptor* before = nullptr;
  const google::protobuf::FieldDescriptor* now = nullptr;
};
StateFields StateFieldsOf(const google::protobuf::Descriptor& change);

enum class Side { kBefore, kNow };

// The possible states of one change.
struct StateWords {
  bool any = false;                // any word, such as a hostname
  bool numbers = false;            // whole numbers, besides the words
  std::vector<std::string> words;  // empty, with `any` and `numbers` false: the change has no such state
};
// For a change by name, which must be one of ChangeNames().
StateWords StateWordsOf(const std::string& change, Side side);

// Rules and mutes name a changed field by its group in one short word, a dot, and its name on cards:
// `env.BUILD_ID`, `labels.traefik.enable`, `resources.Memory limit`, `image.`.

// `image`, `args`, `env`, ...: the words of the groups that collectors send.
const std::vector<std::string>& FieldGroupWords();

// The word of a group; of one that only newer collectors send, its name in lower case with `_`.
std::string FieldGroupWord(std::string_view group);

std::string FieldWord(const v1::FieldChange& field);

// True if the glob matches the field. A glob without a dot matches all fields of a group.
bool MatchesField(std::string_view glob, const v1::FieldChange& field);

// True if the glob can match a field of a known group.
bool NamesFieldGroup(std::string_view glob);

// True if a change, by one of ChangeNames(), can be matched by its fields.
bool HasFields(const std::string& change);

// The fields that the event is about: those that changed, or those that caused an update that starts or
// succeeds. None for an update that fails, so that a mute of some field never hides a failure. They live as
// long as the event.
std::vector<const v1::FieldChange*> FieldsOf(const v1::ChangeEvent& event);

}  // namespace swarmbell
