#include <algorithm>
#include <cstddef>
#include <map>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/file/file.h"
#include "common/settings/setting.h"
#include "notifier/config/notifier_config.h"
#include "notifier/config/readers.h"
#include "notifier/config/receiver_types.h"

namespace swarmbell {
namespace {

constexpr std::size_t kMaxSecretFileBytes = std::size_t{64} << 10;

// The text of a key, or the name of the file that holds it.
struct Given {
  std::string text;
  std::string file;
};

struct ReceiverForm {
  ReceiverConfig receiver;
  std::string type;
  std::map<const ReceiverKey*, Given> given;
  std::vector<std::string> mention_colors;
};

SettingsTable DescribeReceiver(ReceiverForm& form) {
  const std::vector<std::string> types = ReceiverTypeNames();
  SettingsTable table;
  table.Add(&form.receiver.name, "name", "The name by which rules and labels refer to it.",
            {.required = "has no name"});
  table.Add(&form.type, "type", "The kind of chat; console is standard output.",
            {.choices = types, .required = absl::StrCat("has no type (", absl::StrJoin(types, ", "), ")")});
  for (const ReceiverKey* key : ReceiverKeysOfTypes()) {
    Given& given = form.given[key];
    given.text = key->default_value;
    table.Add(&given.text, key->name, key->help);
    if (key->secret)
      table.Add(&given.file, absl::StrCat(key->name, "_file"),
                absl::StrCat("A file that holds it, instead of ", key->name, "."));
  }
  table.Add(&form.receiver.mention, "mention", "Slack: who is mentioned: here, channel, <@U…> and the like.");
  table.Add(&form.mention_colors, "mention_colors", "The colours whose alerts mention; red if left out.",
            OfColors());
  table.Add(&form.receiver.clusters, "cluster",
            "Names of the swarms whose alerts it gets, with globs * and ?; all if left out.");
  return table;
}

// The variable of the key that is in the map: `url_file` or `url`; null if there is neither.
const std::string* Present(const Record& record, const ReceiverKey& key, const Given& given) {
  if (key.secret && record.Has(&given.file)) return &given.file;
  return record.Has(&given.text) ? &given.text : nullptr;
}

// Reads a secret from the file that is named instead of it.
void ReadSecret(Record& record, const ReceiverKey& key, Given& given) {
  if (given.file.empty()) return;
  if (!given.text.empty()) {
    record.Fault(&given.file, absl::StrCat("conflicts with ", key.name, "; remove one of them"));
    given.text.clear();
    return;
  }
  const auto content = ReadFile(given.file, kMaxSecretFileBytes);
  if (!content.ok()) {
    record.Fault(&given.file,
                 absl::StrCat("cannot read the file it names: ", std::string(content.status().message())));
  } else if (content->find_first_not_of(" \t\r\n") == std::string::npos) {
    record.Fault(&given.file, "names an empty file; write the secret into it, or leave the setting out");
  } else {
    given.text = TrimBlankLines(*content);
  }
}

void CheckValue(Record& record, const ReceiverValue& value, const Given& given) {
  const ReceiverKey& key = *value.key;
  const std::string* present = Present(record, key, given);
  if (present == nullptr) {
    if (value.needed == nullptr) return;
    record.Fault(
        absl::StrCat("has no ", key.name, key.secret ? absl::StrCat(", nor ", key.name, "_file") : ""));
  } else if (!record.IsGood(present)) {
    // It was reported.
  } else if (given.text.empty()) {
    record.Fault(present,
                 value.needed == nullptr ? "is empty" : absl::StrCat("is empty; give ", value.needed));
  } else if (key.secret && given.text == kSecretPlaceholder) {
    record.Fault(present,
                 "is the placeholder of --print-config; give the secret, or name a file that holds it");
  } else if (const auto problem = value.problem(given.text)) {
    record.Fault(present, *problem);
  }
}

// `slack_bot takes bot_token or bot_token_file, channel, api_url`
std::string KeysOf(const ReceiverTypeInfo& info) {
  const auto write = [](std::string* out, const ReceiverValue& value) {
    absl::StrAppend(out, value.key->name,
                    value.key->secret ? absl::StrCat(" or ", value.key->name, "_file") : "");
  };
  return absl::StrCat(info.name, " takes ",
                      info.values.empty() ? "none of them" : absl::StrJoin(info.values, ", ", write));
}

void ReportForeign(Record& record, const ReceiverTypeInfo& info, const ReceiverKey& key, const Given& given) {
  const std::string problem =
      absl::StrCat("belongs to receivers of type ", TypesWith(key), "; ", KeysOf(info));
  if (record.Has(&given.text)) record.Fault(&given.text, problem);
  if (key.secret && record.Has(&given.file)) record.Fault(&given.file, problem);
}

// Stores the values that the type takes, and reports the keys of other types.
void ReadValues(Record& record, const ReceiverTypeInfo& info, ReceiverForm& form) {
  for (const ReceiverKey* key : ReceiverKeysOfTypes()) {
    Given& given = form.given[key];
    const ReceiverValue* value = info.ValueOf(*key);
    if (value == nullptr) {
      ReportForeign(record, info, *key, given);
      continue;
    }
    ReadSecret(record, *key, given);
    CheckValue(record, *value, given);
    form.receiver.*value->member = given.text;
  }
}

void CheckName(Record& record, const std::string& name, const std::vector<ReceiverConfig>& before) {
  if (name.find_first_of(", \t\n") != std::string::npos)
    record.Fault(&name, "must not hold blanks or commas");
  const bool taken = std::any_of(before.begin(), before.end(),
                                 [&](const ReceiverConfig& other) { return other.name == name; });
  if (taken && !name.empty()) record.Fault(&name, absl::StrCat("there is another receiver ", Quoted(name)));
}

ReceiverConfig ReadReceiver(const YamlNode& node, const std::string& name,
                            const std::vector<ReceiverConfig>& before, Problems& problems) {
  ReceiverForm form;
  const SettingsTable table = DescribeReceiver(form);
  Record record(table, node, name, problems);
  CheckName(record, form.receiver.name, before);
  for (const ReceiverTypeInfo& info : ReceiverTypes()) {
    if (info.name != form.type) continue;
    form.receiver.type = info.type;
    ReadValues(record, info, form);
  }
  form.receiver.mention_colors = ColorsOf(form.mention_colors);
  return form.receiver;
}

}  // namespace

std::vector<Setting> ReceiverKeys() {
  ReceiverForm form;
  return DescribeReceiver(form).Rows();
}

std::vector<ReceiverConfig> ReadReceivers(const YamlNode& node, Problems& problems) {
  std::vector<ReceiverConfig> receivers;
  for (const YamlNode& item : ListItems(node, "receivers", problems)) {
    receivers.push_back(
        ReadReceiver(item, absl::StrCat("receivers[", receivers.size(), "]"), receivers, problems));
  }
  return receivers;
}

YamlNode HideSecrets(const YamlNode& receivers) {
  const auto& keys = ReceiverKeysOfTypes();
  YamlNode hidden = receivers;
  for (YamlNode& receiver : hidden.items) {
    for (auto& [name, value] : receiver.entries) {
      const bool secret = std::any_of(keys.begin(), keys.end(), [&name = name](const ReceiverKey* key) {
        return key->secret && name == key->name;
      });
      if (secret && value.IsScalar() && !value.scalar.empty()) value.scalar = kSecretPlaceholder;
    }
  }
  return hidden;
}

}  // namespace swarmbell
