#include "notifier/config/change_words.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "swarmbell/v1/change_event.pb.h"

namespace swarmbell {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::EnumDescriptor;
using google::protobuf::EnumValueDescriptor;
using google::protobuf::FieldDescriptor;

// The engine's words for a container's state; the protos keep it as text.
const char* const kContainerStates[] = {"created",  "running", "paused", "restarting",
                                        "removing", "exited",  "dead",   "none"};

// `NODE_STATE` for the enum NodeState.
std::string UpperSnake(const std::string& name) {
  std::string snake;
  for (const char c : name) {
    if (absl::ascii_isupper(static_cast<unsigned char>(c)) && !snake.empty()) snake += '_';
    snake += absl::ascii_toupper(static_cast<unsigned char>(c));
  }
  return snake;
}

std::vector<std::string> EnumWords(const EnumDescriptor& type) {
  std::vector<std::string> words;
  for (int i = 0; i < type.value_count(); ++i) words.push_back(EnumWord(*type.value(i)));
  return words;
}

StateWords WordsOfField(const FieldDescriptor& field) {
  StateWords words;
  if (field.type() == FieldDescriptor::TYPE_ENUM) {
    words.words = EnumWords(*field.enum_type());
  } else if (field.type() == FieldDescriptor::TYPE_STRING) {
    words.words.assign(std::begin(kContainerStates), std::end(kContainerStates));
  } else if (field.message_type() == v1::ServiceMode::descriptor()) {
    words.words = EnumWords(*v1::ServiceModeKind_descriptor());
    words.numbers = true;
  } else {
    words.any = true;
  }
  return words;
}

bool StartsWith(const FieldDescriptor& field, const char* prefix) {
  return std::string(field.name()).rfind(prefix, 0) == 0;
}

}  // namespace

const std::vector<std::string>& ChangeNames() {
  static const auto* const names = [] {
    auto* list = new std::vector<std::string>;
    const auto* details = v1::ChangeEvent::descriptor()->FindOneofByName("details");
    for (int i = 0; i < details->field_count(); ++i) list->emplace_back(details->field(i)->name());
    list->emplace_back(kUnknownChange);
    return list;
  }();
  return *names;
}

const std::vector<std::string>& KindNames() {
  static const auto* const names = [] {
    auto* list = new std::vector<std::string>(EnumWords(*v1::ResourceKind_descriptor()));
    std::erase(*list, "none");
    return list;
  }();
  return *names;
}

std::string EnumWord(const EnumValueDescriptor& value) {
  const std::string prefix = UpperSnake(std::string(value.type()->name())) + "_";
  std::string word(value.name());
  if (word.rfind(prefix, 0) == 0) word = word.substr(prefix.size());
  if (word == "UNSPECIFIED") return "none";
  absl::AsciiStrToLower(&word);
  // Docker writes the states of updates with `_`, the kinds of service with `-`.
  if (value.type() == v1::ServiceModeKind_descriptor()) std::replace(word.begin(), word.end(), '_', '-');
  return word;
}

StateFields StateFieldsOf(const Descriptor& change) {
  StateFields fields;
  for (int i = 0; i < change.field_count(); ++i) {
    const FieldDescriptor& field = *change.field(i);
    if (StartsWith(field, "previous_")) fields.before = &field;
    if (StartsWith(field, "current_")) fields.now = &field;
  }
  // A service that appears has the state of an update that may run.
  if (&change == v1::ServiceAppeared::descriptor()) fields.now = change.FindFieldByName("update_state");
  // The subject of these changes, although no state changed.
  if (&change == v1::ServiceUpdateStalled::descriptor() ||
      &change == v1::ServiceUpdateResumed::descriptor()) {
    fields.now = change.FindFieldByName("state");
  }
  if (&change == v1::TaskEvicted::descriptor()) fields.now = change.FindFieldByName("reason");
  return fields;
}

StateWords StateWordsOf(const std::string& change, Side side) {
  const auto* field = v1::ChangeEvent::descriptor()->FindFieldByName(change);
  if (field == nullptr || field->message_type() == nullptr) return {};
  const Descriptor& message = *field->message_type();
  if (side == Side::kNow && &message == v1::ContainerRestarting::descriptor())
    return {.words = {"restarting"}};
  const StateFields fields = StateFieldsOf(message);
  const FieldDescriptor* state = side == Side::kBefore ? fields.before : fields.now;
  return state == nullptr ? StateWords{} : WordsOfField(*state);
}

}  // namespace swarmbell
