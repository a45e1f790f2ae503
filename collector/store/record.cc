#include "collector/store/record.h"

#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/io/zero_copy_stream_impl_lite.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>
#include <xxhash.h>

#include <array>
#include <climits>
#include <cstdlib>
#include <iterator>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "collector/snapshot/masking.h"

namespace swarmbell {
namespace {

using Visit = absl::FunctionRef<void(const KnownRecord&)>;

// Grows when a message gets another meaning, or when the engine's answers are read or normalised otherwise.
constexpr char kVersion = 1;
constexpr std::size_t kHeaderBytes = 9;

constexpr char kHead[] = "head";
constexpr char kBatch[] = "batch";

// A chunk of marks ends after a mark whose fingerprint this divides, or at its limit.
constexpr std::uint64_t kMarksPerChunk = 64;  // on average
constexpr int kMostMarksPerChunk = 512;
constexpr std::size_t kFingerprintDigits = 16;

constexpr std::size_t kSaltBytes = 16;
constexpr int kKeyIterations = 200'000;

std::string Checksum(std::string_view name, std::string_view payload) {
  const std::uint64_t seed = XXH3_64bits(name.data(), name.size());
  std::uint64_t sum = XXH3_64bits_withSeed(payload.data(), payload.size(), seed);
  std::string bytes;
  for (int i = 0; i < 8; ++i, sum >>= 8) bytes += static_cast<char>(sum & 0xff);
  return bytes;
}

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

const unsigned char* Bytes(const std::string& text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

}  // namespace

absl::Status BadRecord(std::string_view name, const std::string& why) {
  return absl::DataLossError(
      absl::StrCat("the record `", absl::string_view(name.data(), name.size()), "` ", why));
}

std::string SealRecord(std::string_view name, std::string_view payload) {
  std::string record(1, kVersion);
  record += Checksum(name, payload);
  record += payload;
  return record;
}

absl::StatusOr<std::string_view> OpenRecord(std::string_view name, std::string_view record) {
  if (record.size() < kHeaderBytes) return BadRecord(name, "is too short");
  if (record.front() != kVersion) return BadRecord(name, "is of another version");
  const std::string_view payload = record.substr(kHeaderBytes);
  if (record.substr(1, kHeaderBytes - 1) != Checksum(name, payload)) return BadRecord(name, "is damaged");
  return payload;
}

std::string SealMessage(std::string_view name, const google::protobuf::MessageLite& message) {
  std::string payload;
  {
    google::protobuf::io::StringOutputStream stream(&payload);
    google::protobuf::io::CodedOutputStream coded(&stream);
    coded.SetSerializationDeterministic(true);
    // It cannot fail: a string takes all, and no message of the store has a required field.
    static_cast<void>(message.SerializeToCodedStream(&coded));
  }
  return SealRecord(name, payload);
}

absl::Status OpenMessage(std::string_view name, std::string_view record,
                         google::protobuf::MessageLite& message) {
  const auto payload = OpenRecord(name, record);
  if (!payload.ok()) return payload.status();
  if (payload->size() > INT_MAX ||
      !message.ParseFromArray(payload->data(), static_cast<int>(payload->size()))) {
    return BadRecord(name, "holds another message");
  }
  return absl::OkStatus();
}

std::uint64_t Fingerprint(std::string_view bytes) { return XXH3_64bits(bytes.data(), bytes.size()); }

StoreKeys::StoreKeys(const std::string& prefix, const std::string& node_id) {
  const std::string begin = absl::StrCat(prefix, "collector:{", node_id, "}:");
  head = begin + "head";
  changes = begin + "changes";
  known = begin + "known";
  subscriptions = begin + "subscriptions";
}

StoreKeys StoreKeys::Older(const std::string& prefix, const std::string& node_id) {
  const std::string begin = absl::StrCat(prefix, "collector:", node_id, ":");
  StoreKeys keys;
  keys.head = begin + "head";
  keys.changes = begin + "log";
  keys.known = begin + "known";
  keys.subscriptions = begin + "subscriptions";
  keys.is_older = true;
  return keys;
}

std::string SealHead(const store::v1::Head& head) { return SealMessage(kHead, head); }

absl::StatusOr<store::v1::Head> OpenHead(const std::string& record) {
  // Beyond this, numbers in the sorted sets of older versions were no longer exact.
  constexpr std::uint64_t kMostRuns = (std::uint64_t{1} << 53) / kSequencesPerRun - 1;
  store::v1::Head head;
  if (absl::Status status = OpenMessage(kHead, record, head); !status.ok()) return status;
  if (head.run() >= kMostRuns || head.newest_sequence() / kSequencesPerRun > head.run()) {
    return BadRecord(kHead, "has numbers that cannot be");
  }
  return head;
}

absl::Status CheckBatch(const LogBatch& batch) {
  if (batch.events.empty()) return BadRecord(kBatch, "is empty");
  std::uint64_t wanted = batch.events.front().sequence();
  for (const v1::ChangeEvent& event : batch.events) {
    if (event.sequence() == 0 || event.sequence() != wanted++) {
      return BadRecord(kBatch, "has sequences that do not grow by one");
    }
  }
  return absl::OkStatus();
}

absl::StatusOr<std::shared_ptr<const LogBatch>> OpenBatch(std::string_view sealed) {
  store::v1::Batch record;
  if (absl::Status status = OpenMessage(kBatch, sealed, record); !status.ok()) return status;
  auto batch = std::make_shared<LogBatch>();
  batch->events.assign(std::make_move_iterator(record.mutable_events()->begin()),
                       std::make_move_iterator(record.mutable_events()->end()));
  if (absl::Status status = CheckBatch(*batch); !status.ok()) return status;
  return batch;
}

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
  const std::string_view kind = name.substr(0, colon);
  std::string_view rest = colon == name.npos ? std::string_view() : name.substr(colon + 1);
  if (kind == "position") return OpenMessage(name, record, parts_[std::string(rest)].position.emplace());
  if (kind == "state") return OpenMessage(name, record, parts_[std::string(rest)].state);
  std::uint64_t fingerprint = 0;
  if (kind != "marks" || rest.size() <= kFingerprintDigits || rest[kFingerprintDigits] != ':' ||
      !absl::SimpleHexAtoi(std::string(rest.substr(0, kFingerprintDigits)), &fingerprint)) {
    return BadRecord(name, "is of no kind that this version knows");
  }
  rest.remove_prefix(kFingerprintDigits + 1);
  return OpenMessage(name, record, parts_[std::string(rest)].chunks[fingerprint]);
}

absl::StatusOr<std::map<std::string, SubscriptionRecord>> SubscriptionParts::Join() const {
  std::map<std::string, SubscriptionRecord> all;
  for (const auto& [name, parts] : parts_) {
    const std::string position_name = absl::StrCat("position:", name);
    if (!parts.position) return BadRecord(position_name, "is missing");
    SubscriptionRecord& subscription = all[name];
    subscription.position = {parts.position->log_id(), parts.position->sequence()};
    subscription.state = parts.state.state();
    for (const std::uint64_t fingerprint : parts.position->mark_chunks()) {
      const auto chunk = parts.chunks.find(fingerprint);
      if (chunk == parts.chunks.end()) return BadRecord(position_name, "names marks that are missing");
      const auto& marks = chunk->second.marks();
      subscription.marks.insert(subscription.marks.end(), marks.begin(), marks.end());
    }
  }
  return all;
}

std::string MarkerKey(const std::string& password, const std::string& salt) {
  std::array<unsigned char, 32> key{};
  if (PKCS5_PBKDF2_HMAC(password.data(), static_cast<int>(password.size()), Bytes(salt),
                        static_cast<int>(salt.size()), kKeyIterations, EVP_sha256(),
                        static_cast<int>(key.size()), key.data()) != 1) {
    std::abort();  // without a key, the marks of secrets could be guessed
  }
  return {key.begin(), key.end()};
}

std::string NewSalt() {
  std::array<unsigned char, kSaltBytes> salt{};
  if (RAND_bytes(salt.data(), static_cast<int>(salt.size())) != 1) std::abort();
  return {salt.begin(), salt.end()};
}

std::string ReaderFingerprint(const std::string& marker_key, const std::vector<std::string>& mask_names,
                              const std::vector<std::string>& ignored_labels) {
  std::string names = std::string(kMaskingRules) + '\n';
  for (const std::string& name : mask_names) names += name + '\n';
  for (const std::string& label : ignored_labels) names += '\0' + label + '\n';
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned int size = 0;
  HMAC(EVP_sha256(), marker_key.data(), static_cast<int>(marker_key.size()), Bytes(names), names.size(),
       digest.data(), &size);
  return {digest.begin(), digest.begin() + kSaltBytes};
}

}  // namespace swarmbell
