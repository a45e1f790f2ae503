#include "notifier/rules/transition.h"

#include "absl/strings/str_replace.h"
#include "common/change/change_field.h"
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

}  // namespace

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

}  // namespace swarmbell
