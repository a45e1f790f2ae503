#include "notifier/alert/change_facts.h"

#include <google/protobuf/descriptor.h>
#include <google/protobuf/message.h>

#include <algorithm>
#include <cstddef>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "common/change/change_field.h"
#include "common/change/origin_labels.h"
#include "common/time/proto_time.h"

namespace swarmbell {
namespace {

constexpr std::size_t kMostBytes = 2000;
constexpr std::size_t kUuidLength = 36;
constexpr std::size_t kSwarmIdLength = 25;
constexpr std::size_t kShortestHexId = 12;  // as docker shortens the identifier of a container

bool IsWordChar(char c) { return absl::ascii_isalnum(static_cast<unsigned char>(c)) || c == '_'; }
bool IsDigit(char c) { return absl::ascii_isdigit(static_cast<unsigned char>(c)); }
bool IsHex(char c) { return IsDigit(c) || (c >= 'a' && c <= 'f'); }
bool IsLowerOrDigit(char c) { return IsDigit(c) || absl::ascii_islower(static_cast<unsigned char>(c)); }

bool IsNumber(std::string_view word) { return std::all_of(word.begin(), word.end(), IsDigit); }

// An ID of the swarm (a service, task, node or network), or of a container, an image or a network of one
// node.
bool IsIdentifier(std::string_view word) {
  if (std::none_of(word.begin(), word.end(), IsDigit)) return false;
  if (word.size() == kSwarmIdLength && std::all_of(word.begin(), word.end(), IsLowerOrDigit)) return true;
  return word.size() >= kShortestHexId && std::all_of(word.begin(), word.end(), IsHex);
}

// The word at the beginning of the text; empty if it begins with none.
std::string_view WordOf(std::string_view text) {
  const auto end = std::find_if_not(text.begin(), text.end(), IsWordChar);
  return text.substr(0, static_cast<std::size_t>(end - text.begin()));
}

std::size_t UuidLength(std::string_view text) {
  if (text.size() < kUuidLength) return 0;
  for (std::size_t i = 0; i < kUuidLength; ++i) {
    const bool dash = i == 8 || i == 13 || i == 18 || i == 23;
    if (dash ? text[i] != '-' : !IsHex(text[i])) return 0;
  }
  return kUuidLength;
}

// How long the name of the task's container is at the beginning of the text: `api.3.<task>`, at a global
// service `api.<node>.<task>`. 0 if there is none.
std::size_t ContainerNameLength(std::string_view text, const std::string& service) {
  if (service.empty() || !text.starts_with(absl::StrCat(service, "."))) return 0;
  const std::string_view slot = WordOf(text.substr(service.size() + 1));
  if (slot.empty() || !(IsNumber(slot) || IsIdentifier(slot))) return 0;
  const std::size_t length = service.size() + 1 + slot.size();
  if (text.substr(length, 1) != ".") return length;
  const std::string_view task = WordOf(text.substr(length + 1));
  return IsIdentifier(task) ? length + 1 + task.size() : length;
}

std::size_t NameLength(std::string_view text, const std::string& name) {
  if (name.empty() || !text.starts_with(name)) return 0;
  const bool goes_on =
      text.size() > name.size() && (IsWordChar(text[name.size()]) || text[name.size()] == '-');
  return goes_on ? 0 : name.size();
}

void AppendWord(std::string_view word, std::string& normal) {
  if (IsIdentifier(word) && !IsNumber(word)) {
    normal += "<id>";
    return;
  }
  // `30` is a number and so is `30s`; the 4 of `IPv4` is none.
  const auto rest = std::find_if_not(word.begin(), word.end(), IsDigit);
  if (rest != word.begin()) normal += '#';
  normal.append(rest, word.end());
}

// The text of that name in the first part of the details that has one.
std::string TextInDetails(const v1::ChangeEvent& event, const char* name) {
  const auto* set = ChangeField(event);
  if (set == nullptr) return "";
  const google::protobuf::Message& details = event.GetReflection()->GetMessage(event, set);
  for (int i = 0; i < details.GetDescriptor()->field_count(); ++i) {
    const auto* field = details.GetDescriptor()->field(i);
    if (field->is_repeated() || field->message_type() == nullptr) continue;
    const auto* text = field->message_type()->FindFieldByName(name);
    if (text == nullptr) continue;
    const google::protobuf::Message& part = details.GetReflection()->GetMessage(details, field);
    return part.GetReflection()->GetString(part, text);
  }
  return "";
}

}  // namespace

std::string NodeNameOf(const v1::ChangeEvent& event) {
  const v1::ResourceRef& resource = event.resource();
  return resource.kind() == v1::RESOURCE_KIND_NODE ? resource.name() : TextInDetails(event, "node_hostname");
}

std::string ServiceNameOf(const v1::ChangeEvent& event) {
  const v1::ResourceRef& resource = event.resource();
  return resource.kind() == v1::RESOURCE_KIND_SERVICE ? resource.name()
                                                      : TextInDetails(event, "service_name");
}

absl::Time HappenedAt(const v1::ChangeEvent& event) {
  return FromProto(event.occur_time().seconds() > 0 ? event.occur_time() : event.observe_time());
}

bool ChangesServiceSpec(const v1::ChangeEvent& event) {
  return ChangedFields(event) != nullptr || event.has_service_mode_changed();
}

const v1::SharedObject* SharedObjectOf(const v1::ChangeEvent& event) {
  switch (event.details_case()) {
    case v1::ChangeEvent::kSecretCreated:
      return &event.secret_created();
    case v1::ChangeEvent::kSecretRemoved:
      return &event.secret_removed();
    case v1::ChangeEvent::kConfigCreated:
      return &event.config_created();
    case v1::ChangeEvent::kConfigRemoved:
      return &event.config_removed();
    case v1::ChangeEvent::kNetworkCreated:
      return &event.network_created();
    case v1::ChangeEvent::kNetworkRemoved:
      return &event.network_removed();
    default:
      return nullptr;
  }
}

bool GoesWithTemplate(const v1::ChangeEvent& event) {
  return event.has_service_image_changed_by_hand() || event.has_service_secret_rotated() ||
         event.has_service_config_rotated();
}

const FieldChangeList* ChangedFields(const v1::ChangeEvent& event) {
  switch (event.details_case()) {
    case v1::ChangeEvent::kServiceTaskTemplateChanged:
      return &event.service_task_template_changed().fields();
    case v1::ChangeEvent::kServiceEndpointSpecChanged:
      return &event.service_endpoint_spec_changed().fields();
    case v1::ChangeEvent::kServiceRollbackConfigChanged:
      return &event.service_rollback_config_changed().fields();
    case v1::ChangeEvent::kServiceUpdateConfigChanged:
      return &event.service_update_config_changed().fields();
    case v1::ChangeEvent::kServiceLabelsChanged:
      return &event.service_labels_changed().fields();
    default:
      return nullptr;
  }
}

FieldChangeList* MutableChangedFields(v1::ChangeEvent& event) {
  return const_cast<FieldChangeList*>(ChangedFields(event));
}

bool IsOriginField(const v1::FieldChange& field) {
  const bool label = field.path() == "Labels" || field.path() == "TaskTemplate.ContainerSpec.Labels";
  return label && IsOriginLabel(field.name());
}

FieldKey KeyOf(const v1::FieldChange& field) {
  return {field.group(), field.name(), static_cast<int>(field.kind()), field.previous_value(),
          field.current_value()};
}

bool IsSameRun(const v1::ServiceUpdateStateChanged& one, const v1::ServiceUpdateStateChanged& two) {
  return one.start_time().seconds() == two.start_time().seconds() &&
         one.start_time().nanos() == two.start_time().nanos();
}

v1::UpdateState StepOf(const v1::ChangeEvent& event) {
  return event.service_update_state_changed().current_state();
}

bool IsUpdateStart(const v1::ChangeEvent& event) { return StepOf(event) == v1::UPDATE_STATE_UPDATING; }

bool IsRollback(const v1::ChangeEvent& event) {
  const v1::UpdateState step = StepOf(event);
  return step == v1::UPDATE_STATE_ROLLBACK_STARTED || step == v1::UPDATE_STATE_ROLLBACK_PAUSED ||
         step == v1::UPDATE_STATE_ROLLBACK_COMPLETED;
}

bool IsFailedRun(const v1::ChangeEvent& event) {
  const v1::UpdateState step = StepOf(event);
  return step == v1::UPDATE_STATE_PAUSED || step == v1::UPDATE_STATE_ROLLBACK_STARTED ||
         step == v1::UPDATE_STATE_ROLLBACK_PAUSED;
}

bool StopsRun(const v1::ChangeEvent& event) {
  const v1::UpdateState step = StepOf(event);
  return step == v1::UPDATE_STATE_PAUSED || step == v1::UPDATE_STATE_ROLLBACK_PAUSED;
}

bool Completes(const v1::ChangeEvent& end, const v1::ChangeEvent& cause) {
  if (!cause.has_service_task_template_changed() && !cause.has_service_endpoint_spec_changed()) return false;
  const FieldChangeList& fields = *ChangedFields(cause);
  if (fields.empty() || end.resource().id() != cause.resource().id()) return false;
  if (StepOf(end) != v1::UPDATE_STATE_COMPLETED) return false;
  std::set<FieldKey> done;
  for (const v1::FieldChange& field : end.service_update_state_changed().fields()) done.insert(KeyOf(field));
  return std::all_of(fields.begin(), fields.end(),
                     [&done](const v1::FieldChange& field) { return done.contains(KeyOf(field)); });
}

bool Overtakes(const v1::ChangeEvent& later, const v1::ChangeEvent& earlier) {
  if (!later.has_service_update_state_changed() || !earlier.has_service_update_state_changed()) return false;
  const v1::ServiceUpdateStateChanged& one = earlier.service_update_state_changed();
  const v1::ServiceUpdateStateChanged& two = later.service_update_state_changed();
  const bool failed = one.automatic() && one.current_state() == v1::UPDATE_STATE_ROLLBACK_STARTED;
  if (failed && two.current_state() == v1::UPDATE_STATE_ROLLBACK_COMPLETED) return false;
  return later.resource().id() == earlier.resource().id() && IsSameRun(one, two);
}

bool IsFailure(const v1::ChangeEvent& event) {
  if (!event.has_task_failed() || event.task_failed().stopping()) return false;
  const v1::TaskState state = event.task_failed().current_state();
  return (state == v1::TASK_STATE_FAILED || state == v1::TASK_STATE_REJECTED) &&
         !event.task_failed().task().service_id().empty();
}

bool IsRejection(const v1::ChangeEvent& event) {
  return IsFailure(event) && event.task_failed().current_state() == v1::TASK_STATE_REJECTED;
}

bool EndsFailures(const v1::ChangeEvent& event) {
  return event.has_service_disappeared() || event.has_service_job_failed();
}

std::string SlotOf(const v1::TaskSummary& task) {
  // The tasks of a global service all have its name.
  if (!task.name().empty() && task.name() != task.service_name()) return task.name();
  return absl::StrCat("on ", task.node_id());
}

absl::Time SeenAt(const v1::ChangeEvent& event, absl::Time now) {
  if (event.recollected()) return FromProto(event.occur_time());
  return event.has_observe_time() ? FromProto(event.observe_time()) : now;
}

const v1::TaskSummary& FailedTaskOf(const v1::ChangeEvent& event) {
  if (event.has_service_crash_loop()) return event.service_crash_loop().last_task();
  if (event.has_services_failing()) return event.services_failing().last_task();
  return event.task_failed().task();
}

const std::string& ServiceIdOf(const v1::ChangeEvent& event) {
  return event.has_task_failed() ? event.task_failed().task().service_id() : event.resource().id();
}

std::string ServiceKey(const v1::Cluster& cluster, const std::string& service_id) {
  return absl::StrCat(cluster.id(), "/", service_id);
}

std::string ServiceKey(const v1::ChangeEvent& event) {
  return ServiceKey(event.cluster(), ServiceIdOf(event));
}

v1::ChangeEvent ServiceEvent(const v1::ChangeEvent& change, const std::string& id, absl::Time time) {
  v1::ChangeEvent event;
  event.set_event_id(id);
  *event.mutable_observe_time() = ToProto(time);
  event.set_action(v1::ACTION_UPDATED);
  *event.mutable_cluster() = change.cluster();
  *event.mutable_observer() = change.observer();
  v1::ResourceRef& resource = *event.mutable_resource();
  resource = change.resource();  // the stack and the labels of a task are the service's
  resource.set_kind(v1::RESOURCE_KIND_SERVICE);
  resource.set_id(ServiceIdOf(change));
  resource.set_name(ServiceNameOf(change));
  if (change.has_origin()) *event.mutable_origin() = change.origin();
  event.set_can_roll_back(change.can_roll_back());
  return event;
}

bool SaysWhy(std::string_view error) {
  return !error.empty() && !error.starts_with("task: non-zero exit") &&
         !error.starts_with("No such container");
}

std::string NormalError(const v1::TaskSummary& task) {
  std::string_view text = task.error();
  text = text.substr(0, kMostBytes);
  std::string normal;
  while (!text.empty()) {
    if (!IsWordChar(text.front())) {
      normal += text.front();
      text.remove_prefix(1);
    } else if (const std::size_t container = ContainerNameLength(text, task.service_name()); container > 0) {
      normal += "<task>";
      text.remove_prefix(container);
    } else if (const std::size_t node = NameLength(text, task.node_hostname()); node > 0) {
      normal += "<node>";
      text.remove_prefix(node);
    } else if (const std::size_t uuid = UuidLength(text); uuid > 0) {
      normal += "<id>";
      text.remove_prefix(uuid);
    } else {
      const std::string_view word = WordOf(text);
      AppendWord(word, normal);
      text.remove_prefix(word.size());
    }
  }
  return normal;
}

}  // namespace swarmbell
