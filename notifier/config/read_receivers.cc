#include <algorithm>
#include <cstddef>
#include <initializer_list>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/file/file.h"
#include "common/settings/setting.h"
#include "notifier/config/notifier_config.h"
#include "notifier/config/readers.h"
#include "notifier/config/signing.h"

namespace swarmbell {
namespace {

constexpr std::size_t kMaxUrlFileBytes = std::size_t{64} << 10;
constexpr ReceiverType kTypes[] = {
    ReceiverType::kSlack,   ReceiverType::kSlackBot,     ReceiverType::kTeams,  ReceiverType::kConsole,
    ReceiverType::kWebhook, ReceiverType::kAlertmanager, ReceiverType::kGrafana};

struct ReceiverForm {
  ReceiverConfig receiver;
  std::string type;
  std::string url_file;
  std::string bot_token;
  std::string bot_token_file;
  std::string secret;  // webhook
  std::string secret_file;
  std::string token;  // Alertmanager, Grafana
  std::string token_file;
  std::string api_url = kSlackApi;
  std::vector<std::string> mention_colors;
};

SettingsTable DescribeReceiver(ReceiverForm& form) {
  std::vector<std::string> types;
  for (const ReceiverType type : kTypes) types.push_back(ReceiverTypeName(type));
  SettingsTable table;
  table.Add(&form.receiver.name, "name", "The name by which rules and labels refer to it.",
            {.required = "has no name"});
  table.Add(&form.type, "type", "The kind of chat; console is standard output.",
            {.choices = types, .required = absl::StrCat("has no type (", absl::StrJoin(types, ", "), ")")});
  table.Add(&form.receiver.url, "url",
            "The webhook, a secret; of Alertmanager or Grafana its address, as in http://alertmanager:9093.");
  table.Add(&form.url_file, "url_file", "A file that holds the webhook, instead of url.");
  table.Add(&form.secret, "secret",
            "webhook: the secret that signs posts, whsec_ and base64; two while one replaces the other.");
  table.Add(&form.secret_file, "secret_file", "A file that holds the secret, instead of secret.");
  table.Add(
      &form.token, "token",
      "grafana: the token of a service account, a secret; alertmanager: a bearer token, if it needs one.");
  table.Add(&form.token_file, "token_file", "A file that holds the token, instead of token.");
  table.Add(&form.bot_token, "bot_token", "slack_bot: the bot's token, a secret.");
  table.Add(&form.bot_token_file, "bot_token_file", "A file that holds the token, instead of bot_token.");
  table.Add(&form.receiver.channel, "channel", "slack_bot: the channel, as an ID or #name.");
  table.Add(&form.api_url, "api_url", "slack_bot: the address of Slack's Web API; https://slack.com/api/.");
  table.Add(&form.receiver.mention, "mention", "Slack: who is mentioned: here, channel, <@U…> and the like.");
  table.Add(&form.mention_colors, "mention_colors", "The colours whose alerts mention; red if left out.",
            OfColors());
  table.Add(&form.receiver.clusters, "cluster",
            "Names of the swarms whose alerts it gets, with globs * and ?; all if left out.");
  return table;
}

// Reads a secret from the file that is named instead of it.
void ReadSecret(Record& record, const std::string& file, const char* key, std::string& secret) {
  if (file.empty()) return;
  if (!secret.empty()) {
    record.Fault(&file, absl::StrCat("conflicts with ", key, "; remove one of them"));
    secret.clear();
    return;
  }
  const auto content = ReadFile(file, kMaxUrlFileBytes);
  if (!content.ok()) {
    record.Fault(&file,
                 absl::StrCat("cannot read the file it names: ", std::string(content.status().message())));
  } else if (content->find_first_not_of(" \t\r\n") == std::string::npos) {
    record.Fault(&file, "names an empty file; write the secret into it, or leave the setting out");
  } else {
    secret = TrimNewlines(*content);
  }
}

void CheckBot(Record& record, ReceiverForm& form) {
  ReceiverConfig& receiver = form.receiver;
  for (const std::string* key : {&receiver.url, &form.url_file}) {
    if (record.Has(key)) record.Fault(key, "a Slack bot has no url: it takes bot_token and channel");
  }
  const bool by_file = record.Has(&form.bot_token_file);
  const std::string* key = by_file ? &form.bot_token_file : &form.bot_token;
  if (!record.Has(key)) {
    record.Fault("has no bot_token, nor bot_token_file");
  } else if (form.bot_token == kSecretPlaceholder) {
    record.Fault(key, "is the placeholder of --print-config; give the token, or bot_token_file");
  } else if (!record.IsGood(key)) {
    // It was reported.
  } else if (const auto problem = BotTokenProblem(form.bot_token)) {
    record.Fault(key, *problem);
  }
  if (!record.Has(&receiver.channel)) {
    record.Fault("has no channel");
  } else if (const auto problem = ChannelProblem(receiver.channel)) {
    record.Fault(&receiver.channel, *problem);
  }
  if (const auto problem = SlackApiProblem(form.api_url)) record.Fault(&form.api_url, *problem);
  receiver.url = form.api_url;
  receiver.token = form.bot_token;
}

// The keys that only some types have.
void CheckForeignKeys(Record& record, const ReceiverForm& form) {
  const ReceiverType type = form.receiver.type;
  const auto check = [&record](bool has, std::initializer_list<const std::string*> keys, const char* types) {
    for (const std::string* key : keys) {
      if (!has && record.Has(key)) record.Fault(key, absl::StrCat("belongs to receivers of type ", types));
    }
  };
  check(type == ReceiverType::kSlackBot,
        {&form.bot_token, &form.bot_token_file, &form.receiver.channel, &form.api_url}, "slack_bot");
  check(type == ReceiverType::kWebhook, {&form.secret, &form.secret_file}, "webhook");
  check(type == ReceiverType::kAlertmanager || type == ReceiverType::kGrafana,
        {&form.token, &form.token_file}, "alertmanager or grafana");
}

// The secret that signs, or the token, of a receiver that a program reads.
void CheckSecret(Record& record, ReceiverForm& form) {
  const bool signs = form.receiver.type == ReceiverType::kWebhook;
  const std::string& secret = signs ? form.secret : form.token;
  const std::string* file = signs ? &form.secret_file : &form.token_file;
  const std::string* key = record.Has(file) ? file : &secret;
  form.receiver.token = secret;
  if (!record.Has(key)) {
    if (form.receiver.type == ReceiverType::kGrafana) record.Fault("has no token, nor token_file");
  } else if (secret == kSecretPlaceholder) {
    record.Fault(key, "is the placeholder of --print-config; give the secret, or name a file that holds it");
  } else if (const auto problem = ApiSecretProblem(secret, form.receiver.type);
             problem && record.IsGood(key)) {
    record.Fault(key, *problem);
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
    record.Fault(key, "is the placeholder of --print-config; give the URL, or url_file");
  } else if (receiver.url.empty()) {
    if (record.IsGood(key)) record.Fault(key, "is empty");
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
  ReadSecret(record, form.url_file, "url", form.receiver.url);
  ReadSecret(record, form.bot_token_file, "bot_token", form.bot_token);
  ReadSecret(record, form.secret_file, "secret", form.secret);
  ReadSecret(record, form.token_file, "token", form.token);
  if (!form.type.empty()) CheckForeignKeys(record, form);
  if (form.receiver.type == ReceiverType::kSlackBot) {
    CheckBot(record, form);
  } else if (!form.type.empty()) {
    CheckUrl(record, form);
    CheckSecret(record, form);
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
  YamlNode hidden = receivers;
  for (YamlNode& receiver : hidden.items) {
    for (auto& [key, value] : receiver.entries) {
      const bool secret = key == "url" || key == "bot_token" || key == "secret" || key == "token";
      if (secret && value.IsScalar() && !value.scalar.empty()) value.scalar = kSecretPlaceholder;
    }
  }
  return hidden;
}

std::optional<std::string> ApiSecretProblem(const std::string& secret, ReceiverType type) {
  if (secret.empty()) return "is empty";
  if (type == ReceiverType::kWebhook) return SigningSecretProblem(secret);
  const bool odd = std::any_of(secret.begin(), secret.end(), [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte <= 0x20 || byte >= 0x7f;
  });
  if (odd) return "holds blanks, line ends or other characters that no token has";
  if (absl::StrContains(secret, "...")) return "is an example: it holds ... where characters were left out";
  return std::nullopt;
}

}  // namespace swarmbell
