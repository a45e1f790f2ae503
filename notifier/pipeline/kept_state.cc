#include "notifier/pipeline/kept_state.h"

#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/io/zero_copy_stream_impl_lite.h>

#include <algorithm>
#include <iterator>

#include "absl/strings/match.h"
#include "common/time/proto_time.h"

namespace swarmbell {
namespace {

// A collector keeps at most 256 KiB.
constexpr std::size_t kMostKeptBytes = std::size_t{200} << 10;

// The same for the same state: Protobuf writes a map in another order each time, unless told otherwise.
std::string BytesOf(const v1::NotifierState& state) {
  std::string bytes;
  google::protobuf::io::StringOutputStream stream(&bytes);
  google::protobuf::io::CodedOutputStream coded(&stream);
  coded.SetSerializationDeterministic(true);
  // It cannot fail: a string takes all, and no field is required.
  static_cast<void>(state.SerializeToCodedStream(&coded));
  coded.Trim();
  return bytes;
}

}  // namespace

StageResult OwnChanges::Pass(const PassingChange& change, const Moment&, HandOn next) {
  if (!change.own) return PassOn(change, next);
  auto& [kept, held] = untold_[change.event->event_id()];
  if (!held.expired()) return {StageResult::Kind::kDropped, "it is on its way already", true};
  const auto hold = std::make_shared<EventHold>();
  kept = *change.event;
  held = hold;
  PassingChange on = change;
  on.hold = hold;
  return PassOn(on, next, "made by the notifier, which keeps it until it is told");
}

std::vector<v1::ChangeEvent> OwnChanges::Untold() const {
  std::vector<v1::ChangeEvent> untold;
  for (const auto& [id, own] : untold_) {
    if (!own.second.expired()) untold.push_back(own.first);
  }
  return untold;
}

void OwnChanges::ForgetSettled() {
  std::erase_if(untold_, [](const auto& own) { return own.second.second.expired(); });
}

std::optional<v1::NotifierState> KeptState::TakeNewer(const std::string& bytes) {
  v1::NotifierState state;
  if (!state.ParseFromString(bytes) || !state.has_change_time()) return std::nullopt;
  // A collector that was out of reach may have kept what has long been otherwise.
  if (FromProto(state.change_time()) <= time_) return std::nullopt;
  time_ = FromProto(state.change_time());
  // Not what is known now: where that is more, collectors have to keep it too.
  v1::NotifierState timeless = state;
  timeless.clear_change_time();
  kept_ = BytesOf(timeless);
  return state;
}

void KeptState::Keep(v1::NotifierState state, absl::Time now) {
  std::string bytes = BytesOf(state);
  if (bytes == kept_) return;
  kept_ = std::move(bytes);
  time_ = std::max(now, time_ + absl::Microseconds(1));
  *state.mutable_change_time() = ToProto(time_);
  handled_->SetState(state.SerializeAsString());
}

void KeptState::Forget() {
  *this = KeptState(*handled_);
  handled_->ForgetState();
}

void AddToState(std::vector<v1::ChangeEvent> events,
                google::protobuf::RepeatedPtrField<v1::ChangeEvent>& list, std::size_t& bytes) {
  for (v1::ChangeEvent& event : events) {
    // Only labels that control alerts are worth keeping.
    auto& labels = *event.mutable_resource()->mutable_labels();
    for (auto label = labels.begin(); label != labels.end();) {
      label = absl::StartsWith(label->first, "swarmbell.") ? std::next(label) : labels.erase(label);
    }
    bytes += event.ByteSizeLong();
    if (bytes > kMostKeptBytes) return;
    *list.Add() = std::move(event);
  }
}

}  // namespace swarmbell
