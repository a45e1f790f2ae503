#include "notifier/delivery/mention.h"

#include <algorithm>
#include <vector>

#include "common/settings/setting.h"
#include "notifier/config/mention.h"

namespace swarmbell {
namespace {

constexpr char kMentionLabel[] = "swarmbell.mention";

bool Mentions(const ReceiverConfig& receiver, Color color) {
  const std::vector<Color>& colors = receiver.mention_colors;
  if (colors.empty()) return color == Color::kRed;
  return std::find(colors.begin(), colors.end(), color) != colors.end();
}

// The label's mention, or the receiver's own.
std::string MentionOf(const ReceiverConfig& receiver, const v1::ResourceRef& resource) {
  const auto label = resource.labels().find(kMentionLabel);
  if (label == resource.labels().end()) return receiver.mention;
  for (const std::string& word : SplitList(label->second)) {
    if (IsMention(receiver.type, word)) return word;
  }
  return receiver.mention;
}

}  // namespace

std::string MentionFor(const ReceiverConfig& receiver, const AlertGroup& group) {
  if (!Mentions(receiver, group.color)) return "";
  std::string first;
  for (const Alert& alert : group.alerts) {
    if (alert.color != group.color) continue;
    const std::string mention = MentionOf(receiver, alert.event.resource());
    if (first.empty()) first = mention;
    if (mention != first && !receiver.mention.empty()) return receiver.mention;
  }
  return first.empty() ? receiver.mention : first;
}

}  // namespace swarmbell
