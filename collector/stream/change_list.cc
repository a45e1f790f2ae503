#include "collector/stream/change_list.h"

#include <algorithm>
#include <cstddef>
#include <optional>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "collector/stream/change_filters.h"
#include "collector/stream/feed_reader.h"
#include "common/time/proto_time.h"

namespace swarmbell {
namespace {

constexpr int kDefaultPageSize = 100;
constexpr int kMaxPageSize = 1000;
constexpr std::size_t kMaxPageBytes = std::size_t{1} << 20;
constexpr char kTokenFormat[] = "p1";  // changes when the form of the token does

std::string MakePageToken(const LogPosition& position) {
  return absl::WebSafeBase64Escape(absl::StrCat(kTokenFormat, ToCursor(position).SerializeAsString()));
}

// Nothing if the token was not made by MakePageToken.
std::optional<LogPosition> ReadPageToken(const std::string& token) {
  std::string bytes;
  if (!absl::WebSafeBase64Unescape(token, &bytes) || !absl::StartsWith(bytes, kTokenFormat)) return {};
  v1::Cursor cursor;
  if (!cursor.ParseFromString(bytes.substr(sizeof(kTokenFormat) - 1))) return {};
  return ToPosition(cursor);
}

// Collects events that pass, until the page is full.
class Page {
 public:
  Page(int size, absl::Time since, ChangeFilters filters)
      : size_(size), since_(since), filters_(std::move(filters)) {}

  // False, without adding the event, when there is no room for it.
  bool Add(const v1::ChangeEvent& event) {
    if (FromProto(event.observe_time()) < since_ || !filters_.Match(event)) return true;
    const std::size_t bytes = event.ByteSizeLong();
    const int count = response.events_size();
    if (count == size_ || (count > 0 && bytes_ + bytes > kMaxPageBytes)) return false;
    bytes_ += bytes;
    *response.add_events() = event;
    return true;
  }

  v1::ListChangesResponse response;

 private:
  int size_;
  absl::Time since_;
  ChangeFilters filters_;
  std::size_t bytes_ = 0;
};

absl::StatusOr<LogPosition> Start(const ChangeLog& log, const std::string& token) {
  if (token.empty()) return log.Oldest();
  const auto position = ReadPageToken(token);
  if (position && log.ReadAfter(*position, 1).gap != LogGap::kOtherLog) return *position;
  return absl::InvalidArgumentError(
      "page_token was not made by this collector, or its log was reset since; start again without a token");
}

// Moves `position` over the events on the page; true if it reached the end of the log.
bool Fill(const ChangeLog& log, LogPosition& position, Page& page) {
  for (;;) {
    const LogRead read = log.ReadAfter(position, 1);
    if (read.gap != LogGap::kNone) position = read.AfterGap();
    if (read.batches.empty()) return true;
    for (const v1::ChangeEvent& event : read.batches.front()->events) {
      if (event.sequence() <= position.sequence) continue;
      if (!page.Add(event)) return false;
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
  const absl::Time since = request.has_since() ? FromProto(request.since()) : absl::InfinitePast();
  Page page(size, since, *std::move(filters));
  const bool at_end = Fill(log, *position, page);
  if (!at_end) page.response.set_next_page_token(MakePageToken(*position));
  *page.response.mutable_cursor() = ToCursor(*position);
  return std::move(page.response);
}

}  // namespace swarmbell
