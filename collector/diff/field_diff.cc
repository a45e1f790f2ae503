#include "collector/diff/field_diff.h"

#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "collector/diff/field_groups.h"
#include "collector/diff/field_text.h"
#include "collector/snapshot/masking.h"

namespace swarmbell {
namespace {

using Json = nlohmann::json;
using Changes = std::vector<v1::FieldChange>;
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

// Adds the differences of two values whose terms read the same.
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

// Takes out of both lists what is equal, whatever its place.
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
  FieldGroups old_groups = before.is_null() ? FieldGroups() : GroupFields(before, path, network_names);
  FieldGroups new_groups = now.is_null() ? FieldGroups() : GroupFields(now, path, network_names);
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
