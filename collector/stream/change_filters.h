#pragma once

#include <set>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "google/protobuf/repeated_ptr_field.h"
#include "swarmbell/v1/change_event.pb.h"
#include "swarmbell/v1/change_feed.pb.h"

namespace swarmbell {

// The filters of a request: an event passes when it matches any of them, or when there are none. The names of
// changes are those of the fields in ChangeEvent.details.
class ChangeFilters {
 public:
  // INVALID_ARGUMENT for too many filters and for an unknown kind or change: the message names it, where it
  // stands, and the nearest known one.
  //
  // `service_update_progress` passes only a filter that names it, or any if `update_progress` is true: a
  // subscriber that does not know it would report an unknown change.
  static absl::StatusOr<ChangeFilters> Make(
      const google::protobuf::RepeatedPtrField<v1::ChangeFilter>& filters, bool update_progress = false);

  bool Match(const v1::ChangeEvent& event) const;

  // May be as long as the filters. Equal keys mean that the same events pass. Filters that say the same
  // differently may differ in their key.
  std::string Key() const;

 private:
  struct Filter {
    std::set<int> kinds;
    std::string stack;
    std::set<int> changes;  // field numbers in ChangeEvent.details
  };
  static absl::StatusOr<Filter> MakeFilter(const v1::ChangeFilter& filter, int index);
  static bool Matches(const Filter& filter, const v1::ChangeEvent& event);

  std::vector<Filter> filters_;
  bool update_progress_ = false;
};

}  // namespace swarmbell
