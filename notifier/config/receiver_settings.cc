// The settings that make a receiver without `receivers`, such as slack.webhook_url.

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "notifier/config/readers.h"
#include "notifier/config/receiver_types.h"

namespace swarmbell {
namespace {

bool IsGiven(const ReceiverValue& value, const ReceiverConfig& given) {
  const std::string& text = given.*value.member;
  return !text.empty() && !(value.key->secret && text == kSecretPlaceholder);
}

// Reports the values that do nothing, since the one that makes the receiver is missing. One that has a
// default is only checked.
void ReportUnused(const ReceiverTypeInfo& info, const ReceiverConfig& given, SettingsChecks& checks) {
  const ReceiverValue& maker = info.values.front();
  for (const ReceiverValue& value : info.values) {
    const std::string& text = given.*value.member;
    if (!IsGiven(value, given)) continue;
    if (*value.key->default_value == '\0') {
      checks.Fault(&text, absl::StrCat("needs ", maker.setting, ": ", maker.needed));
    } else if (const auto problem = value.problem(text)) {
      checks.Fault(&text, *problem);
    }
  }
}

// Checks a value of a receiver that is made; the default takes the place of a placeholder.
void CheckValue(const ReceiverValue& value, const ReceiverTypeInfo& info, const ReceiverConfig& given,
                ReceiverConfig& receiver, SettingsChecks& checks) {
  const std::string& text = given.*value.member;
  if (IsGiven(value, given)) {
    if (const auto problem = value.problem(text)) checks.Fault(&text, *problem);
    return;
  }
  if (text.empty() && value.needed != nullptr) {
    const std::string& maker = given.*info.values.front().member;
    checks.Fault(&maker, absl::StrCat("needs ", value.setting, ": ", value.needed));
  }
  receiver.*value.member = value.key->default_value;
}

}  // namespace

std::vector<ReceiverConfig> OneReceiverOfEachType() {
  std::vector<ReceiverConfig> receivers;
  for (const ReceiverTypeInfo& info : ReceiverTypes()) {
    ReceiverConfig& receiver = receivers.emplace_back();
    receiver.name = info.name;
    receiver.type = info.type;
    for (const ReceiverValue& value : info.values) receiver.*value.member = value.key->default_value;
  }
  return receivers;
}

void AddReceiverSettings(SettingsTable& table, std::vector<ReceiverConfig>& given) {
  for (ReceiverConfig& receiver : given) {
    for (const ReceiverValue& value : InfoOf(receiver.type).values) {
      table.Add(
          &(receiver.*value.member), value.setting, value.help,
          {.secret = value.key->secret, .empty_file_is_unset = value.needed != nullptr, .reloads = true});
    }
  }
}

void MakeReceivers(const std::vector<ReceiverConfig>& given, std::vector<ReceiverConfig>& receivers,
                   SettingsChecks& checks) {
  for (const ReceiverConfig& one : given) {
    const ReceiverTypeInfo& info = InfoOf(one.type);
    if (info.values.empty()) continue;
    const std::string& maker = one.*info.values.front().member;
    if (maker.empty()) ReportUnused(info, one, checks);
    if (!IsGiven(info.values.front(), one)) continue;
    ReceiverConfig receiver = one;
    for (const ReceiverValue& value : info.values) CheckValue(value, info, one, receiver, checks);
    const bool taken = std::any_of(receivers.begin(), receivers.end(),
                                   [&](const ReceiverConfig& other) { return other.name == receiver.name; });
    if (taken) {
      checks.Fault(&maker, absl::StrCat("makes the receiver \"", receiver.name,
                                        "\", but receivers has one of that name"));
    } else {
      receivers.push_back(std::move(receiver));
    }
  }
}

}  // namespace swarmbell
