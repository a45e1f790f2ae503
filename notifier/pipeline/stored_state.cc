#include "notifier/pipeline/stored_state.h"

#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/io/zero_copy_stream_impl_lite.h>

#include <algorithm>
#include <utility>

#include "common/time/proto_time.h"

namespace swarmbell {
namespace {

// Equal for equal states: by default Protobuf writes maps in no fixed order.
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

std::optional<v1::NotifierState> StoredState::ParseNews(const std::string& bytes) {
  v1::NotifierState state;
  if (!state.ParseFromString(bytes) || !state.has_change_time()) return std::nullopt;
  // A collector that was not reached may have stored an old state.
  const absl::Time time = FromProto(state.change_time());
  const bool is_own = time >= first_own_time_ && time <= time_;
  if (time <= restored_time_ || is_own) return std::nullopt;
  restored_time_ = time;
  state.clear_living_messages();  // LivingMessages keeps them
  // The present state is newer: it is stored once it has taken over this one.
  if (time <= time_) return state;
  time_ = time;
  // Compares with the stored state, not with the present one: if that has more, it must be stored too.
  v1::NotifierState timeless = state;
  timeless.clear_change_time();
  bytes_ = BytesOf(timeless);
  // A collector that loses it gets it back.
  handled_.SetState(state.SerializeAsString());
  return state;
}

void StoredState::Store(v1::NotifierState state, absl::Time now) {
  std::string bytes = BytesOf(state);
  if (bytes == bytes_) return;
  bytes_ = std::move(bytes);
  time_ = std::max(now, time_ + absl::Microseconds(1));
  first_own_time_ = std::min(first_own_time_, time_);
  *state.mutable_change_time() = ToProto(time_);
  handled_.SetState(state.SerializeAsString());
}

}  // namespace swarmbell
