#include "collector/stream/feed_start.h"

#include <cstddef>
#include <optional>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "collector/stream/cursor.h"

namespace swarmbell {
namespace {

constexpr std::size_t kMaxName = 64 * 4;  // bytes of 64 characters
constexpr std::size_t kMaxState = std::size_t{256} << 10;
constexpr std::size_t kMaxMark = 1024;

absl::Status CheckSizes(const v1::AcknowledgeRequest& request) {
  if (request.subscription().empty()) {
    return absl::InvalidArgumentError("nothing can be acknowledged without the name of a subscription");
  }
  if (request.state().size() > kMaxState) {
    return absl::InvalidArgumentError(absl::StrCat("the state of a subscription takes at most ", kMaxState,
                                                   " bytes, not ", request.state().size()));
  }
  for (const std::string& mark : request.marks()) {
    if (mark.size() > kMaxMark) {
      return absl::InvalidArgumentError(
          absl::StrCat("a mark takes at most ", kMaxMark, " bytes, not ", mark.size()));
    }
  }
  return CheckSubscriptionName(request.subscription());
}

}  // namespace

absl::Status CheckSubscriptionName(const std::string& name) {
  if (name.size() <= kMaxName) return absl::OkStatus();
  return absl::InvalidArgumentError("the name of a subscription has at most 64 characters");
}

FeedStart FindStart(const v1::SubscribeRequest& request, const ChangeLog& log, SubscriptionBook& book) {
  const LogPosition newest = log.Newest();
  const bool has_own = request.has_resume_after();
  const bool own_is_of_log = has_own && request.resume_after().log_id() == newest.log_id;
  FeedStart start;
  start.position = has_own                 ? ToPosition(request.resume_after())
                   : request.from_oldest() ? log.Oldest()
                                           : newest;
  if (request.subscription().empty()) return start;

  // Reading goes on before the oldest change after a position of another log.
  const LogPosition here = has_own && !own_is_of_log ? log.Oldest() : start.position;
  SubscriptionBook::Opened opened = book.Open(request.subscription(), here);
  start.resumed = opened.resumed && !own_is_of_log;
  if (start.resumed) start.position = opened.record.position;
  start.kept = std::move(opened.record);
  return start;
}

absl::Status Acknowledge(const v1::AcknowledgeRequest& request, const ChangeLog& log,
                         SubscriptionBook& book) {
  if (absl::Status sizes = CheckSizes(request); !sizes.ok()) return sizes;
  std::optional<LogPosition> position;
  if (request.has_cursor()) {
    position = ToPosition(request.cursor());
    const LogPosition newest = log.Newest();
    if (position->log_id != newest.log_id || position->sequence > newest.sequence) {
      return absl::FailedPreconditionError(
          "the position to acknowledge is not of this log: the collector was restarted, or watches another "
          "swarm now; subscribe again");
    }
  }
  std::optional<std::string> state;
  if (request.has_state()) state = request.state();
  book.Acknowledge(request.subscription(), position,
                   std::vector<std::string>(request.marks().begin(), request.marks().end()),
                   std::move(state));
  return absl::OkStatus();
}

}  // namespace swarmbell
