#include "collector/store/subscription_records.h"

#include <utility>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "collector/store/record.h"
#include "swarmbell/store/v1/collector_state.pb.h"

namespace swarmbell {
namespace {

using Visit = absl::FunctionRef<void(const KnownRecord&)>;

// A chunk ends after a mark whose fingerprint this divides, on average after so many marks, or at its limit.
constexpr std::uint64_t kMarksPerChunk = 64;
constexpr int kMostMarksPerChunk = 512;
constexpr std::size_t kFingerprintDigits = 16;

void VisitMessage(const std::string& name, const google::protobuf::MessageLite& message, Visit visit) {
  visit({name, nullptr, [&] { return SealMessage(name, message); }});
}

std::uint64_t FingerprintOf(const store::v1::SubscriptionMarks& chunk) {
  std::string all;
  for (const std::string& mark : chunk.marks()) absl::StrAppend(&all, mark.size(), ":", mark);
  return Fingerprint(all);
}

std::vector<store::v1::SubscriptionMarks> Chunks(const std::deque<std::string>& marks) {
  std::vector<store::v1::SubscriptionMarks> chunks;
  bool ended = true;
  for (const std::string& mark : marks) {
    if (ended) chunks.emplace_back();
    chunks.back().add_marks(mark);
    ended = Fingerprint(mark) % kMarksPerChunk == 0 || chunks.back().marks_size() >= kMostMarksPerChunk;
  }
  return chunks;
}

}  // namespace

void VisitSubscription(const std::string& name, const SubscriptionRecord& subscription, Visit visit) {
  const auto& [position, marks, state] = subscription;  // all members
  store::v1::SubscriptionPosition record;
  record.set_log_id(position.log_id);
  record.set_sequence(position.sequence);
  for (const store::v1::SubscriptionMarks& chunk : Chunks(marks)) {
    const std::uint64_t fingerprint = FingerprintOf(chunk);
    record.add_mark_chunks(fingerprint);
    VisitMessage(absl::StrCat("marks:", absl::Hex(fingerprint, absl::kZeroPad16), ":", name), chunk, visit);
  }
  VisitMessage(absl::StrCat("position:", name), record, visit);
  if (state.empty()) return;
  store::v1::SubscriptionState kept;
  kept.set_state(state);
  VisitMessage(absl::StrCat("state:", name), kept, visit);
}

absl::Status SubscriptionParts::Add(std::string_view name, std::string_view record) {
  const std::size_t colon = name.find(':');
  if (colon == name.npos) return BadRecord(name, "is of no kind that this version knows");
  const std::string_view kind = name.substr(0, colon);
  if (kind == "marks") return AddMarks(name, record);
  Parts& parts = parts_[std::string(name.substr(colon + 1))];
  if (kind == "position") return AddPosition(name, record, parts);
  if (kind != "state") return BadRecord(name, "is of no kind that this version knows");
  store::v1::SubscriptionState message;
  if (absl::Status status = OpenMessage(name, record, message); !status.ok()) return status;
  parts.state = message.state();
  return absl::OkStatus();
}

absl::Status SubscriptionParts::AddPosition(std::string_view name, std::string_view record,
                                            Parts& parts) const {
  store::v1::SubscriptionPosition message;
  if (absl::Status status = OpenMessage(name, record, message); !status.ok()) return status;
  parts.position = {message.log_id(), message.sequence()};
  parts.chunk_order.assign(message.mark_chunks().begin(), message.mark_chunks().end());
  parts.has_position = true;
  return absl::OkStatus();
}

absl::Status SubscriptionParts::AddMarks(std::string_view name, std::string_view record) {
  const std::size_t begin = name.find(':') + 1;
  const std::string digits(name.substr(begin, kFingerprintDigits));
  std::uint64_t fingerprint = 0;
  if (name.size() <= begin + kFingerprintDigits || name[begin + kFingerprintDigits] != ':' ||
      !absl::SimpleHexAtoi(digits, &fingerprint)) {
    return BadRecord(name, "is of no kind that this version knows");
  }
  store::v1::SubscriptionMarks message;
  if (absl::Status status = OpenMessage(name, record, message); !status.ok()) return status;
  Parts& parts = parts_[std::string(name.substr(begin + kFingerprintDigits + 1))];
  parts.chunks[fingerprint].assign(message.marks().begin(), message.marks().end());
  return absl::OkStatus();
}

absl::StatusOr<std::map<std::string, SubscriptionRecord>> SubscriptionParts::Join() const {
  std::map<std::string, SubscriptionRecord> all;
  for (const auto& [name, parts] : parts_) {
    if (!parts.has_position) return BadRecord(absl::StrCat("position:", name), "is missing");
    SubscriptionRecord& subscription = all[name];
    subscription.position = parts.position;
    subscription.state = parts.state;
    for (const std::uint64_t fingerprint : parts.chunk_order) {
      const auto chunk = parts.chunks.find(fingerprint);
      if (chunk == parts.chunks.end()) {
        return BadRecord(absl::StrCat("position:", name), "names marks that are missing");
      }
      subscription.marks.insert(subscription.marks.end(), chunk->second.begin(), chunk->second.end());
    }
  }
  return all;
}

}  // namespace swarmbell
