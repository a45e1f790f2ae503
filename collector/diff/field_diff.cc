#include <algorithm>
#include <limits>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "collector/diff/fields.h"
#include "collector/snapshot/masking.h"

namespace swarmbell {
namespace {

using Json = nlohmann::json;
using Changes = std::vector<v1::FieldChange>;
using enum FieldForm;

// One value that is reported on its own: a setting, or an entry of a list or map.
struct FieldEntry {
  std::string name;
  // Identifies the entry in its list or map; two entries with the same key are one setting that changed.
  std::string key;
  std::string text;
  // The value, borrowed from the spec.
  const Json* value = nullptr;
};

// All entries at one path.
struct FieldGroup {
  std::string group;
  std::string path;
  bool ordered = false;  // the order of the entries is a setting, too
  std::vector<FieldEntry> entries;
};

// In the order of reporting, then by path.
using FieldGroups = std::map<std::pair<std::size_t, std::string>, FieldGroup>;

std::string TextOf(const Json& object, const char* name) {
  if (!object.is_object()) return {};
  const auto found = object.find(name);
  return found == object.end() ? std::string() : PlainText(*found);
}

// The key of an entry in a list of objects that this version does not know.
std::string UnknownKey(const Json& entry) {
  for (const char* name : {"Name", "Target", "ID", "Id", "Key", "Kind", "Source"}) {
    if (std::string key = TextOf(entry, name); !key.empty()) return key;
  }
  return {};
}

bool IsList(FieldForm form) { return form >= kEnv && form != kMap; }

std::string ScalarText(FieldForm form, const Json& value) {
  switch (form) {
    case kBytes:
      return BytesText(value);
    case kCpu:
      return CpuText(value);
    case kDuration:
      return DurationText(value);
    case kImage:
      return ImageText(value);
    case kShell:
      return ShellText(value);
    case kHealthTest:
      return HealthTestText(value);
    default:
      return PlainText(value);
  }
}

// `node.role` of `node.role==manager`.
std::string ConstraintSubject(const std::string& constraint) {
  return constraint.substr(0, constraint.find_first_of("=! "));
}

// An entry without `=` may be masked, all of it or behind its name.
FieldEntry Variable(const std::string& text, const Json& entry) {
  const std::size_t sign = text.find('=');
  const std::size_t marker = FindMarker(text);
  if (marker >= sign) {
    const std::string name = text.substr(0, sign);
    return {name, name, sign == std::string::npos ? "" : text.substr(sign + 1), &entry};
  }
  std::string name = text.substr(0, marker);
  name.erase(name.find_last_not_of(": \t") + 1);
  return {name.empty() ? "(no name)" : name, name, text.substr(marker), &entry};
}

// Splits a part of a spec, down to every leaf, into entries.
class SpecEntries {
 public:
  explicit SpecEntries(const std::map<std::string, std::string>& network_names) : names_(network_names) {}

  void Add(const Json& value, const std::string& path) {
    const FieldTerm* term = FindFieldTerm(path);
    if (term != nullptr && IsList(term->form) && value.is_array()) {
      FieldGroup& group = GroupFor(*term, /*ordered=*/true);
      for (const Json& entry : value) group.entries.push_back(ListEntry(*term, entry));
    } else if (term != nullptr && term->form == kMap && value.is_object()) {
      FieldGroup& group = GroupFor(*term, /*ordered=*/false);
      for (const auto& [name, child] : value.items()) {
        group.entries.push_back({name, name, PlainText(child), &child});
      }
    } else if (term != nullptr && !IsList(term->form) && !value.is_object()) {
      GroupFor(*term, false)
          .entries.push_back({std::string(term->name), "", ScalarText(term->form, value), &value});
    } else if (value.is_object()) {
      for (const auto& [name, child] : value.items()) {
        Add(child, path.empty() ? name : absl::StrCat(path, ".", name));
      }
    } else {
      AddUnknown(value, path);
    }
  }

  FieldGroups Result() { return std::move(groups_); }

 private:
  FieldGroup& GroupFor(const FieldTerm& term, bool ordered) {
    FieldGroup& group = groups_[{term.rank, std::string(term.path)}];
    group.group = std::string(term.group);
    group.path = std::string(term.path);
    group.ordered = ordered;
    return group;
  }

  void AddUnknown(const Json& value, const std::string& path) {
    FieldGroup& group = groups_[{std::numeric_limits<std::size_t>::max(), path}];
    group.group = "Other settings";
    group.path = path;
    if (!value.is_array()) {
      group.entries.push_back({path, "", PlainText(value), &value});
      return;
    }
    group.ordered = true;
    for (const Json& entry : value)
      group.entries.push_back({path, UnknownKey(entry), LeavesText(entry), &entry});
  }

  FieldEntry ListEntry(const FieldTerm& term, const Json& entry) const {
    std::string name(term.name);
    switch (term.form) {
      case kEnv:
        return Variable(PlainText(entry), entry);
      case kConstraints:
        return {name, ConstraintSubject(PlainText(entry)), PlainText(entry), &entry};
      case kMounts:
        return {TextOf(entry, "Target"), TextOf(entry, "Target"), MountText(entry), &entry};
      case kNetworks:
        return {name, TextOf(entry, "Target"), NetworkText(entry, names_), &entry};
      case kFiles: {
        const auto file = entry.is_object() ? entry.find("File") : entry.end();
        std::string target = file == entry.end() ? FileText(entry) : TextOf(*file, "Name");
        return {target, target, FileText(entry), &entry};
      }
      case kPorts:
        return {name, absl::StrCat(TextOf(entry, "TargetPort"), "/", TextOf(entry, "Protocol")),
                PortText(entry), &entry};
      case kUlimits:
        return {TextOf(entry, "Name"), TextOf(entry, "Name"), UlimitText(entry), &entry};
      case kPreferences:
        return {name, PreferenceText(entry), PreferenceText(entry), &entry};
      case kPlatforms:
        return {name, PlatformText(entry), PlatformText(entry), &entry};
      case kGenericResources: {
        const std::string kind =
            entry.is_object() && entry.size() == 1 ? TextOf(*entry.begin(), "Kind") : std::string();
        return {kind.empty() ? name : absl::StrCat(name, " ", kind), kind, GenericResourceText(entry),
                &entry};
      }
      default:
        return {name, PlainText(entry), PlainText(entry), &entry};
    }
  }

  const std::map<std::string, std::string>& names_;
  FieldGroups groups_;
};

// Null has no groups. The result borrows from `spec`.
FieldGroups GroupFields(const Json& spec, const std::string& path,
                        const std::map<std::string, std::string>& network_names) {
  SpecEntries grouper(network_names);
  if (!spec.is_null()) grouper.Add(spec, path);
  return grouper.Result();
}

using Entries = std::vector<const FieldEntry*>;

struct Shown {
  std::optional<std::string> before;
  std::optional<std::string> now;
};

v1::FieldChange Change(const FieldGroup& group, const std::string& name, v1::FieldChangeKind kind,
                       const Shown& shown) {
  v1::FieldChange change;
  change.set_group(group.group);
  change.set_name(ShowMasked(name).text);
  change.set_kind(kind);
  change.set_path(group.path);
  if (shown.before) {
    const DisplayText text = ShowMasked(*shown.before);
    change.set_previous_value(text.text);
    change.set_masked(text.masked);
  }
  if (shown.now) {
    const DisplayText text = ShowMasked(*shown.now);
    change.set_current_value(text.text);
    change.set_masked(change.masked() || text.masked);
  }
  return change;
}

// Shows an entry of a list in which only the order changed.
std::string Words(const FieldEntry& entry) {
  return entry.name.empty() || entry.key != entry.name ? entry.text : entry.name;
}

std::string Listed(const FieldGroup& group) {
  return absl::StrJoin(group.entries, ", ",
                       [](std::string* out, const FieldEntry& entry) { *out += Words(entry); });
}

std::string JoinName(const std::string& name, const std::string& path) {
  return name.empty() ? path : absl::StrCat(name, " ", path);
}

void AddLeaves(const FieldGroup& group, const std::string& name, const Json& before, const Json& now,
               const std::string& path, Changes& changes);

// Leaves of two objects.
void AddChildLeaves(const FieldGroup& group, const std::string& name, const Json& before, const Json& now,
                    const std::string& path, Changes& changes) {
  std::set<std::string> names;
  for (const auto& [child, value] : before.items()) names.insert(child);
  for (const auto& [child, value] : now.items()) names.insert(child);
  for (const std::string& child : names) {
    const Json old_value = before.contains(child) ? before[child] : Json();
    const Json new_value = now.contains(child) ? now[child] : Json();
    AddLeaves(group, name, old_value, new_value, path.empty() ? child : absl::StrCat(path, ".", child),
              changes);
  }
}

// Adds the differences of two values whose texts are the same.
void AddLeaves(const FieldGroup& group, const std::string& name, const Json& before, const Json& now,
               const std::string& path, Changes& changes) {
  if (before == now) return;
  if (before.is_object() && now.is_object()) return AddChildLeaves(group, name, before, now, path, changes);
  if (before.is_null()) {
    changes.push_back(
        Change(group, JoinName(name, path), v1::FIELD_CHANGE_KIND_ADDED, {std::nullopt, PlainText(now)}));
  } else if (now.is_null()) {
    changes.push_back(Change(group, JoinName(name, path), v1::FIELD_CHANGE_KIND_REMOVED,
                             {PlainText(before), std::nullopt}));
  } else {
    changes.push_back(Change(group, JoinName(name, path), v1::FIELD_CHANGE_KIND_CHANGED,
                             {PlainText(before), PlainText(now)}));
  }
}

void AddChanged(const FieldGroup& group, const FieldEntry& before, const FieldEntry& now, Changes& changes) {
  if (before.text != now.text || !before.value->is_object()) {
    const bool same = before.text == now.text;
    changes.push_back(
        Change(group, now.name, v1::FIELD_CHANGE_KIND_CHANGED,
               {same ? PlainText(*before.value) : before.text, same ? PlainText(*now.value) : now.text}));
  } else {
    AddLeaves(group, now.name, *before.value, *now.value, "", changes);
  }
}

// Removes the equal entries from both lists, regardless of their positions.
void DropEqual(Entries& before, Entries& now) {
  std::multiset<std::string> old_values;
  for (const FieldEntry* entry : before) old_values.insert(entry->key + '\0' + entry->value->dump());
  std::multiset<std::string> equal;
  std::erase_if(now, [&](const FieldEntry* entry) {
    const auto found = old_values.find(entry->key + '\0' + entry->value->dump());
    if (found == old_values.end()) return false;
    equal.insert(*found);
    old_values.erase(found);
    return true;
  });
  std::erase_if(before, [&](const FieldEntry* entry) {
    const auto found = equal.find(entry->key + '\0' + entry->value->dump());
    if (found == equal.end()) return false;
    equal.erase(found);
    return true;
  });
}

Entries Pointers(const FieldGroup& group) {
  Entries entries;
  for (const FieldEntry& entry : group.entries) entries.push_back(&entry);
  return entries;
}

bool SameOrder(const FieldGroup& before, const FieldGroup& now) {
  for (std::size_t i = 0; i < now.entries.size(); ++i) {
    if (*before.entries[i].value != *now.entries[i].value) return false;
  }
  return true;
}

void AddGroup(const FieldGroup& before, const FieldGroup& now, Changes& changes) {
  Entries old_entries = Pointers(before);
  Entries new_entries = Pointers(now);
  DropEqual(old_entries, new_entries);
  if (old_entries.empty() && new_entries.empty()) {
    if (now.ordered && !SameOrder(before, now)) {
      const FieldEntry& first = now.entries.front();
      const std::string name = first.key == first.name ? "" : first.name;
      changes.push_back(Change(now, name, v1::FIELD_CHANGE_KIND_REORDERED, {Listed(before), Listed(now)}));
    }
    return;
  }
  std::multimap<std::string, const FieldEntry*> by_key;
  for (const FieldEntry* entry : old_entries) by_key.emplace(entry->key, entry);
  std::set<const FieldEntry*> matched;
  for (const FieldEntry* entry : new_entries) {
    const auto found = by_key.find(entry->key);
    if (found == by_key.end()) {
      changes.push_back(Change(now, entry->name, v1::FIELD_CHANGE_KIND_ADDED, {std::nullopt, entry->text}));
      continue;
    }
    AddChanged(now, *found->second, *entry, changes);
    matched.insert(found->second);
    by_key.erase(found);
  }
  for (const FieldEntry* entry : old_entries) {
    if (matched.contains(entry)) continue;
    changes.push_back(
        Change(before, entry->name, v1::FIELD_CHANGE_KIND_REMOVED, {entry->text, std::nullopt}));
  }
}

}  // namespace

Changes DiffFields(const Json& before, const Json& now, const std::string& path,
                   const std::map<std::string, std::string>& network_names) {
  Changes changes;
  if (before == now) return changes;
  const FieldGroups old_groups = GroupFields(before, path, network_names);
  const FieldGroups new_groups = GroupFields(now, path, network_names);
  const FieldGroup none;
  std::set<FieldGroups::key_type> keys;
  for (const auto& [key, group] : old_groups) keys.insert(key);
  for (const auto& [key, group] : new_groups) keys.insert(key);
  for (const auto& key : keys) {
    const auto old_group = old_groups.find(key);
    const auto new_group = new_groups.find(key);
    AddGroup(old_group == old_groups.end() ? none : old_group->second,
             new_group == new_groups.end() ? none : new_group->second, changes);
  }
  return changes;
}

}  // namespace swarmbell
