#include "notifier/config/change_words.h"

#include <algorithm>
#include <array>
#include <cstddef>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "common/change/change_field.h"
#include "common/glob/glob.h"
#include "swarmbell/v1/change_event.pb.h"

namespace swarmbell {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::EnumDescriptor;
using google::protobuf::EnumValueDescriptor;
using google::protobuf::FieldDescriptor;

// The engine's words for a container's state; the protos keep it as text.
const char* const kContainerStates[] = {"created", "running", "paused",    "restarting", "removing",
                                        "exited",  "dead",    "unhealthy", "none"};

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
  words.reserve(static_cast<std::size_t>(type.value_count()));
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

struct GroupWord {
  std::string_view group;  // as collectors and cards call it
  std::string_view word;
};

// In the order in which collectors send them.
constexpr std::array kGroups = {
    GroupWord{"Image", "image"},
    GroupWord{"Arguments", "args"},
    GroupWord{"Environment", "env"},
    GroupWord{"Resources", "resources"},
    GroupWord{"Mounts", "mounts"},
    GroupWord{"Networks", "networks"},
    GroupWord{"Secrets", "secrets"},
    GroupWord{"Configs", "configs"},
    GroupWord{"Healthcheck", "healthcheck"},
    GroupWord{"Restart policy", "restart_policy"},
    GroupWord{"Placement", "placement"},
    GroupWord{"Container labels", "container_labels"},
    GroupWord{"Container", "container"},
    GroupWord{"Capabilities", "capabilities"},
    GroupWord{"Privileges", "privileges"},
    GroupWord{"Sysctls", "sysctls"},
    GroupWord{"Ulimits", "ulimits"},
    GroupWord{"Hosts", "hosts"},
    GroupWord{"DNS", "dns"},
    GroupWord{"Log driver", "log_driver"},
    GroupWord{"Forced update", "forced_update"},
    GroupWord{"Endpoint", "endpoint"},
    GroupWord{"Ports", "ports"},
    GroupWord{"Update config", "update_config"},
    GroupWord{"Rollback config", "rollback_config"},
    GroupWord{"Labels", "labels"},
    GroupWord{"Join tokens", "join_tokens"},
    GroupWord{"Encryption", "encryption"},
    GroupWord{"Certificates", "certificates"},
    GroupWord{"Tasks", "tasks"},
    GroupWord{"Dispatcher", "dispatcher"},
    GroupWord{"Raft", "raft"},
    GroupWord{"Other settings", "other"},
};

using google::protobuf::FieldDescriptor;

// The field with the fields that a change is about; null if it has none. A stalled update is a failure: it is
// not about its fields.
const FieldDescriptor* FieldsDescriptor(const google::protobuf::Descriptor& change) {
  const FieldDescriptor* fields = change.FindFieldByName("fields");
  const bool counts = fields != nullptr && fields->is_repeated() &&
                      fields->message_type() == v1::FieldChange::descriptor() &&
                      &change != v1::ServiceUpdateStalled::descriptor();
  return counts ? fields : nullptr;
}

bool FailsOrTurnsBack(const v1::ChangeEvent& event) {
  if (!event.has_service_update_state_changed()) return false;
  const v1::ServiceUpdateStateChanged& run = event.service_update_state_changed();
  const bool goes_well = run.current_state() == v1::UPDATE_STATE_UPDATING ||
                         (run.current_state() == v1::UPDATE_STATE_COMPLETED && !run.has_failed_task());
  return !goes_well;
}

}  // namespace

const std::vector<std::string>& ChangeNames() {
  static const auto* const names = [] {
    auto* list = new std::vector<std::string>;
    const auto* details = v1::ChangeEvent::descriptor()->FindOneofByName("details");
    for (int i = 0; i < details->field_count(); ++i) list->emplace_back(details->field(i)->name());
    std::erase(*list, "service_update_progress");  // no rule matches it
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
  // A service that appears may already be updating.
  if (&change == v1::ServiceAppeared::descriptor()) fields.now = change.FindFieldByName("update_state");
  // These changes are about a state that did not change.
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

const std::vector<std::string>& FieldGroupWords() {
  static const auto* const words = [] {
    auto* list = new std::vector<std::string>;
    for (const GroupWord& group : kGroups) list->emplace_back(group.word);
    return list;
  }();
  return *words;
}

std::string FieldGroupWord(std::string_view group) {
  const auto known = std::find_if(kGroups.begin(), kGroups.end(),
                                  [group](const GroupWord& other) { return other.group == group; });
  if (known != kGroups.end()) return std::string(known->word);
  std::string word(group);
  absl::AsciiStrToLower(&word);
  std::replace(word.begin(), word.end(), ' ', '_');
  return word;
}

std::string FieldWord(const v1::FieldChange& field) {
  return absl::StrCat(FieldGroupWord(field.group()), ".", field.name());
}

bool MatchesField(std::string_view glob, const v1::FieldChange& field) {
  if (glob.find('.') == std::string_view::npos) return GlobMatch(glob, FieldGroupWord(field.group()));
  return GlobMatch(glob, FieldWord(field));
}

bool NamesFieldGroup(std::string_view glob) {
  const std::string_view group = glob.substr(0, glob.find('.'));
  const std::vector<std::string>& words = FieldGroupWords();
  return std::any_of(words.begin(), words.end(),
                     [group](const std::string& word) { return GlobMatch(group, word); });
}

bool HasFields(const std::string& change) {
  const FieldDescriptor* details = v1::ChangeEvent::descriptor()->FindFieldByName(change);
  return details != nullptr && details->message_type() != nullptr &&
         FieldsDescriptor(*details->message_type()) != nullptr;
}

std::vector<const v1::FieldChange*> FieldsOf(const v1::ChangeEvent& event) {
  const FieldDescriptor* set = ChangeField(event);
  if (set == nullptr || FailsOrTurnsBack(event)) return {};
  const google::protobuf::Message& details = event.GetReflection()->GetMessage(event, set);
  const FieldDescriptor* repeated = FieldsDescriptor(*details.GetDescriptor());
  if (repeated == nullptr) return {};
  const google::protobuf::Reflection& reflection = *details.GetReflection();
  const int count = reflection.FieldSize(details, repeated);
  std::vector<const v1::FieldChange*> fields;
  fields.reserve(static_cast<std::size_t>(count));
  for (int i = 0; i < count; ++i) {
    fields.push_back(
        static_cast<const v1::FieldChange*>(&reflection.GetRepeatedMessage(details, repeated, i)));
  }
  return fields;
}

}  // namespace swarmbell
