#include "notifier/pipeline/digest.h"

#include <algorithm>
#include <cstddef>
#include <map>
#include <string>
#include <utility>

#include "notifier/pipeline/group_color.h"

namespace swarmbell {
namespace {

void Append(OutgoingGroup& digest, OutgoingGroup message) {
  for (Alert& alert : message.group.alerts) digest.group.alerts.push_back(std::move(alert));
  for (std::shared_ptr<Receipt>& receipt : message.receipts) {
    const auto known = std::find(digest.receipts.begin(), digest.receipts.end(), receipt);
    if (known == digest.receipts.end()) digest.receipts.push_back(std::move(receipt));
  }
}

}  // namespace

std::vector<OutgoingGroup> MakeDigests(std::vector<OutgoingGroup> messages, int digest_over) {
  if (digest_over <= 0) return messages;
  std::map<std::string, int> counts;
  for (const OutgoingGroup& message : messages) ++counts[message.group.receiver];

  std::vector<OutgoingGroup> result;
  std::map<std::string, std::size_t> digests;  // where each receiver's is in `result`
  for (OutgoingGroup& message : messages) {
    const std::string receiver = message.group.receiver;
    if (counts[receiver] <= digest_over) {
      result.push_back(std::move(message));
      continue;
    }
    const auto [place, first] = digests.emplace(receiver, result.size());
    if (first) {
      message.group.digest = true;
      result.push_back(std::move(message));
    } else {
      OutgoingGroup& digest = result[place->second];
      digest.group.color = Gravest(digest.group.color, message.group.color);
      Append(digest, std::move(message));
    }
  }
  return result;
}

}  // namespace swarmbell
