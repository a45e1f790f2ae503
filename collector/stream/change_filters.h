#pragma once

#include <set>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "google/protobuf/repeated_ptr_field.h"
#include "swarmbell/v1/change_event.pb.h"
#include "swarmbell/v1/change_feed.pb.h"

namespace swarmbell {

// The filters of a request: an event passes when it matches any of them, or when there are none.
class ChangeFilters {
 public:
  // INVALID_ARGUMENT for a kind or a change that is not known; the message names it, where it stands, and
  // what may have been meant.
  static absl::StatusOr<ChangeFilters> Make(
      const google::protobuf::RepeatedPtrField<v1::ChangeFilter>& filters);

  bool Match(const v1::ChangeEvent& event) const;

  // The same for filters that pass the same events, unless they say it in very different ways.
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
};

}  // namespace swarmbell
