#include "collector/store/stored_fields.h"

#include <algorithm>
#include <set>
#include <utility>

#include "collector/store/record.h"

namespace swarmbell {

void StoredFields::Found(const std::string& name, std::string_view record) {
  fields_[name] = {.fingerprint = Fingerprint(record), .object = nullptr, .seen = 0};
}

FieldChanges StoredFields::Compare(
    absl::FunctionRef<void(absl::FunctionRef<void(const KnownRecord&)>)> visit_all) {
  FieldChanges changes;
  std::set<std::string> added;
  ++comparison_;
  visit_all([&](const KnownRecord& wanted) {
    const auto stored = fields_.find(wanted.name);
    if (stored != fields_.end()) {
      stored->second.seen = comparison_;
      if (wanted.object != nullptr && stored->second.object == wanted.object) return;
    }
    std::string record = wanted.seal();
    if (stored != fields_.end() && stored->second.fingerprint == Fingerprint(record)) {
      stored->second.object = wanted.object;
      return;
    }
    if (!added.insert(wanted.name).second) return;
    changes.set.push_back({wanted.name, std::move(record), wanted.object});
  });
  for (const auto& [name, field] : fields_) {
    if (field.seen != comparison_) changes.removed.push_back(name);
  }
  return changes;
}

void StoredFields::Apply(const FieldChanges& changes) {
  for (const FieldChanges::Set& set : changes.set) {
    fields_[set.name] = {.fingerprint = Fingerprint(set.record), .object = set.object, .seen = 0};
  }
  for (const std::string& name : changes.removed) fields_.erase(name);
}

std::size_t StoredFields::SizeAfter(const FieldChanges& changes) const {
  const auto added = std::count_if(changes.set.begin(), changes.set.end(), [this](const auto& set) {
    return fields_.find(set.name) == fields_.end();
  });
  return fields_.size() + static_cast<std::size_t>(added) - changes.removed.size();
}

}  // namespace swarmbell
