#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "collector/changelog/subscription_book.h"
#include "collector/store/known_records.h"

namespace swarmbell {

// A subscription takes several records: `position:NAME`, `state:NAME`, and `marks:FINGERPRINT:NAME` for each
// chunk of its marks. Chunks begin and end where the marks themselves say, so that a mark that comes or goes
// changes one of them, not all.

// Calls `visit` for each record of a subscription; for chunks that are equal more than once.
void VisitSubscription(const std::string& name, const SubscriptionRecord& subscription,
                       absl::FunctionRef<void(const KnownRecord&)> visit);

// Puts subscriptions together again, from records in any order. DATA_LOSS, naming the record, for what cannot
// be used.
class SubscriptionParts {
 public:
  absl::Status Add(std::string_view name, std::string_view record);

  // All of them, once every record has been added.
  absl::StatusOr<std::map<std::string, SubscriptionRecord>> Join() const;

 private:
  struct Parts {
    LogPosition position;
    std::vector<std::uint64_t> chunk_order;
    bool has_position = false;
    std::string state;
    std::map<std::uint64_t, std::vector<std::string>> chunks;
  };

  absl::Status AddPosition(std::string_view name, std::string_view record, Parts& parts) const;
  absl::Status AddMarks(std::string_view name, std::string_view record);

  std::map<std::string, Parts, std::less<>> parts_;
};

}  // namespace swarmbell
