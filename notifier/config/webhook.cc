#include "notifier/config/webhook.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"

namespace swarmbell {
namespace {

// The host in lower case, without user, port or brackets; empty if the text is no http or https URL.
std::string HostOf(const std::string& url) {
  const std::string lower = absl::AsciiStrToLower(url);
  std::size_t begin = 0;
  if (absl::StartsWith(lower, "https://")) begin = 8;
  if (absl::StartsWith(lower, "http://")) begin = 7;
  if (begin == 0) return "";
  std::string host = lower.substr(begin, lower.find_first_of("/?#", begin) - begin);
  if (const auto at = host.rfind('@'); at != std::string::npos) host = host.substr(at + 1);
  if (!host.empty() && host.front() == '[') return host.substr(1, host.find(']') - 1);
  return host.substr(0, host.find(':'));
}

// Office 365 connectors were retired: nothing answers at their URLs any more.
bool IsRetiredConnector(const std::string& host) {
  return host == "webhook.office.com" || absl::EndsWith(host, ".webhook.office.com") ||
         host == "outlook.office.com" || host == "outlook.office365.com";
}

}  // namespace

std::optional<std::string> WebhookProblem(const std::string& url, ReceiverType type) {
  const bool odd = std::any_of(url.begin(), url.end(),
                               [](char c) { return static_cast<unsigned char>(c) <= 0x20 || c == 0x7f; });
  if (odd) return "holds blanks or line ends, which no URL has";
  const std::string host = HostOf(url);
  if (host.empty()) return "is no http or https URL";
  if (IsRetiredConnector(host)) {
    return "is the URL of an Office 365 connector, and those were retired; in Teams, make a workflow from "
           "the "
           "template \"Post to a channel when a webhook request is received\" and give its URL";
  }
  if (type == ReceiverType::kTeams && host == "hooks.slack.com") return "is a URL of Slack, not of Teams";
  return std::nullopt;
}

bool IsUnencrypted(const std::string& url) {
  const std::string host = HostOf(url);
  const bool local = host == "localhost" || host == "::1" || absl::StartsWith(host, "127.");
  return absl::StartsWith(absl::AsciiStrToLower(url), "http://") && !local;
}

}  // namespace swarmbell
