#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <string_view>
#include <tuple>

#include "absl/time/time.h"
#include "common/time/proto_time.h"
#include "swarmbell/v1/change_event.pb.h"

namespace swarmbell {

// Facts about one change, or about two that belong together. All functions are pure and thread-safe.

// When the change happened, or was observed if that is unknown.
absl::Time HappenedAt(const v1::ChangeEvent& event);

// The name of the node, or of the service, that the change is about: itself, or that of the task or container
// in its details. Empty if there is none.
std::string NodeNameOf(const v1::ChangeEvent& event);
std::string ServiceNameOf(const v1::ChangeEvent& event);

// First, changes of settings and the updates of services that they start.

// True if the event is a change of the spec of a service: it makes the engine start an update, and a rollback
// makes such changes too.
bool ChangesServiceSpec(const v1::ChangeEvent& event);

// The secret, config or network that was created or removed; null for any other event.
const v1::SharedObject* SharedObjectOf(const v1::ChangeEvent& event);

// True for an event that says what a change of a service's task template, which comes with it, means besides.
bool GoesWithTemplate(const v1::ChangeEvent& event);

// The settings that a change of a service's spec names; null for a change that names no fields. Unlike
// FieldsOf in config/change_words.h, which is for matching rules, it does not return the fields of an update.
using FieldChangeList = google::protobuf::RepeatedPtrField<v1::FieldChange>;
const FieldChangeList* ChangedFields(const v1::ChangeEvent& event);
FieldChangeList* MutableChangedFields(v1::ChangeEvent& event);

// True if the field is a label that says whose change it is; see ChangeOrigin. Cards show it in words.
bool IsOriginField(const v1::FieldChange& field);

// Equal for equal changes of a field, wherever in the spec it is.
using FieldKey = std::tuple<std::string_view, std::string_view, int, std::string_view, std::string_view>;
FieldKey KeyOf(const v1::FieldChange& field);

// True if two steps of one service are of the same run of an update, by the engine's start time.
bool IsSameRun(const v1::ServiceUpdateStateChanged& one, const v1::ServiceUpdateStateChanged& two);

// The step of an update that the event tells; UPDATE_STATE_UNSPECIFIED for any other event.
v1::UpdateState StepOf(const v1::ChangeEvent& event);

bool IsUpdateStart(const v1::ChangeEvent& event);

// True if the event is a step of a rollback.
bool IsRollback(const v1::ChangeEvent& event);

// True if an update or rollback stopped or turned back because its tasks fail: its card shows the failure.
bool IsFailedRun(const v1::ChangeEvent& event);

// True if an update or rollback stopped because its tasks fail: it goes on only when somebody acts.
bool StopsRun(const v1::ChangeEvent& event);

// True if `end` reports the completion of the update that the change `cause` started: it is of the same
// service and names every field of the cause.
bool Completes(const v1::ChangeEvent& end, const v1::ChangeEvent& cause);

// True if `later` is a later step of the same run of an update, which makes `earlier` redundant. A rollback
// that the engine started by itself is never redundant: the release has failed, even if the rollback
// completed.
bool Overtakes(const v1::ChangeEvent& later, const v1::ChangeEvent& earlier);

// Second, failures of tasks: of which service and slot they are, and when two have the same reason.

// True if the change is a failure of a service's task: failed or rejected, without having been asked to stop.
bool IsFailure(const v1::ChangeEvent& event);

// Such a failure, by the node that refused the task before it ran.
bool IsRejection(const v1::ChangeEvent& event);

// True if the failures of the service no longer count: it was removed, or is a job that is reported as
// failed.
bool EndsFailures(const v1::ChangeEvent& event);

// The slot of the task, which its replacement fills too; of a global service the node.
std::string SlotOf(const v1::TaskSummary& task);

// When the failure was seen, or when it happened if a collector found it later.
absl::Time SeenAt(const v1::ChangeEvent& event, absl::Time now);

// The task of a failure; of a crash loop, or of several services that fail, the last one.
const v1::TaskSummary& FailedTaskOf(const v1::ChangeEvent& event);

// The service of a task's or a service's change; ServiceKey also names the cluster.
const std::string& ServiceIdOf(const v1::ChangeEvent& event);
std::string ServiceKey(const v1::Cluster& cluster, const std::string& service_id);
std::string ServiceKey(const v1::ChangeEvent& event);

// An event without details about the service of such a change, seen where that was.
v1::ChangeEvent ServiceEvent(const v1::ChangeEvent& change, const std::string& id, absl::Time time);

// Several failures of the tasks of one service, or of several.
struct FailureCount {
  std::uint32_t failures = 0;
  absl::Time first;
  absl::Time last;
  std::set<std::string> nodes;  // where
};

// Sets the times, the nodes and the last task in the details of an event about several failures. Without a
// first time, no later than the last one, it sets no times.
template <typename Details>
void SetFailures(const FailureCount& count, const v1::TaskSummary& last_task, Details& details) {
  if (count.first <= count.last) {
    *details.mutable_start_time() = ToProto(count.first);
    *details.mutable_last_time() = ToProto(count.last);
  }
  *details.mutable_last_task() = last_task;
  for (const std::string& node : count.nodes) details.add_nodes(node);
}

// True if the error of a task says why it failed. An exit code does not: two services that exit with code 1
// have no error in common.
bool SaysWhy(std::string_view error);

// The error of a task without the parts that differ from task to task: identifiers, numbers, the names of the
// task and of its node. Two tasks with equal results fail for the same reason. Linear in the text, of which
// only the first 2,000 bytes count.
std::string NormalError(const v1::TaskSummary& task);

}  // namespace swarmbell
