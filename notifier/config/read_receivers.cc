#include <algorithm>
#include <cstddef>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/string_view.h"
#include "common/file/file.h"
#include "common/settings/setting.h"
#include "notifier/config/notifier_config.h"
#include "notifier/config/readers.h"

namespace swarmbell {
namespace {

constexpr std::size_t kMaxUrlFileBytes = std::size_t{64} << 10;
constexpr ReceiverType kTypes[] = {ReceiverType::kSlack, ReceiverType::kSlackBot, ReceiverType::kTeams,
                                   ReceiverType::kConsole};

struct ReceiverForm {
  ReceiverConfig receiver;
  std::string type;
  std::string url_file;
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
  table.Add(&form.receiver.url, "url", "The webhook, a secret.");
  table.Add(&form.url_file, "url_file", "A file that holds the webhook, instead of url.");
  table.Add(&form.receiver.token, "bot_token", "slack_bot: the bot's token, a secret.");
  table.Add(&form.token_file, "bot_token_file", "A file that holds the token, instead of bot_token.");
  table.Add(&form.receiver.channel, "channel", "slack_bot: the channel, as an ID or #name.");
  table.Add(&form.api_url, "api_url", "slack_bot: the address of Slack's Web API; https://slack.com/api/.");
  table.Add(&form.receiver.mention, "mention", "Slack: who is mentioned: here, channel, <@U…> and the like.");
  table.Add(&form.mention_colors, "mention_colors", "The colours whose alerts mention; red if left out.",
            OfColors());
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
  if (content.ok()) {
    secret = TrimNewlines(*content);
  } else {
    record.Fault(&file,
                 absl::StrCat("cannot read the file it names: ", std::string(content.status().message())));
  }
}

void CheckBot(Record& record, ReceiverForm& form) {
  ReceiverConfig& receiver = form.receiver;
  for (const std::string* key : {&receiver.url, &form.url_file}) {
    if (record.Has(key)) record.Fault(key, "a Slack bot has no url: it takes bot_token and channel");
  }
  const bool by_file = record.Has(&form.token_file);
  const std::string* key = by_file ? &form.token_file : &receiver.token;
  if (!record.Has(key)) {
    record.Fault("has no bot_token, nor bot_token_file");
  } else if (receiver.token == kSecretPlaceholder) {
    record.Fault(key, "is the placeholder of --print-config; give the token, or bot_token_file");
  } else if (!record.IsGood(key)) {
    // It was reported.
  } else if (const auto problem = BotTokenProblem(receiver.token)) {
    record.Fault(key, *problem);
  }
  if (!record.Has(&receiver.channel)) {
    record.Fault("has no channel");
  } else if (const auto problem = ChannelProblem(receiver.channel)) {
    record.Fault(&receiver.channel, *problem);
  }
  if (const auto problem = SlackApiProblem(form.api_url)) record.Fault(&form.api_url, *problem);
  receiver.url = form.api_url;
}

void CheckNoBot(Record& record, const ReceiverForm& form) {
  const std::string* keys[] = {&form.receiver.token, &form.token_file, &form.receiver.channel, &form.api_url};
  for (const std::string* key : keys) {
    if (record.Has(key)) record.Fault(key, "belongs to receivers of type slack_bot");
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
  ReadSecret(record, form.url_file, "url", form.receiver.url);
  ReadSecret(record, form.token_file, "bot_token", form.receiver.token);
  if (form.receiver.type == ReceiverType::kSlackBot) {
    CheckBot(record, form);
  } else if (!form.type.empty()) {
    CheckUrl(record, form);
    CheckNoBot(record, form);
  }
  form.receiver.mention_colors = ColorsOf(form.mention_colors);
  return form.receiver;
}

constexpr char kMakeWorkflow[] =
    "; in Teams, make a workflow from the template \"Send webhook alerts to a channel\" and give its URL";
constexpr char kMakeIncomingWebhook[] =
    "; at api.slack.com/apps, make an Incoming Webhook and give its URL (hooks.slack.com/services/...)";

struct Parts {
  std::string host;  // in lower case, without user, port or brackets; empty if the text is no http URL
  std::string port;
  std::string path;  // with query
  bool open_bracket = false;
};

Parts PartsOf(const std::string& url) {
  const std::string lower = absl::AsciiStrToLower(url.substr(0, 8));
  std::size_t begin = 0;
  if (absl::StartsWith(lower, "http://")) begin = 7;
  if (absl::StartsWith(lower, "https://")) begin = 8;
  if (begin == 0) return {};
  const std::size_t end = std::min(url.find_first_of("/?#", begin), url.size());
  Parts parts;
  parts.path = url.substr(end);
  std::string host = absl::AsciiStrToLower(url.substr(begin, end - begin));
  if (const auto at = host.rfind('@'); at != std::string::npos) host = host.substr(at + 1);
  const bool bracketed = !host.empty() && host.front() == '[';
  const std::size_t closing = bracketed ? host.find(']') : 0;
  if (closing == std::string::npos) {
    parts.open_bracket = true;
    return parts;
  }
  const std::size_t colon = host.find(':', closing);
  if (colon != std::string::npos) parts.port = host.substr(colon);
  parts.host = bracketed ? host.substr(1, closing - 1) : host.substr(0, colon);
  return parts;
}

bool IsPort(absl::string_view port) {
  int number = 0;
  const bool digits = std::all_of(port.begin(), port.end(),
                                  [](char c) { return absl::ascii_isdigit(static_cast<unsigned char>(c)); });
  return digits && absl::SimpleAtoi(port, &number) && number >= 1 && number <= 65535;
}

bool IsOrIsIn(const std::string& host, absl::string_view domain) {
  return host == domain || absl::EndsWith(host, absl::StrCat(".", domain));
}

bool IsPowerAutomate(const std::string& host) {
  return IsOrIsIn(host, "logic.azure.com") || IsOrIsIn(host, "api.powerplatform.com");
}

// Office 365 connectors were retired: their URLs no longer answer.
bool IsRetiredConnector(const std::string& host) {
  return IsOrIsIn(host, "webhook.office.com") || host == "outlook.office.com" ||
         host == "outlook.office365.com";
}

// The name of a chat that accepts other messages; empty for any other host.
std::string OtherProduct(const std::string& host) {
  struct Product {
    const char* domain;
    const char* name;
  };
  for (const Product& product :
       {Product{"discord.com", "Discord"}, Product{"discordapp.com", "Discord"},
        Product{"chat.googleapis.com", "Google Chat"}, Product{"api.telegram.org", "Telegram"},
        Product{"events.pagerduty.com", "PagerDuty"}, Product{"api.opsgenie.com", "Opsgenie"},
        Product{"hooks.zapier.com", "Zapier"}}) {
    if (IsOrIsIn(host, product.domain)) return product.name;
  }
  return "";
}

// Discord accepts Slack's messages at URLs of its own.
bool TakesSlackMessages(const Parts& parts) {
  return absl::StrContains(parts.path, "/slack") &&
         (IsOrIsIn(parts.host, "discord.com") || IsOrIsIn(parts.host, "discordapp.com"));
}

std::optional<std::string> SlackProblem(const Parts& parts) {
  if (IsPowerAutomate(parts.host))
    return absl::StrCat("is a URL of Teams, not of Slack", kMakeIncomingWebhook);
  if (IsOrIsIn(parts.host, "slack.com")) {
    if (absl::StartsWith(parts.path, "/triggers/") || absl::StartsWith(parts.path, "/workflows/"))
      return absl::StrCat("is the URL of a workflow of Slack's Workflow Builder, which takes no cards",
                          kMakeIncomingWebhook);
    if (parts.host != "hooks.slack.com" || absl::StartsWith(parts.path, "/api/"))
      return absl::StrCat("is a URL of Slack, but not of an Incoming Webhook", kMakeIncomingWebhook);
  }
  const std::string other = TakesSlackMessages(parts) ? "" : OtherProduct(parts.host);
  if (!other.empty()) return absl::StrCat("is a URL of ", other, ", not of Slack", kMakeIncomingWebhook);
  return std::nullopt;
}

std::optional<std::string> TeamsProblem(const Parts& parts) {
  if (IsOrIsIn(parts.host, "slack.com"))
    return absl::StrCat("is a URL of Slack, not of Teams", kMakeWorkflow);
  if (IsOrIsIn(parts.host, "powerautomate.com") || parts.host == "flow.microsoft.com" ||
      IsOrIsIn(parts.host, "teams.microsoft.com")) {
    return absl::StrCat(
        "is the address of a web page, not of a webhook: copy the URL that the workflow's trigger shows",
        kMakeWorkflow);
  }
  const std::string other = OtherProduct(parts.host);
  if (!other.empty()) return absl::StrCat("is a URL of ", other, ", not of Teams", kMakeWorkflow);
  if (absl::StrContains(parts.path, "&amp;")) return "holds &amp; where & belongs: give it as Teams shows it";
  if (IsPowerAutomate(parts.host) && !absl::StrContains(parts.path, "sig=")) {
    return "has no sig=, as when a shell cuts it at &: give the whole URL, in quotes";
  }
  return std::nullopt;
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
      const bool secret = key == "url" || key == "bot_token";
      if (secret && value.IsScalar() && !value.scalar.empty()) value.scalar = kSecretPlaceholder;
    }
  }
  return hidden;
}

std::optional<std::string> WebhookProblem(const std::string& url, ReceiverType type) {
  const bool odd = std::any_of(url.begin(), url.end(),
                               [](char c) { return static_cast<unsigned char>(c) <= 0x20 || c == 0x7f; });
  if (odd) return "holds blanks or line ends, which no URL has";
  const Parts parts = PartsOf(url);
  if (parts.open_bracket) return "has a [ without its ]";
  if (parts.host.empty()) return "is no http or https URL";
  if (!parts.port.empty() && !IsPort(absl::string_view(parts.port).substr(1))) {
    return "has no port between 1 and 65535";
  }
  if (IsRetiredConnector(parts.host)) {
    return absl::StrCat("is the URL of an Office 365 connector, and those were retired", kMakeWorkflow);
  }
  if (type == ReceiverType::kSlack) return SlackProblem(parts);
  if (type == ReceiverType::kTeams) return TeamsProblem(parts);
  return std::nullopt;
}

std::optional<std::string> WebhookWarning(const std::string& url, ReceiverType type) {
  if (type == ReceiverType::kTeams && IsOrIsIn(PartsOf(url).host, "logic.azure.com")) {
    return "is at logic.azure.com: Power Automate's addresses there were switched off in November 2025. "
           "Unless "
           "it is an Azure Logic App, copy the new URL from the workflow's trigger.";
  }
  return std::nullopt;
}

bool IsUnencrypted(const std::string& url) {
  const std::string host = PartsOf(url).host;
  const bool local = host == "localhost" || host == "::1" || absl::StartsWith(host, "127.");
  return absl::StartsWith(absl::AsciiStrToLower(url), "http://") && !local;
}

}  // namespace swarmbell
