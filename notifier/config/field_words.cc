#include "notifier/config/field_words.h"

#include <algorithm>
#include <array>
#include <cstddef>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "common/change/change_field.h"
#include "common/glob/glob.h"

namespace swarmbell {
namespace {

struct GroupWord {
  std::string_view group;  // as collectors and cards call it
  std::string_view word;
};

// In the order in which collectors tell them.
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
    GroupWord{"Other settings", "other"},
};

using google::protobuf::FieldDescriptor;

// The field that holds what a change is about; null if it has none. That of a stalled update is about a
// failure.
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
