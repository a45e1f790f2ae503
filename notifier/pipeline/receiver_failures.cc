#include "notifier/pipeline/receiver_failures.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/time/proto_time.h"

namespace swarmbell {
namespace {

// The identifier does not depend on the process that emits it.
v1::ChangeEvent EndOf(const v1::ChangeEvent& failing, std::uint32_t lost_alerts,
                      const google::protobuf::Timestamp& time) {
  v1::ChangeEvent over = failing;
  over.set_event_id(absl::StrCat("over:", failing.event_id()));
  *over.mutable_observe_time() = time;
  const v1::ReceiverFailing& was = failing.receiver_failing();
  v1::ReceiverRecovered& recovered = *over.mutable_receiver_recovered();
  recovered.set_receiver(over.resource().name());
  *recovered.mutable_start_time() = failing.receiver_failing().start_time();
  recovered.set_lost_alerts(std::max(lost_alerts, was.lost_alerts()));
  return over;
}

}  // namespace

void ReceiverFailures::Configure(std::optional<std::set<std::string>> receivers) {
  receivers_ = std::move(receivers);
  std::erase_if(open_, [&](const auto& open) { return !Exists(open.first); });
  std::erase_if(working_, [&](const std::string& receiver) { return !Exists(receiver); });
}

bool ReceiverFailures::Exists(const std::string& receiver) const {
  return !receivers_ || receivers_->contains(receiver);
}

StageResult ReceiverFailures::Pass(const PassingChange& change, const Moment&, HandOn next) {
  if (!change.event->has_receiver_failing() && !change.event->has_receiver_recovered()) {
    return PassOn(change, next);
  }
  const std::optional<v1::ChangeEvent> news = News(*change.event);
  if (!news) return {StageResult::Kind::kDropped, "it is known already, or the receiver no longer exists"};
  return PassOn({.event = &*news, .own = true}, next, "it is news of the receiver");
}

std::optional<v1::ChangeEvent> ReceiverFailures::News(const v1::ChangeEvent& event) {
  if (!Exists(event.resource().name())) return std::nullopt;
  if (event.has_receiver_failing()) {
    const std::string& receiver = event.receiver_failing().receiver();
    working_.erase(receiver);
    return open_.emplace(receiver, event).second ? std::optional(event) : std::nullopt;
  }
  const v1::ReceiverRecovered& recovered = event.receiver_recovered();
  working_.insert(recovered.receiver());
  const auto open = open_.find(recovered.receiver());
  if (open == open_.end()) return std::nullopt;
  v1::ChangeEvent over = EndOf(open->second, recovered.lost_alerts(), event.observe_time());
  open_.erase(open);
  return over;
}

std::optional<v1::ChangeEvent> ReceiverFailures::Restore(const v1::ChangeEvent& failing, absl::Time now) {
  if (!failing.has_receiver_failing() || !Exists(failing.resource().name())) return std::nullopt;
  const std::string& receiver = failing.receiver_failing().receiver();
  if (working_.contains(receiver)) return EndOf(failing, 0, ToProto(now));
  // Its failure began before the one that this process has seen.
  open_.insert_or_assign(receiver, failing);
  return std::nullopt;
}

bool ReceiverFailures::IsNews(const v1::ChangeEvent& failing) const {
  const std::string& receiver = failing.resource().name();
  const auto open = open_.find(receiver);
  return Exists(receiver) && (open == open_.end() || open->second.event_id() == failing.event_id());
}

std::vector<v1::ChangeEvent> ReceiverFailures::Open() const {
  std::vector<v1::ChangeEvent> open;
  for (const auto& [receiver, failing] : open_) open.push_back(failing);
  return open;
}

}  // namespace swarmbell
