#include "collector/stream/change_list.h"

#include <algorithm>
#include <cstddef>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "collector/stream/change_filters.h"
#include "collector/stream/cursor.h"
#include "collector/stream/page_token.h"

namespace swarmbell {
namespace {

constexpr int kDefaultPageSize = 100;
constexpr int kMaxPageSize = 1000;
constexpr std::size_t kMaxPageBytes = std::size_t{1} << 20;

absl::Status ForeignToken() {
  return absl::InvalidArgumentError(
      "page_token was not made by this collector, or its log has begun anew since; start again without a "
      "token");
}

// Collects events that pass, until the page is full.
class Page {
 public:
  Page(int size, ChangeFilters filters) : size_(size), filters_(std::move(filters)) {}

  // False, without taking the event, when there is no room for it.
  bool Take(const v1::ChangeEvent& event) {
    if (!filters_.Match(event)) return true;
    const std::size_t bytes = event.ByteSizeLong();
    const int taken = response.events_size();
    if (taken == size_ || (taken > 0 && bytes_ + bytes > kMaxPageBytes)) return false;
    bytes_ += bytes;
    *response.add_events() = event;
    return true;
  }

  v1::ListChangesResponse response;

 private:
  int size_;
  ChangeFilters filters_;
  std::size_t bytes_ = 0;
};

// Where to start: INVALID_ARGUMENT for a token that is not this log's.
absl::StatusOr<LogPosition> Start(const ChangeLog& log, const std::string& token) {
  if (token.empty()) return log.Oldest();
  const auto position = ReadPageToken(token);
  if (!position || log.ReadAfter(*position, 1).gap == LogGap::kOtherLog) return ForeignToken();
  return *position;
}

// Moves `position` over what the page takes; says whether it reached the end of the log.
bool Fill(const ChangeLog& log, LogPosition& position, Page& page) {
  for (;;) {
    const LogRead read = log.ReadAfter(position, 1);
    if (read.gap != LogGap::kNone) position = AfterGap(read);
    if (read.batches.empty()) return true;
    for (const v1::ChangeEvent& event : read.batches.front()->events) {
      if (!page.Take(event)) return false;
      position.sequence = event.sequence();
    }
  }
}

}  // namespace

absl::StatusOr<v1::ListChangesResponse> ListChanges(const ChangeLog& log,
                                                    const v1::ListChangesRequest& request) {
  if (request.page_size() < 0) {
    return absl::InvalidArgumentError(absl::StrCat("page_size is ", request.page_size(), "; give 0 to 1000"));
  }
  auto filters = ChangeFilters::Make(request.filters());
  if (!filters.ok()) return filters.status();
  auto position = Start(log, request.page_token());
  if (!position.ok()) return position.status();
  const int size = request.page_size() == 0 ? kDefaultPageSize : std::min(request.page_size(), kMaxPageSize);
  Page page(size, *std::move(filters));
  const bool at_end = Fill(log, *position, page);
  if (!at_end) page.response.set_next_page_token(MakePageToken(*position));
  *page.response.mutable_cursor() = ToCursor(*position);
  return std::move(page.response);
}

}  // namespace swarmbell
