#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/settings/map_reader.h"
#include "common/settings/nearest.h"
#include "common/settings/read_file.h"
#include "common/settings/secret.h"
#include "common/settings/value.h"
#include "notifier/config/color.h"
#include "notifier/config/readers.h"
#include "notifier/config/webhook.h"

namespace swarmbell {
namespace {

constexpr std::size_t kMaxUrlFileBytes = 64 * 1024;
const std::vector<std::string> kTypes = {"slack", "teams", "console"};

bool ReadType(MapReader& reader, ReceiverType& type) {
  const std::string word = reader.Text("type");
  for (const ReceiverType known : {ReceiverType::kSlack, ReceiverType::kTeams, ReceiverType::kConsole}) {
    if (ReceiverTypeName(known) != word) continue;
    type = known;
    return true;
  }
  if (word.empty()) {
    reader.Fault(absl::StrCat("has no type (", absl::StrJoin(kTypes, ", "), ")"));
  } else {
    reader.Fault("type", absl::StrCat(Quoted(word), " is none of ", absl::StrJoin(kTypes, ", "),
                                      DidYouMean(word, kTypes)));
  }
  return false;
}

std::string ReadUrl(MapReader& reader) {
  const std::string url = reader.Text("url");
  const std::string file = reader.Text("url_file");
  if (file.empty()) return url;
  if (!url.empty()) {
    reader.Fault("url_file", "is given besides url; leave one out");
    return "";
  }
  const auto content = ReadFile(file, kMaxUrlFileBytes);
  if (content.ok()) return TrimNewlines(*content);
  reader.Fault("url_file",
               absl::StrCat("cannot read the file it names: ", std::string(content.status().message())));
  return "";
}

void CheckUrl(MapReader& reader, const ReceiverConfig& receiver) {
  const std::string key = reader.Child("url_file") != nullptr ? "url_file" : "url";
  const bool given = reader.Child(key) != nullptr;
  if (receiver.type == ReceiverType::kConsole) {
    if (given) reader.Fault(key, "the console takes no url");
    return;
  }
  if (!given) {
    reader.Fault(absl::StrCat("has no url, nor url_file"));
  } else if (receiver.url == kSecretPlaceholder) {
    reader.Fault(key, "is what --print-config shows in place of the value; give the URL, or url_file");
  } else if (receiver.url.empty()) {
    if (key == "url") reader.Fault(key, "is empty");
  } else if (const auto problem = WebhookProblem(receiver.url, receiver.type)) {
    reader.Fault(key, *problem);
  }
}

void CheckName(MapReader& reader, const std::string& name, const std::vector<ReceiverConfig>& before) {
  if (name.empty()) reader.Fault("has no name");
  if (name.find_first_of(", \t\n") != std::string::npos)
    reader.Fault("name", "must not hold blanks or commas");
  const bool taken = std::any_of(before.begin(), before.end(),
                                 [&](const ReceiverConfig& other) { return other.name == name; });
  if (taken && !name.empty()) reader.Fault("name", absl::StrCat("there is another receiver ", Quoted(name)));
}

ReceiverConfig ReadReceiver(const YamlNode& node, const std::string& name,
                            const std::vector<ReceiverConfig>& before, Problems& problems) {
  MapReader reader(node, name, problems);
  ReceiverConfig receiver;
  receiver.name = reader.Text("name");
  CheckName(reader, receiver.name, before);
  const bool typed = ReadType(reader, receiver.type);
  receiver.url = ReadUrl(reader);
  if (typed) CheckUrl(reader, receiver);
  receiver.mention = reader.Text("mention");
  const std::vector<std::string> colors = reader.Words("mention_colors");
  if (const YamlNode* where = reader.Child("mention_colors")) {
    receiver.mention_colors =
        ReadColors(colors, absl::StrCat(where->Where(), ": ", reader.Name("mention_colors")), problems);
  }
  reader.Finish();
  return receiver;
}

}  // namespace

std::vector<ReceiverConfig> ReadReceivers(const YamlNode& node, Problems& problems) {
  std::vector<ReceiverConfig> receivers;
  for (const YamlNode& item : ListItems(node, "receivers", problems)) {
    receivers.push_back(
        ReadReceiver(item, absl::StrCat("receivers[", receivers.size(), "]"), receivers, problems));
  }
  return receivers;
}

}  // namespace swarmbell
