#include "notifier/rules/match.h"

#include <algorithm>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "absl/time/civil_time.h"
#include "common/change/change_field.h"
#include "common/glob/glob.h"
#include "notifier/config/change_words.h"

namespace swarmbell {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

// A number of replicas says more than the kind, unless the kind itself changed.
std::string ModeWord(const v1::ServiceMode& mode, bool same_kind) {
  if (same_kind && mode.has_replicas()) return std::to_string(mode.replicas());
  const auto* value = v1::ServiceModeKind_descriptor()->FindValueByNumber(mode.kind());
  return value == nullptr ? "none" : EnumWord(*value);
}

std::string EnumFieldWord(const Message& message, const FieldDescriptor& field) {
  const int number = message.GetReflection()->GetEnumValue(message, &field);
  const auto* value = field.enum_type()->FindValueByNumber(number);
  // A value that this reader does not know yet.
  return value == nullptr ? std::to_string(number) : EnumWord(*value);
}

std::string FieldWord(const Message& message, const FieldDescriptor* field) {
  if (field == nullptr) return "";
  if (field->type() == FieldDescriptor::TYPE_ENUM) return EnumFieldWord(message, *field);
  if (field->type() == FieldDescriptor::TYPE_STRING) {
    const std::string word = message.GetReflection()->GetString(message, field);
    return word.empty() ? "none" : word;
  }
  return "";
}

std::string NodeWord(const v1::NodeSummary& node) {
  if (!node.hostname().empty()) return node.hostname();
  return node.id().empty() ? "none" : node.id();
}

// Chats refuse a title of blanks alone, whichever blanks they are.
bool IsBlank(const std::string& text) {
  return absl::StrReplaceAll(text, {{" ", ""},
                                    {"\t", ""},
                                    {"\n", ""},
                                    {"\r", ""},
                                    {"\v", ""},
                                    {"\f", ""},
                                    {"\u00a0", ""},
                                    {"\u2002", ""},
                                    {"\u2003", ""},
                                    {"\u2009", ""},
                                    {"\u200b", ""},
                                    {"\u202f", ""},
                                    {"\u3000", ""},
                                    {"\ufeff", ""}})
      .empty();
}

// An empty list matches all.
bool HasWord(const std::vector<std::string>& words, const std::string& word) {
  return words.empty() || std::find(words.begin(), words.end(), word) != words.end();
}

bool HasGlob(const std::vector<std::string>& globs, const std::string& text) {
  return globs.empty() || std::any_of(globs.begin(), globs.end(),
                                      [&](const std::string& glob) { return GlobMatch(glob, text); });
}

const v1::FieldChange* FirstOther(const std::vector<std::string>& globs, const v1::ChangeEvent& event) {
  for (const v1::FieldChange* field : FieldsOf(event)) {
    const auto matches = [field](const std::string& glob) { return MatchesField(glob, *field); };
    if (std::none_of(globs.begin(), globs.end(), matches)) return field;
  }
  return nullptr;
}

// True if nothing but these fields changed.
bool HasFieldsAlone(const std::vector<std::string>& globs, const v1::ChangeEvent& event) {
  return globs.empty() || (!FieldsOf(event).empty() && FirstOther(globs, event) == nullptr);
}

bool HasLabels(const std::map<std::string, std::string>& wanted, const v1::ResourceRef& resource) {
  return std::all_of(wanted.begin(), wanted.end(), [&](const auto& label) {
    const auto found = resource.labels().find(label.first);
    return found != resource.labels().end() && GlobMatch(label.second, found->second);
  });
}

bool IsStopping(const v1::ChangeEvent& event) {
  return event.has_task_failed() && event.task_failed().stopping();
}

bool LacksTasks(const v1::ChangeEvent& event) {
  const v1::ServiceUpdateStateChanged& change = event.service_update_state_changed();
  const bool over = change.current_state() == v1::UPDATE_STATE_COMPLETED ||
                    change.current_state() == v1::UPDATE_STATE_ROLLBACK_COMPLETED;
  return over && change.has_failed_task() && change.updated_tasks() < change.wanted_tasks();
}

bool IsAutomatic(const v1::ChangeEvent& event) { return event.service_update_state_changed().automatic(); }

// `to is "active", not drain or pause`
std::string Unlike(const std::string& part, const std::string& is, const std::vector<std::string>& wanted) {
  return absl::StrCat(part, " is \"", is, "\", not ", absl::StrJoin(wanted, " or "));
}

std::string LabelMismatch(const std::map<std::string, std::string>& wanted, const v1::ResourceRef& resource) {
  for (const auto& [label, glob] : wanted) {
    if (HasLabels({{label, glob}}, resource)) continue;
    const auto found = resource.labels().find(label);
    if (found == resource.labels().end()) return absl::StrCat("there is no label ", label);
    return Unlike(absl::StrCat("label ", label), found->second, {glob});
  }
  return "";
}

// The parts of a match, in the order in which they are checked.
enum class Part {
  kNone,
  kChange,
  kKind,
  kFrom,
  kTo,
  kName,
  kStack,
  kCluster,
  kFields,
  kLabels,
  kTasksMissing,
  kAutomatic,
  kStopping,
};

Part FirstMismatch(const MatchConfig& match, const v1::ChangeEvent& event, const Transition& transition) {
  const v1::ResourceRef& resource = event.resource();
  if (!HasWord(match.changes, transition.change)) return Part::kChange;
  if (!match.kinds.empty() && !HasWord(match.kinds, KindWord(resource.kind()))) return Part::kKind;
  if (!HasWord(match.from, transition.from)) return Part::kFrom;
  if (!HasWord(match.to, transition.to)) return Part::kTo;
  if (!HasGlob(match.names, resource.name())) return Part::kName;
  if (!HasGlob(match.stacks, resource.stack())) return Part::kStack;
  if (!HasGlob(match.clusters, event.cluster().name())) return Part::kCluster;
  if (!HasFieldsAlone(match.fields, event)) return Part::kFields;
  if (!HasLabels(match.labels, resource)) return Part::kLabels;
  if (match.tasks_missing && *match.tasks_missing != LacksTasks(event)) return Part::kTasksMissing;
  if (match.automatic && *match.automatic != IsAutomatic(event)) return Part::kAutomatic;
  if (match.stopping && *match.stopping != IsStopping(event)) return Part::kStopping;
  return Part::kNone;
}

// 0 = Sunday, as MuteConfig counts.
int WeekdayNumber(absl::CivilDay day) { return (static_cast<int>(absl::GetWeekday(day)) + 1) % 7; }

bool OnDay(const MuteConfig& mute, absl::CivilDay day) {
  if (mute.weekdays.empty()) return true;
  return std::find(mute.weekdays.begin(), mute.weekdays.end(), WeekdayNumber(day)) != mute.weekdays.end();
}

bool InDailyWindow(const MuteConfig& mute, absl::Time now) {
  const absl::CivilMinute minute = absl::ToCivilMinute(now, mute.time_zone);
  const absl::CivilDay day(minute);
  const int start = mute.daily_start_minute.value_or(0);
  const int end = mute.daily_end_minute.value_or(24 * 60);
  const int at = minute.hour() * 60 + minute.minute();
  if (start < end) return OnDay(mute, day) && at >= start && at < end;
  return (OnDay(mute, day) && at >= start) || (OnDay(mute, day - 1) && at < end);
}

}  // namespace

std::string KindWord(v1::ResourceKind kind) {
  const auto* value = v1::ResourceKind_descriptor()->FindValueByNumber(kind);
  return value == nullptr ? "" : EnumWord(*value);
}

Transition TransitionOf(const v1::ChangeEvent& event) {
  const FieldDescriptor* set = ChangeField(event);
  if (set == nullptr) return {.change = kUnknownChange, .from = "", .to = ""};
  Transition transition;
  transition.change = std::string(set->name());
  if (event.has_service_mode_changed()) {
    const v1::ServiceModeChanged& change = event.service_mode_changed();
    const bool same_kind = change.previous_mode().kind() == change.current_mode().kind();
    transition.from = ModeWord(change.previous_mode(), same_kind);
    transition.to = ModeWord(change.current_mode(), same_kind);
    return transition;
  }
  if (event.has_leader_changed()) {
    transition.from = NodeWord(event.leader_changed().previous_leader());
    transition.to = NodeWord(event.leader_changed().current_leader());
    return transition;
  }
  const Message& details = event.GetReflection()->GetMessage(event, set);
  const StateFields fields = StateFieldsOf(*details.GetDescriptor());
  transition.from = FieldWord(details, fields.before);
  transition.to = event.has_container_restarting() ? "restarting" : FieldWord(details, fields.now);
  return transition;
}

std::string FillTitle(const std::string& title, const v1::ChangeEvent& event, const Transition& transition) {
  const v1::ResourceRef& resource = event.resource();
  const auto* kind = v1::ResourceKind_descriptor()->FindValueByNumber(resource.kind());
  std::string filled =
      absl::StrReplaceAll(title, {{"{name}", resource.name()},
                                  {"{kind}", kind == nullptr ? std::string() : EnumWord(*kind)},
                                  {"{stack}", resource.stack()},
                                  {"{cluster}", event.cluster().name()},
                                  {"{from}", transition.from},
                                  {"{to}", transition.to},
                                  {"{change}", transition.change}});
  return IsBlank(filled) ? "" : filled;
}

bool Matches(const MatchConfig& match, const v1::ChangeEvent& event, const Transition& transition) {
  return FirstMismatch(match, event, transition) == Part::kNone;
}

std::string Mismatch(const MatchConfig& match, const v1::ChangeEvent& event, const Transition& transition) {
  const v1::ResourceRef& resource = event.resource();
  switch (FirstMismatch(match, event, transition)) {
    case Part::kNone:
      return "";
    case Part::kChange:
      return Unlike("change", transition.change, match.changes);
    case Part::kKind:
      return Unlike("kind", KindWord(resource.kind()), match.kinds);
    case Part::kFrom:
      return Unlike("from", transition.from, match.from);
    case Part::kTo:
      return Unlike("to", transition.to, match.to);
    case Part::kName:
      return Unlike("name", resource.name(), match.names);
    case Part::kStack:
      return Unlike("stack", resource.stack(), match.stacks);
    case Part::kCluster:
      return Unlike("cluster", event.cluster().name(), match.clusters);
    case Part::kFields: {
      const v1::FieldChange* other = FirstOther(match.fields, event);
      return other == nullptr ? "the change names no fields"
                              : Unlike("field", FieldWord(*other), match.fields);
    }
    case Part::kLabels:
      return LabelMismatch(match.labels, resource);
    case Part::kTasksMissing:
      return "whether tasks of the update are missing differs";
    case Part::kAutomatic:
      return "whether the engine rolled back by itself differs";
    case Part::kStopping:
      return "whether the task had been told to stop differs";
  }
  return "";
}

bool InForce(const MuteConfig& mute, absl::Time now) {
  if (mute.start && now < *mute.start) return false;
  if (mute.end && now >= *mute.end) return false;
  return InDailyWindow(mute, now);
}

}  // namespace swarmbell
