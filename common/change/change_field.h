#pragma once

#include <google/protobuf/descriptor.h>
#include <google/protobuf/message.h>

#include <string>

#include "swarmbell/v1/change_event.pb.h"

namespace swarmbell {

// Returns the field of ChangeEvent.details that is set: its name is the change's name in rules, filters,
// metrics and logs. Null if none is set, as in an event of a newer collector.
inline const google::protobuf::FieldDescriptor* ChangeField(const v1::ChangeEvent& event) {
  static const auto* const details = v1::ChangeEvent::descriptor()->FindOneofByName("details");
  return v1::ChangeEvent::GetReflection()->GetOneofFieldDescriptor(event, details);
}

// The name of that field; `unknown` if none is set.
inline std::string ChangeName(const v1::ChangeEvent& event) {
  const auto* field = ChangeField(event);
  return field == nullptr ? "unknown" : std::string(field->name());
}

}  // namespace swarmbell
