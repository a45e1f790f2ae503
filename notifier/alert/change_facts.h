#pragma once

#include <string>
#include <string_view>

#include "absl/time/time.h"
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

// Failures of tasks: which changes are some, of which service and slot, and when two are for one reason. All
// pure and thread-safe.

// True if the change is a failure of a service's task: failed or rejected, without having been told to stop.
bool IsFailure(const v1::ChangeEvent& event);

// Such a failure, by the node that refused the task before it ran.
bool IsRejection(const v1::ChangeEvent& event);

// True if the failures of the service no longer count: it was removed, or is a job that is reported as
// failed.
bool EndsFailures(const v1::ChangeEvent& event);

// The place that the task fills, and its replacement after it: the slot, at a global service the node.
std::string SlotOf(const v1::TaskSummary& task);

// When the failure was seen, or when it happened if it was only found out afterwards.
absl::Time SeenAt(const v1::ChangeEvent& event, absl::Time now);

// The task of a failure; of a crash loop, or of several services that fail, the one that failed last.
const v1::TaskSummary& FailedTaskOf(const v1::ChangeEvent& event);

// The service of a task's or a service's change; as a key by cluster and identifier.
const std::string& ServiceIdOf(const v1::ChangeEvent& event);
const std::string& ServiceNameOf(const v1::ChangeEvent& event);
std::string ServiceKey(const v1::Cluster& cluster, const std::string& service_id);
std::string ServiceKey(const v1::ChangeEvent& event);

// An event without details about the service of such a change, seen where that was.
v1::ChangeEvent ServiceEvent(const v1::ChangeEvent& change, const std::string& id, absl::Time time);

// True if the error of a task says why it failed. An exit code does not: two services that end with code 1
// have no error in common.
bool SaysWhy(std::string_view error);

// The error of a task without what differs from task to task: identifiers, numbers, the task's own name and
// its node's. Two tasks with equal ones fail for the same reason. Linear in the text, of which only the
// first 2,000 bytes count.
std::string NormalError(const v1::TaskSummary& task);

}  // namespace swarmbell
