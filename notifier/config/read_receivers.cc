#include <algorithm>
#include <cstddef>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/settings/nearest.h"
#include "common/settings/read_file.h"
#include "common/settings/secret.h"
#include "common/settings/value.h"
#include "notifier/config/color.h"
#include "notifier/config/readers.h"
#include "notifier/config/webhook.h"

namespace swarmbell {
namespace {

constexpr std::size_t kMaxUrlFileBytes = std::size_t{64} << 10;
constexpr ReceiverType kTypes[] = {ReceiverType::kSlack, ReceiverType::kTeams, ReceiverType::kConsole};

struct ReceiverForm {
  ReceiverConfig receiver;
  std::string type;
  std::string url_file;
  std::vector<std::string> mention_colors;
};

SettingsTable DescribeReceiver(ReceiverForm& form) {
  std::vector<std::string> types;
  for (const ReceiverType type : kTypes) types.push_back(ReceiverTypeName(type));
  SettingsTable table;
  table.Add(&form.receiver.name, "name", "The name by which rules and labels send alerts to it.",
            {.required = "has no name"});
  table.Add(&form.type, "type", "The chat; console is standard output.",
            {.choices = types, .required = absl::StrCat("has no type (", absl::StrJoin(types, ", "), ")")});
  table.Add(&form.receiver.url, "url", "The webhook, a secret.");
  table.Add(&form.url_file, "url_file", "A file that holds the webhook, in place of url.");
  table.Add(&form.receiver.mention, "mention", "Slack: who is mentioned: here, channel, <@U…> and the like.");
  table.Add(&form.mention_colors, "mention_colors", "The colours that mention; red if left out.", OfColors());
  return table;
}

void ReadUrl(Record& record, ReceiverForm& form) {
  if (form.url_file.empty()) return;
  std::string& url = form.receiver.url;
  if (!url.empty()) {
    record.Fault(&form.url_file, "is given besides url; leave one out");
    url.clear();
    return;
  }
  const auto content = ReadFile(form.url_file, kMaxUrlFileBytes);
  if (content.ok()) {
    url = TrimNewlines(*content);
  } else {
    record.Fault(&form.url_file,
                 absl::StrCat("cannot read the file it names: ", std::string(content.status().message())));
  }
}

void CheckUrl(Record& record, const ReceiverForm& form) {
  const ReceiverConfig& receiver = form.receiver;
  const bool by_file = record.Has(&form.url_file);
  const std::string* key = by_file ? &form.url_file : &receiver.url;
  const bool given = record.Has(key);
  if (receiver.type == ReceiverType::kConsole) {
    if (given) record.Fault(key, "the console takes no url");
    return;
  }
  if (!given) {
    record.Fault("has no url, nor url_file");
  } else if (receiver.url == kSecretPlaceholder) {
    record.Fault(key, "is what --print-config shows in place of the value; give the URL, or url_file");
  } else if (receiver.url.empty()) {
    if (!by_file && record.IsGood(key)) record.Fault(key, "is empty");
  } else if (const auto problem = WebhookProblem(receiver.url, receiver.type)) {
    record.Fault(key, *problem);
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
  for (const ReceiverType type : kTypes) {
    if (ReceiverTypeName(type) == form.type) form.receiver.type = type;
  }
  ReadUrl(record, form);
  if (!form.type.empty()) CheckUrl(record, form);
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

YamlNode HideUrls(const YamlNode& receivers) {
  YamlNode hidden = receivers;
  for (YamlNode& receiver : hidden.items) {
    for (auto& [key, value] : receiver.entries) {
      if (key == "url" && value.IsScalar() && !value.scalar.empty()) value.scalar = kSecretPlaceholder;
    }
  }
  return hidden;
}

}  // namespace swarmbell
