#pragma once

#include "swarmbell/v1/change_event.pb.h"

namespace swarmbell {

// Changes of settings, the updates of services that they start, and how the two belong together. All pure
// and thread-safe.

// True if the event is a change of the spec of a service: it makes the engine start an update, and a rollback
// makes such changes too.
bool ChangesServiceSpec(const v1::ChangeEvent& event);

// The settings that a change of a service's spec names; null for a change that is not told field by field.
// Other than FieldsOf in config/field_words.h, which is for matching rules, not those of an update.
using FieldChangeList = google::protobuf::RepeatedPtrField<v1::FieldChange>;
const FieldChangeList* ChangedFields(const v1::ChangeEvent& event);
FieldChangeList* MutableChangedFields(v1::ChangeEvent& event);

// True if two changes of a field are equal.
bool SameField(const v1::FieldChange& one, const v1::FieldChange& two);

// True if two steps are of the same run of an update, by the engine's start time. Ask only for steps of one
// service.
bool IsSameRun(const v1::ServiceUpdateStateChanged& one, const v1::ServiceUpdateStateChanged& two);

bool IsUpdateStart(const v1::ChangeEvent& event);

// True if the event is a step of a rollback.
bool IsRollback(const v1::ChangeEvent& event);

// True if an update or rollback stopped or turned back because its tasks fail: its card shows the failure.
bool IsFailedRun(const v1::ChangeEvent& event);

// True if `end` reports the completion of the update that the change `cause` started: it is of the same
// service and names every field of the cause. Pure.
bool Completes(const v1::ChangeEvent& end, const v1::ChangeEvent& cause);

// True if `later` is a later step of the same run of an update, which makes `earlier` redundant. A rollback
// that the engine began by itself stays news: the release has failed, even if all is well again. Pure.
bool Overtakes(const v1::ChangeEvent& later, const v1::ChangeEvent& earlier);

}  // namespace swarmbell
