#include "collector/stream/failed_task.h"

#include <optional>

#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "google/protobuf/descriptor.h"
#include "google/protobuf/message.h"

namespace swarmbell {
namespace {

constexpr std::size_t kAtOnce = 1000;

bool IsFailure(v1::TaskState state) {
  return state == v1::TASK_STATE_FAILED || state == v1::TASK_STATE_REJECTED ||
         state == v1::TASK_STATE_ORPHANED;
}

// A task that ended without an error, but too early, stops an update as well.
bool IsBlamed(const google::protobuf::FieldDescriptor& field, v1::TaskState state) {
  return IsFailure(state) || (state == v1::TASK_STATE_COMPLETE && field.name() == "failed_task");
}

// True if the event's details name this task, in whichever field, and it failed.
bool NamesFailedTask(const v1::ChangeEvent& event, const std::string& task_id) {
  const auto* oneof = v1::ChangeEvent::descriptor()->FindOneofByName("details");
  const auto* which = event.GetReflection()->GetOneofFieldDescriptor(event, oneof);
  if (which == nullptr) return false;
  const google::protobuf::Message& details = event.GetReflection()->GetMessage(event, which);
  for (int i = 0; i < details.GetDescriptor()->field_count(); ++i) {
    const auto* field = details.GetDescriptor()->field(i);
    if (field->message_type() != v1::TaskSummary::descriptor() || field->is_repeated()) continue;
    const auto& task =
        static_cast<const v1::TaskSummary&>(details.GetReflection()->GetMessage(details, field));
    if (task.id() == task_id && IsBlamed(*field, task.state())) return true;
  }
  return false;
}

}  // namespace

absl::StatusOr<v1::ResourceRef> FindFailedTask(const ChangeLog& log, const std::string& task_id) {
  std::optional<v1::ResourceRef> found;
  LogPosition position = log.Oldest();
  for (bool at_end = task_id.empty(); !at_end;) {
    const LogRead read = log.ReadAfter(position, kAtOnce);
    for (const auto& batch : read.batches) {
      for (const v1::ChangeEvent& event : batch->events) {
        if (NamesFailedTask(event, task_id)) found = event.resource();
      }
    }
    position = read.next;
    at_end = read.batches.empty();
  }
  if (found) return *std::move(found);
  return absl::NotFoundError(absl::StrCat("the log holds no failure of the task \"",
                                          absl::Utf8SafeCEscape(task_id.substr(0, 64)),
                                          "\": only logs of tasks whose failure was reported can be read"));
}

bool OptsOutOfLogs(const v1::ResourceRef& resource) {
  const auto label = resource.labels().find("swarmbell.logs");
  return label != resource.labels().end() && absl::EqualsIgnoreCase(label->second, "false");
}

}  // namespace swarmbell
