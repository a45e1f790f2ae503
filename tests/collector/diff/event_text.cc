#include "tests/collector/diff/event_text.h"

#include <google/protobuf/message.h>

#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/change/change_field.h"

namespace swarmbell {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

// `UPDATE_STATE_UPDATING` of the type `UpdateState` reads `updating`.
std::string EnumText(const FieldDescriptor& field, int number) {
  const auto* value = field.enum_type()->FindValueByNumber(number);
  if (value == nullptr) return absl::StrCat(number);
  std::string name(value->name());
  const auto* zero = field.enum_type()->FindValueByNumber(0);
  const std::string none(zero->name());
  name.erase(0, none.size() - std::string("UNSPECIFIED").size());
  return absl::AsciiStrToLower(name);
}

bool IsLeftOut(const FieldDescriptor& field) {
  const std::string name(field.name());
  return name == "id" || absl::EndsWith(name, "_id") || absl::EndsWith(name, "_time") || name == "address" ||
         name == "engine_version" || name == "fields" || name == "path";
}

std::string MessageText(const Message& message);

std::string ValueText(const Message& message, const FieldDescriptor& field, int index) {
  const auto& reflection = *message.GetReflection();
  const bool many = field.is_repeated();
  switch (field.cpp_type()) {
    case FieldDescriptor::CPPTYPE_MESSAGE:
      return absl::StrCat("{",
                          MessageText(many ? reflection.GetRepeatedMessage(message, &field, index)
                                           : reflection.GetMessage(message, &field)),
                          "}");
    case FieldDescriptor::CPPTYPE_ENUM:
      return EnumText(field, many ? reflection.GetRepeatedEnumValue(message, &field, index)
                                  : reflection.GetEnumValue(message, &field));
    case FieldDescriptor::CPPTYPE_STRING:
      return many ? reflection.GetRepeatedString(message, &field, index)
                  : reflection.GetString(message, &field);
    case FieldDescriptor::CPPTYPE_UINT32:
      return absl::StrCat(reflection.GetUInt32(message, &field));
    case FieldDescriptor::CPPTYPE_UINT64:
      return absl::StrCat(reflection.GetUInt64(message, &field));
    case FieldDescriptor::CPPTYPE_INT32:
      return absl::StrCat(reflection.GetInt32(message, &field));
    case FieldDescriptor::CPPTYPE_BOOL:
      return reflection.GetBool(message, &field) ? "yes" : "no";
    default:
      return "?";
  }
}

std::string FieldText(const Message& message, const FieldDescriptor& field) {
  if (!field.is_repeated()) return absl::StrCat(std::string(field.name()), "=", ValueText(message, field, 0));
  std::vector<std::string> values;
  for (int i = 0; i < message.GetReflection()->FieldSize(message, &field); ++i) {
    values.push_back(ValueText(message, field, i));
  }
  return absl::StrCat(std::string(field.name()), "=[", absl::StrJoin(values, ", "), "]");
}

std::string MessageText(const Message& message) {
  std::vector<const FieldDescriptor*> fields;
  message.GetReflection()->ListFields(message, &fields);
  std::vector<std::string> parts;
  for (const FieldDescriptor* field : fields) {
    if (!IsLeftOut(*field)) parts.push_back(FieldText(message, *field));
  }
  return absl::StrJoin(parts, " ");
}

std::string ChangeText(const v1::FieldChange& change) {
  const std::string before =
      change.has_previous_value() ? absl::StrCat("\"", change.previous_value(), "\"") : "-";
  const std::string now = change.has_current_value() ? absl::StrCat("\"", change.current_value(), "\"") : "-";
  const bool reordered = change.kind() == v1::FIELD_CHANGE_KIND_REORDERED;
  return absl::StrCat("\n      ", change.group(), change.name().empty() ? "" : " / ", change.name(), ": ",
                      before, " -> ", now, reordered ? " (reordered)" : "",
                      change.masked() ? " (masked)" : "");
}

}  // namespace

std::string EventText(const v1::ChangeEvent& event) {
  const auto* field = ChangeField(event);
  const Message& details = event.GetReflection()->GetMessage(event, field);
  const auto* kind = v1::ResourceRef::descriptor()->FindFieldByName("kind");
  std::string text = absl::StrCat(std::string(field->name()), "  ", EnumText(*kind, event.resource().kind()),
                                  " ", event.resource().name());
  if (const std::string more = MessageText(details); !more.empty()) absl::StrAppend(&text, ": ", more);
  if (const auto* fields = details.GetDescriptor()->FindFieldByName("fields")) {
    for (int i = 0; i < details.GetReflection()->FieldSize(details, fields); ++i) {
      const Message& change = details.GetReflection()->GetRepeatedMessage(details, fields, i);
      text += ChangeText(static_cast<const v1::FieldChange&>(change));
    }
  }
  return text;
}

}  // namespace swarmbell
