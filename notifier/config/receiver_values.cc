// The checks of tokens and secrets, and of a Slack bot's channel.

#include "notifier/config/receiver_values.h"

#include <algorithm>
#include <cstddef>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"

namespace swarmbell {
namespace {

constexpr char kGetToken[] =
    "; at api.slack.com/apps, install the app and give its Bot User OAuth Token (xoxb-...)";
constexpr std::size_t kLongestChannelName = 80;
constexpr std::size_t kShortestId = 9;

bool IsTokenChar(char c) { return absl::ascii_isalnum(static_cast<unsigned char>(c)) || c == '-'; }

// True for C, G or D followed by capitals and digits.
bool IsChannelId(absl::string_view text) {
  if (text.size() < kShortestId || !absl::StrContains("CGD", text.substr(0, 1))) return false;
  return std::all_of(text.begin(), text.end(), [](char c) {
    return absl::ascii_isupper(static_cast<unsigned char>(c)) ||
           absl::ascii_isdigit(static_cast<unsigned char>(c));
  });
}

}  // namespace

std::optional<std::string> BotTokenProblem(const std::string& token) {
  if (absl::StartsWithIgnoreCase(token, "http")) {
    return absl::StrCat("is a URL, not a bot's token: an Incoming Webhook belongs to slack.webhook_url",
                        kGetToken);
  }
  if (absl::StartsWith(token, "xoxp-"))
    return absl::StrCat("is the token of a user, not of a bot", kGetToken);
  if (absl::StartsWith(token, "xapp-")) return absl::StrCat("is an app-level token, not a bot's", kGetToken);
  if (absl::StartsWith(token, "xoxe")) {
    return absl::StrCat(
        "expires after 12 hours, because the app rotates its tokens: switch token rotation off", kGetToken);
  }
  constexpr absl::string_view kStart = "xoxb-";
  const bool valid = absl::StartsWith(token, kStart) && token.size() > kStart.size() &&
                     std::all_of(token.begin(), token.end(), IsTokenChar);
  if (!valid) return absl::StrCat("is no bot's token", kGetToken);
  return std::nullopt;
}

std::optional<std::string> ChannelProblem(const std::string& channel) {
  constexpr char kForm[] =
      "; give the channel's ID (C0123456789, at the end of the channel's details) or #name";
  if (absl::StrContains(channel, "://")) return absl::StrCat("is a URL, not a channel", kForm);
  if (IsChannelId(channel)) return std::nullopt;
  const absl::string_view name = absl::string_view(channel).substr(channel[0] == '#' ? 1 : 0);
  const bool odd = std::any_of(name.begin(), name.end(), [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return absl::ascii_isupper(byte) || (byte < 0x80 && !absl::ascii_isalnum(byte) && c != '-' && c != '_');
  });
  if (name.empty() || odd) {
    return absl::StrCat("is neither an ID nor a name: names have small letters, digits, - and _", kForm);
  }
  if (name.size() > kLongestChannelName * 4) return absl::StrCat("is longer than a channel's name", kForm);
  return std::nullopt;
}

std::optional<std::string> TokenProblem(const std::string& token) {
  const bool odd = std::any_of(token.begin(), token.end(), [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte <= 0x20 || byte >= 0x7f;
  });
  if (odd) return "holds blanks, line ends or other characters that no token has";
  if (absl::StrContains(token, "...")) return "is an example: it holds ... where characters were left out";
  return std::nullopt;
}

std::optional<std::string> UnsignedWarning(const ReceiverConfig& receiver) {
  if (!receiver.token.empty()) return std::nullopt;
  return "has no secret: its posts are not signed, so the program that gets them cannot tell who sent them. "
         "Set one to sign them.";
}

}  // namespace swarmbell
