#include "collector/store/head_record.h"

#include "absl/strings/str_cat.h"
#include "collector/store/record.h"

namespace swarmbell {

StoreKeys::StoreKeys(const std::string& prefix, const std::string& node_id) {
  const std::string begin = absl::StrCat(prefix, "collector:", node_id, ":");
  head = begin + "head";
  log = begin + "log";
  known = begin + "known";
  subscriptions = begin + "subscriptions";
}

std::string SealHead(const store::v1::Head& head) { return SealMessage("head", head); }

absl::StatusOr<store::v1::Head> OpenHead(const std::string& record) {
  // Beyond this, numbers in Redis's sorted sets are no longer exact.
  constexpr std::uint64_t kMostRuns = (std::uint64_t{1} << 53) / kSequencesPerRun - 1;
  store::v1::Head head;
  if (absl::Status status = OpenMessage("head", record, head); !status.ok()) return status;
  if (head.run() >= kMostRuns || head.newest_sequence() / kSequencesPerRun > head.run()) {
    return BadRecord("head", "has numbers that cannot be");
  }
  return head;
}

}  // namespace swarmbell
