// The checks of a webhook's URL. No text shows the URL, which is a secret.

#include <algorithm>
#include <cstddef>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"
#include "notifier/config/receiver_values.h"

namespace swarmbell {
namespace {

constexpr char kMakeWorkflow[] =
    "; in Teams, make a workflow from the template \"Send webhook alerts to a channel\" and give its URL";
constexpr char kMakeIncomingWebhook[] =
    "; at api.slack.com/apps, make an Incoming Webhook and give its URL (hooks.slack.com/services/...)";

constexpr std::size_t kShortestSlackId = 8;
constexpr std::size_t kShortestKey = 20;

// True if a part was left out, as in an example.
bool HoldsDots(absl::string_view text) {
  return absl::StrContains(text, "...") || absl::StrContains(text, "…");
}

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

bool IsSlack(const std::string& host) {
  return IsOrIsIn(host, "slack.com") || IsOrIsIn(host, "slack-gov.com");
}

bool TakesIncomingWebhooks(const std::string& host) {
  return host == "hooks.slack.com" || host == "hooks.slack-gov.com";
}

bool IsAlphanumeric(absl::string_view text) {
  return std::all_of(text.begin(), text.end(),
                     [](char c) { return absl::ascii_isalnum(static_cast<unsigned char>(c)); });
}

// True for an identifier of Slack, such as `T0123ABCD`.
bool IsSlackId(absl::string_view text, char initial) {
  return text.size() >= kShortestSlackId && text.front() == initial && IsAlphanumeric(text);
}

// True for `/services/T0123ABCD/B0123ABCD/` and 24 letters and digits; fewer are accepted, in case Slack
// changes their number, but not one repeated, as in examples.
bool IsIncomingWebhook(absl::string_view path) {
  const std::vector<absl::string_view> parts = absl::StrSplit(path, '/');
  if (parts.size() != 5 || parts[1] != "services") return false;
  const absl::string_view key = parts[4];
  return IsSlackId(parts[2], 'T') && IsSlackId(parts[3], 'B') && key.size() >= kShortestKey &&
         IsAlphanumeric(key) && key.find_first_not_of(key.front()) != absl::string_view::npos;
}

std::optional<std::string> ProblemForSlack(const Parts& parts) {
  if (IsPowerAutomate(parts.host))
    return absl::StrCat("is a URL of Teams, not of Slack", kMakeIncomingWebhook);
  if (IsSlack(parts.host)) {
    if (absl::StartsWith(parts.path, "/triggers/") || absl::StartsWith(parts.path, "/workflows/"))
      return absl::StrCat("is the URL of a workflow of Slack's Workflow Builder, which takes no cards",
                          kMakeIncomingWebhook);
    if (!TakesIncomingWebhooks(parts.host) || absl::StartsWith(parts.path, "/api/"))
      return absl::StrCat("is a URL of Slack, but not of an Incoming Webhook", kMakeIncomingWebhook);
    if (!IsIncomingWebhook(parts.path))
      return absl::StrCat("is cut, or an example: a real one is https://", parts.host,
                          "/services/T0123ABCD/B0123ABCD/ and 24 letters and digits", kMakeIncomingWebhook);
  }
  const std::string other = TakesSlackMessages(parts) ? "" : OtherProduct(parts.host);
  if (!other.empty()) return absl::StrCat("is a URL of ", other, ", not of Slack", kMakeIncomingWebhook);
  return std::nullopt;
}

// True if the URL may be that of a flow's trigger, whose sig= has 43 characters; fewer are accepted, in case
// Microsoft changes their number.
bool IsWholeFlow(const Parts& parts) {
  const absl::string_view path = parts.path;
  const std::size_t flow = path.find("/workflows/");
  const std::size_t sig = path.find("sig=") + 4;
  const absl::string_view key = path.substr(sig, path.find_first_of("&#", sig) - sig);
  return flow != absl::string_view::npos && path.find("/triggers/", flow) != absl::string_view::npos &&
         key.size() >= kShortestKey && !HoldsDots(path) && !HoldsDots(parts.host);
}

std::optional<std::string> ProblemForTeams(const Parts& parts) {
  if (IsSlack(parts.host)) return absl::StrCat("is a URL of Slack, not of Teams", kMakeWorkflow);
  if (IsOrIsIn(parts.host, "powerautomate.com") || parts.host == "flow.microsoft.com" ||
      IsOrIsIn(parts.host, "teams.microsoft.com")) {
    return absl::StrCat(
        "is the address of a web page, not of a webhook: copy the URL that the workflow's trigger shows",
        kMakeWorkflow);
  }
  const std::string other = OtherProduct(parts.host);
  if (!other.empty()) return absl::StrCat("is a URL of ", other, ", not of Teams", kMakeWorkflow);
  if (absl::StrContains(parts.path, "&amp;")) return "holds &amp; where & belongs: give it as Teams shows it";
  if (!IsPowerAutomate(parts.host)) return std::nullopt;
  if (!absl::StrContains(parts.path, "sig="))
    return "has no sig=, as when a shell cuts it at &, or when only some people may trigger the workflow: "
           "give the whole URL, in quotes, of a workflow that anyone may trigger";
  if (!IsWholeFlow(parts))
    return absl::StrCat(
        "is cut, or an example: a real one has /workflows/, an identifier, /triggers/, and "
        "ends in sig= and 43 characters",
        kMakeWorkflow);
  return std::nullopt;
}

// Names what the text is instead of a URL, where that is known.
std::string NoUrlProblem(absl::string_view text) {
  if (absl::StartsWith(text, "xox"))
    return "is a token, not a URL: a bot's belongs to slack.bot_token, with slack.channel";
  if (absl::StartsWith(text, "/"))
    return "is the name of a file: give it as the setting of the same name with _file";
  if (absl::StartsWith(text, "\"") || absl::StartsWith(text, "'"))
    return "is in quotation marks: remove them";
  return "is no http or https URL";
}

}  // namespace

std::optional<std::string> UrlProblem(const std::string& url) {
  const bool odd = std::any_of(url.begin(), url.end(),
                               [](char c) { return static_cast<unsigned char>(c) <= 0x20 || c == 0x7f; });
  if (odd) return "holds blanks or line ends, which no URL has";
  const Parts parts = PartsOf(url);
  if (parts.open_bracket) return "has a [ without its ]";
  if (parts.host.empty()) return NoUrlProblem(url);
  if (!parts.port.empty() && !IsPort(absl::string_view(parts.port).substr(1))) {
    return "has no port between 1 and 65535";
  }
  if (IsRetiredConnector(parts.host)) {
    return absl::StrCat("is the URL of an Office 365 connector, and those were retired", kMakeWorkflow);
  }
  return std::nullopt;
}

std::optional<std::string> EventsUrlProblem(const std::string& url) {
  if (auto problem = UrlProblem(url)) return problem;
  if (IsSlack(PartsOf(url).host))
    return "is a URL of Slack, which takes no events: make a receiver of type slack, or give it as "
           "slack.webhook_url";
  return std::nullopt;
}

std::optional<std::string> SlackUrlProblem(const std::string& url) {
  if (auto problem = UrlProblem(url)) return problem;
  return ProblemForSlack(PartsOf(url));
}

std::optional<std::string> TeamsUrlProblem(const std::string& url) {
  if (auto problem = UrlProblem(url)) return problem;
  return ProblemForTeams(PartsOf(url));
}

std::optional<std::string> ServerUrlProblem(const std::string& url) {
  if (auto problem = UrlProblem(url)) return problem;
  const std::string path = PartsOf(url).path;
  if (path.find_first_of("?#") != std::string::npos)
    return "holds ? or #: give the address alone, as in http://alertmanager:9093";
  if (absl::StrContains(path, "/api/"))
    return "holds the path of the API: give the address alone, as in http://alertmanager:9093";
  return std::nullopt;
}

std::optional<std::string> SlackApiProblem(const std::string& url) {
  if (auto problem = UrlProblem(url)) return problem;
  if (TakesIncomingWebhooks(PartsOf(url).host))
    return "is the URL of an Incoming Webhook: give it as slack.webhook_url";
  if (url.back() != '/' || url.find_first_of("?#") != std::string::npos)
    return "must end with /, as in https://slack.com/api/";
  return std::nullopt;
}

std::optional<std::string> TeamsUrlWarning(const ReceiverConfig& receiver) {
  if (!IsOrIsIn(PartsOf(receiver.url).host, "logic.azure.com")) return std::nullopt;
  return "has a URL at logic.azure.com: Power Automate's addresses there were switched off in November 2025. "
         "Unless it is an Azure Logic App, copy the new URL from the workflow's trigger.";
}

bool IsUnencrypted(const std::string& url) {
  const std::string host = PartsOf(url).host;
  const bool local = host == "localhost" || host == "::1" || absl::StartsWith(host, "127.");
  return absl::StartsWith(absl::AsciiStrToLower(url), "http://") && !local;
}

}  // namespace swarmbell
