#include "collector/store/object_records.h"

#include <concepts>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <type_traits>
#include <utility>

#include "collector/snapshot/snapshot.h"
#include "collector/snapshot/spec.h"
#include "collector/store/record.h"
#include "common/time/proto_time.h"
#include "swarmbell/store/v1/collector_state.pb.h"

namespace swarmbell {
namespace {

template <typename T, typename Object>
concept MaybeConst = std::same_as<std::remove_const_t<T>, Object>;

// The fields of each type. The names bound first are all members, so that a new one does not compile until it
// is listed; the texts are the names of the record's fields.

void VisitFields(MaybeConst<UpdateStatus> auto& status, auto&& field) {
  auto& [state, started_at, completed_at, message] = status;
  field("state", state);
  field("start_time", started_at);
  field("complete_time", completed_at);
  field("message", message);
}

void VisitFields(MaybeConst<Service> auto& service, auto&& field) {
  // The content of the spec is not stored twice: see FinishReading().
  [[maybe_unused]] auto& [id, version, name, stack, labels, created_at, updated_at, mode, image, policy,
                          update_config, rollback_config, publishes_ports, job_iteration, update_status, spec,
                          previous_spec, template_fingerprint] = service;
  field("id", id);
  field("version", version);
  field("name", name);
  field("stack", stack);
  field("labels", labels);
  field("create_time", created_at);
  field("update_time", updated_at);
  field("mode", mode);
  field("image", image);
  field("job_iteration", job_iteration);
  field("update_status", update_status);
  field("spec", spec);
  field("template_fingerprint", template_fingerprint.whole);
  field("unplaced_fingerprint", template_fingerprint.unplaced);
}

void VisitFields(MaybeConst<Node> auto& node, auto&& field) {
  auto& [id, version, hostname, role, availability, state, state_message, address, engine_version, labels,
         reachability, leader, created_at, updated_at] = node;
  field("id", id);
  field("version", version);
  field("hostname", hostname);
  field("role", role);
  field("availability", availability);
  field("state", state);
  field("state_message", state_message);
  field("address", address);
  field("engine_version", engine_version);
  field("labels", labels);
  field("reachability", reachability);
  field("leader", leader);
  field("create_time", created_at);
  field("update_time", updated_at);
}

void VisitFields(MaybeConst<Task> auto& task, auto&& field) {
  auto& [id, version, service_id, node_id, slot, state, desired_state, error, message, exit_code,
         container_id, image, state_time, created_at, job_iteration, spec_fingerprint] = task;
  field("id", id);
  field("version", version);
  field("service_id", service_id);
  field("node_id", node_id);
  field("slot", slot);
  field("state", state);
  field("desired_state", desired_state);
  field("error", error);
  field("message", message);
  field("exit_code", exit_code);
  field("container_id", container_id);
  field("image", image);
  field("state_time", state_time);
  field("create_time", created_at);
  field("job_iteration", job_iteration);
  field("spec_fingerprint", spec_fingerprint.whole);
  field("unplaced_fingerprint", spec_fingerprint.unplaced);
}

void VisitFields(MaybeConst<Container> auto& container, auto&& field) {
  auto& [id, name, image, state, status, labels, created_at] = container;
  field("id", id);
  field("name", name);
  field("image", image);
  field("state", state);
  field("status", status);
  field("labels", labels);
  field("create_time", created_at);
}

void VisitFields(MaybeConst<SharedObject> auto& object, auto&& field) {
  // Networks of one node are not kept.
  [[maybe_unused]] auto& [id, version, name, labels, created_at, driver, attachable, internal, of_swarm] =
      object;
  field("id", id);
  field("version", version);
  field("name", name);
  field("labels", labels);
  field("create_time", created_at);
  field("driver", driver);
  field("attachable", attachable);
  field("internal", internal);
}

// A name in VisitFields() is misspelt.
[[noreturn]] void Abort(const char* name) {
  std::fprintf(stderr, "no record has a field \"%s\"\n", name);
  std::abort();
}

// Copies fields between an object and its record: into the record, or out of it if Record is const. Keeps the
// first error.
template <typename Record>
class FieldCopier {
 public:
  FieldCopier(std::string_view record_name, Record& record, absl::Status& status)
      : record_name_(record_name), record_(record), status_(status) {}

  template <typename T>
  void operator()(const char* name, T& value) {
    using Value = std::remove_const_t<T>;
    if constexpr (std::same_as<Value, bool>) {
      Copy(name, value, &Reflection::GetBool, &Reflection::SetBool);
    } else if constexpr (std::same_as<Value, std::int32_t>) {
      Copy(name, value, &Reflection::GetInt32, &Reflection::SetInt32);
    } else if constexpr (std::same_as<Value, std::uint64_t>) {
      Copy(name, value, &Reflection::GetUInt64, &Reflection::SetUInt64);
    } else if constexpr (std::is_enum_v<Value>) {
      Copy(name, value, &Reflection::GetEnumValue, &Reflection::SetEnumValue);
    } else if constexpr (kReads) {
      value = Value(Record::GetReflection()->GetString(record_, Field(name)));
    } else {
      Record::GetReflection()->SetString(&record_, Field(name), value);
    }
  }
  void operator()(const char* name, MaybeConst<absl::Time> auto& time) {
    if constexpr (kReads) {
      google::protobuf::Timestamp read;
      read.CopyFrom(Record::GetReflection()->GetMessage(record_, Field(name)));
      if (status_.ok()) status_ = ReadTime(record_name_, read, time);
    } else {
      Record::GetReflection()->MutableMessage(&record_, Field(name))->CopyFrom(ToProto(time));
    }
  }
  template <typename T>
  void operator()(const char* name, std::optional<T>& value) {
    if (Record::GetReflection()->HasField(record_, Field(name))) (*this)(name, value.emplace());
  }
  template <typename T>
  void operator()(const char* name, const std::optional<T>& value) {
    if (value) (*this)(name, *value);
  }
  void operator()(const char* /*labels*/, MaybeConst<std::map<std::string, std::string>> auto& labels) {
    if constexpr (kReads) {
      labels = {record_.labels().begin(), record_.labels().end()};
    } else {
      record_.mutable_labels()->insert(labels.begin(), labels.end());
    }
  }
  void operator()(const char* /*mode*/, MaybeConst<v1::ServiceMode> auto& mode) {
    if constexpr (kReads) {
      mode = record_.mode();
    } else {
      *record_.mutable_mode() = mode;
    }
  }
  void operator()(const char* /*update_status*/, MaybeConst<UpdateStatus> auto& update_status) {
    if constexpr (kReads) {
      VisitFields(update_status,
                  FieldCopier<const store::v1::UpdateStatus>(record_name_, record_.update_status(), status_));
    } else {
      VisitFields(update_status, FieldCopier<store::v1::UpdateStatus>(
                                     record_name_, *record_.mutable_update_status(), status_));
    }
  }

 private:
  using Reflection = google::protobuf::Reflection;
  static constexpr bool kReads = std::is_const_v<Record>;

  static const google::protobuf::FieldDescriptor* Field(const char* name) {
    const auto* field = Record::descriptor()->FindFieldByName(name);
    if (field == nullptr) Abort(name);
    return field;
  }

  template <typename T>
  void Copy(const char* name, T& value, auto get, auto set) {
    if constexpr (kReads) {
      value = static_cast<T>((Record::GetReflection()->*get)(record_, Field(name)));
    } else {
      (Record::GetReflection()->*set)(&record_, Field(name), value);
    }
  }

  const std::string_view record_name_;
  Record& record_;
  absl::Status& status_;
};

// An empty record of an object's type.
store::v1::Service RecordOf(const Service&) { return {}; }
store::v1::Node RecordOf(const Node&) { return {}; }
store::v1::Task RecordOf(const Task&) { return {}; }
store::v1::Container RecordOf(const Container&) { return {}; }
store::v1::SharedObject RecordOf(const SharedObject&) { return {}; }

// Reads what the specs contain.
absl::Status FinishReading(std::string_view name, const store::v1::Service& record, Service& service) {
  for (const std::string* spec : {&record.spec(), &record.previous_spec()}) {
    if (!spec->empty() && !nlohmann::json::accept(*spec))
      return BadRecord(name, "contains a spec that is not JSON");
  }
  service.previous_spec = TextPatch(record.previous_spec(), service.spec);
  if (service.spec.empty()) return absl::OkStatus();
  const nlohmann::json spec = nlohmann::json::parse(service.spec);
  absl::Status ignored;
  service.policy = ReadTaskPolicy(JsonFields(spec, "a kept spec", &ignored).Object("TaskTemplate"));
  ReadRunSettings(spec, service);
  return absl::OkStatus();
}

}  // namespace

absl::Status ReadTime(std::string_view name, const google::protobuf::Timestamp& record, absl::Time& time) {
  constexpr std::int64_t kYear10000 = 253'402'300'800;
  if (record.seconds() < -kYear10000 || record.seconds() >= kYear10000 || record.nanos() < 0 ||
      record.nanos() >= 1'000'000'000) {
    return BadRecord(name, "contains an invalid time");
  }
  time = FromProto(record);
  return absl::OkStatus();
}

template <typename Object>
std::string SealObject(std::string_view name, const Object& object) {
  auto record = RecordOf(object);
  absl::Status no_error;
  VisitFields(object, FieldCopier(name, record, no_error));
  if constexpr (std::same_as<Object, Service>) {
    record.set_previous_spec(object.previous_spec.Apply(object.spec));
  }
  return SealMessage(name, record);
}

template <typename Object>
absl::Status OpenObject(std::string_view name, std::string_view sealed, Object& object) {
  auto record = RecordOf(object);
  absl::Status status = OpenMessage(name, sealed, record);
  if (!status.ok()) return status;
  VisitFields(object, FieldCopier(name, std::as_const(record), status));
  if (object.id.empty()) return BadRecord(name, "has no identifier");
  if constexpr (std::same_as<Object, Service>) {
    if (status.ok()) status = FinishReading(name, record, object);
  }
  return status;
}

template std::string SealObject(std::string_view, const Service&);
template std::string SealObject(std::string_view, const Node&);
template std::string SealObject(std::string_view, const Task&);
template std::string SealObject(std::string_view, const Container&);
template std::string SealObject(std::string_view, const SharedObject&);
template absl::Status OpenObject(std::string_view, std::string_view, Service&);
template absl::Status OpenObject(std::string_view, std::string_view, Node&);
template absl::Status OpenObject(std::string_view, std::string_view, Task&);
template absl::Status OpenObject(std::string_view, std::string_view, Container&);
template absl::Status OpenObject(std::string_view, std::string_view, SharedObject&);

}  // namespace swarmbell
