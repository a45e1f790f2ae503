#include "collector/stream/change_filters.h"

#include <algorithm>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/settings/setting.h"
#include "google/protobuf/descriptor.h"

namespace swarmbell {
namespace {

// A subscriber needs a handful; each change is compared with each filter.
constexpr int kMaxFilters = 256;

const google::protobuf::OneofDescriptor& Details() {
  return *v1::ChangeEvent::descriptor()->FindOneofByName("details");
}

// 0 if there is no change of this name.
int ChangeNumber(const std::string& name) {
  const auto* field = v1::ChangeEvent::descriptor()->FindFieldByName(name);
  return field != nullptr && field->containing_oneof() == &Details() ? field->number() : 0;
}

std::string KnownKinds() {
  std::string names;
  for (int kind = v1::ResourceKind_MIN + 1; kind <= v1::ResourceKind_MAX; ++kind) {
    if (!v1::ResourceKind_IsValid(kind)) continue;
    absl::StrAppend(&names, names.empty() ? "" : ", ",
                    v1::ResourceKind_Name(static_cast<v1::ResourceKind>(kind)), " = ", kind);
  }
  return names;
}

absl::Status UnknownKind(int kind, int index) {
  return absl::InvalidArgumentError(absl::StrCat("filters[", index, "].kinds has ", kind,
                                                 ", which is no kind of resource; known are ", KnownKinds()));
}

absl::Status UnknownChange(const std::string& name, int index) {
  std::vector<std::string> known;
  for (int i = 0; i < Details().field_count(); ++i) known.emplace_back(Details().field(i)->name());
  return absl::InvalidArgumentError(
      absl::StrCat("filters[", index, "].changes has ", Quoted(name),
                   ", which is no change; the names are those of the fields in ChangeEvent.details",
                   DidYouMean(name, known)));
}

}  // namespace

absl::StatusOr<ChangeFilters::Filter> ChangeFilters::MakeFilter(const v1::ChangeFilter& filter, int index) {
  Filter made;
  made.stack = filter.stack();
  for (const int kind : filter.kinds()) {
    if (kind == v1::RESOURCE_KIND_UNSPECIFIED || !v1::ResourceKind_IsValid(kind))
      return UnknownKind(kind, index);
    made.kinds.insert(kind);
  }
  for (const std::string& name : filter.changes()) {
    const int number = ChangeNumber(name);
    if (number == 0) return UnknownChange(name, index);
    made.changes.insert(number);
  }
  return made;
}

absl::StatusOr<ChangeFilters> ChangeFilters::Make(
    const google::protobuf::RepeatedPtrField<v1::ChangeFilter>& filters, bool update_progress) {
  if (filters.size() > kMaxFilters) {
    return absl::InvalidArgumentError(absl::StrCat("filters has ", filters.size(), " entries; at most ",
                                                   kMaxFilters,
                                                   " are allowed, each of which may name many changes"));
  }
  ChangeFilters made;
  made.update_progress_ = update_progress;
  for (int i = 0; i < filters.size(); ++i) {
    auto filter = MakeFilter(filters[i], i);
    if (!filter.ok()) return filter.status();
    made.filters_.push_back(*std::move(filter));
  }
  return made;
}

bool ChangeFilters::Matches(const Filter& filter, const v1::ChangeEvent& event) {
  if (event.has_service_update_progress() && filter.changes.empty()) return false;
  return (filter.kinds.empty() || filter.kinds.contains(event.resource().kind())) &&
         (filter.stack.empty() || filter.stack == event.resource().stack()) &&
         (filter.changes.empty() || filter.changes.contains(event.details_case()));
}

std::string ChangeFilters::Key() const {
  const char* const progress = update_progress_ ? "progress;" : "";
  std::set<std::string> keys;
  for (const Filter& filter : filters_) {
    if (filter.kinds.empty() && filter.stack.empty() && filter.changes.empty()) return progress;
    keys.insert(absl::StrCat("kinds ", absl::StrJoin(filter.kinds, ","), " changes ",
                             absl::StrJoin(filter.changes, ","), " stack ", filter.stack.size(), " ",
                             filter.stack, ";"));
  }
  return absl::StrCat(absl::StrJoin(keys, ""), progress);
}

bool ChangeFilters::Match(const v1::ChangeEvent& event) const {
  const bool is_progress = event.has_service_update_progress();
  if (is_progress && update_progress_) return true;
  return (filters_.empty() && !is_progress) ||
         std::any_of(filters_.begin(), filters_.end(),
                     [&](const Filter& filter) { return Matches(filter, event); });
}

}  // namespace swarmbell
