#pragma once

#include <cstddef>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "swarmbell/v1/change_event.pb.h"

namespace swarmbell {

// Events as a `repeated` field with the number 1 holds them in protobuf's wire format, each with its tag and
// length, one after another: any run of them can be copied into a message that has such a field.
class EncodedEvents {
 public:
  static constexpr int kFieldNumber = 1;

  explicit EncodedEvents(const std::vector<v1::ChangeEvent>& events);

  // The events from `first` to before `last`.
  std::string_view Run(std::size_t first, std::size_t last) const {
    return std::string_view(bytes_).substr(starts_[first], starts_[last] - starts_[first]);
  }

  // The size of one event in bytes, as its ByteSizeLong().
  std::size_t Size(std::size_t event) const { return sizes_[event]; }

 private:
  std::string bytes_;
  std::vector<std::size_t> starts_;  // of each event in bytes_, and the end
  std::vector<std::size_t> sizes_;
};

// Encodes events when it is first asked to, once, whichever thread asks. Thread-safe, but for moving it.
class EncodedOnce {
 public:
  // Always give the same events.
  const EncodedEvents& Of(const std::vector<v1::ChangeEvent>& events) const {
    std::call_once(state_->once, [&] { state_->encoded.emplace(events); });
    return *state_->encoded;
  }

 private:
  struct State {
    std::once_flag once;
    std::optional<EncodedEvents> encoded;
  };
  std::unique_ptr<State> state_ = std::make_unique<State>();
};

}  // namespace swarmbell
