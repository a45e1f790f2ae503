#include "notifier/config/mention.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/string_view.h"
#include "absl/strings/strip.h"
#include "notifier/config/receiver_types.h"

namespace swarmbell {
namespace {

constexpr std::size_t kLongestMention = 100;

bool IsGroup(absl::string_view word) { return word == "here" || word == "channel" || word == "everyone"; }

bool IsId(absl::string_view word, absl::string_view initials) {
  return word.size() >= 9 && absl::StrContains(initials, word.substr(0, 1)) &&
         std::all_of(word.begin(), word.end(), [](char letter) {
           const auto byte = static_cast<unsigned char>(letter);
           return absl::ascii_isupper(byte) || absl::ascii_isdigit(byte);
         });
}

}  // namespace

bool IsSlackMention(std::string_view text) {
  absl::string_view word(text.data(), text.size());
  if (absl::ConsumePrefix(&word, "<")) {
    if (!absl::ConsumeSuffix(&word, ">")) return false;
    if (absl::ConsumePrefix(&word, "@")) return IsId(word, "UW");
    if (absl::ConsumePrefix(&word, "!subteam^")) return IsId(word, "S");
    return absl::ConsumePrefix(&word, "!") && IsGroup(word);
  }
  absl::ConsumePrefix(&word, "@");
  return IsGroup(word) || IsId(word, "UWS");
}

bool IsTeamsMention(std::string_view word) {
  const std::size_t at = word.find('@');
  return at != std::string_view::npos && at > 0 && at + 1 < word.size() &&
         std::all_of(word.begin(), word.end(), [](char letter) {
           return absl::ascii_isalnum(static_cast<unsigned char>(letter)) ||
                  std::string_view("@._%+-").find(letter) != std::string_view::npos;
         });
}

bool IsMention(ReceiverType type, std::string_view word) {
  const auto mentions = InfoOf(type).mentions;
  return mentions != nullptr && !word.empty() && word.size() <= kLongestMention && mentions(word);
}

bool IsMention(std::string_view word) {
  return std::any_of(ReceiverTypes().begin(), ReceiverTypes().end(),
                     [word](const ReceiverTypeInfo& info) { return IsMention(info.type, word); });
}

}  // namespace swarmbell
