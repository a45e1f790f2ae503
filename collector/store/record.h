#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "collector/changelog/change_log.h"
#include "collector/changelog/subscription_book.h"
#include "collector/store/known_records.h"
#include "google/protobuf/message_lite.h"
#include "swarmbell/store/v1/collector_state.pb.h"

namespace swarmbell {

// The records in Redis, all but those of the known state (known_records.h). A record is one byte of format
// version, eight of a checksum over its name and payload, and the payload.
//
// Errors are DATA_LOSS: the record cannot be used. The message names the record.

std::string SealRecord(std::string_view name, std::string_view payload);
// The payload; it lives as long as `record`.
absl::StatusOr<std::string_view> OpenRecord(std::string_view name, std::string_view record);

// The same with a message as payload; equal messages give equal records.
std::string SealMessage(std::string_view name, const google::protobuf::MessageLite& message);
absl::Status OpenMessage(std::string_view name, std::string_view record,
                         google::protobuf::MessageLite& message);

// DATA_LOSS, naming the record.
absl::Status BadRecord(std::string_view name, const std::string& why);

std::uint64_t Fingerprint(std::string_view bytes);

// The keys of one collector. Nothing else in Redis is read or written. The braces put all of them into one
// slot of a Redis Cluster.
struct StoreKeys {
  StoreKeys(const std::string& prefix, const std::string& node_id);
  // The keys of versions without braces; their log is a sorted set of batches.
  static StoreKeys Older(const std::string& prefix, const std::string& node_id);

  std::string head;           // a string: the writer, and how much the others hold
  std::string changes;        // a stream: the log (change_stream.h)
  std::string known;          // a hash: the known state, by KnownRecord::name
  std::string subscriptions;  // a hash: by KnownRecord::name
  bool is_older = false;

 private:
  StoreKeys() = default;
};

// Each run of a collector numbers its events from a multiple of this, so that no sequence of the last run is
// given to another event, however many of its events were sent and not stored.
constexpr std::uint64_t kSequencesPerRun = 1'000'000'000;

std::string SealHead(const store::v1::Head& head);
absl::StatusOr<store::v1::Head> OpenHead(const std::string& record);

// A batch in the log of older versions.
absl::StatusOr<std::shared_ptr<const LogBatch>> OpenBatch(std::string_view record);

// DATA_LOSS if the batch is empty, or its sequences do not grow by one.
absl::Status CheckBatch(const LogBatch& batch);

// A subscription takes several records: `position:NAME`, `state:NAME`, and `marks:FINGERPRINT:NAME` for each
// chunk of its marks. Chunks begin and end where the marks themselves say, so that a mark that comes or goes
// changes one of them, not all.

// Calls `visit` for each record of a subscription; for chunks that are equal more than once.
void VisitSubscription(const std::string& name, const SubscriptionRecord& subscription,
                       absl::FunctionRef<void(const KnownRecord&)> visit);

// Puts subscriptions together again, from records in any order.
class SubscriptionParts {
 public:
  absl::Status Add(std::string_view name, std::string_view record);

  // All of them, once every record has been added.
  absl::StatusOr<std::map<std::string, SubscriptionRecord>> Join() const;

 private:
  struct Parts {
    std::optional<store::v1::SubscriptionPosition> position;
    store::v1::SubscriptionState state;
    std::map<std::uint64_t, store::v1::SubscriptionMarks> chunks;
  };

  std::map<std::string, Parts> parts_;
};

// The key for the marks of masked values (see Masker), so that a restarted collector makes the same mark for
// the same value: PBKDF2 of a salt, which is kept in Redis, and Redis's password, which is not. A reader of a
// copy of Redis's data cannot test guesses of a masked value without the password; with it, or if there is
// none, that is possible. Takes about 0.1 s.
std::string MarkerKey(const std::string& password, const std::string& salt);

// 16 random bytes.
std::string NewSalt();

// Equal for the same key, names to mask, rules of masking (kMaskingRules) and ignored labels: only then can
// texts that the one reader has read be compared with the other's.
std::string ReaderFingerprint(const std::string& marker_key, const std::vector<std::string>& mask_names,
                              const std::vector<std::string>& ignored_labels = {});

}  // namespace swarmbell
