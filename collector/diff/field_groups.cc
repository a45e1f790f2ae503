#include "collector/diff/field_groups.h"

#include <algorithm>
#include <limits>
#include <nlohmann/json.hpp>

#include "absl/strings/str_cat.h"
#include "collector/diff/field_terms.h"
#include "collector/diff/field_text.h"
#include "collector/snapshot/masking.h"

namespace swarmbell {
namespace {

using Json = nlohmann::json;
using enum FieldForm;

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

class Grouper {
 public:
  explicit Grouper(const std::map<std::string, std::string>& network_names) : names_(network_names) {}

  void Take(const Json& value, const std::string& path) {
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
        Take(child, path.empty() ? name : absl::StrCat(path, ".", name));
      }
    } else {
      TakeUnknown(value, path);
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

  void TakeUnknown(const Json& value, const std::string& path) {
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

}  // namespace

FieldGroups GroupFields(const Json& spec, const std::string& path,
                        const std::map<std::string, std::string>& network_names) {
  Grouper grouper(network_names);
  grouper.Take(spec, path);
  return grouper.Result();
}

}  // namespace swarmbell
