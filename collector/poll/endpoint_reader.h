#pragma once

#include <xxhash.h>

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "absl/status/statusor.h"
#include "collector/poll/endpoint_source.h"

namespace swarmbell {

// An endpoint and what its last good answer means. A body that is the same as before, as most are when
// nothing happens, is not parsed again. Used by one thread.
template <typename Value>
class EndpointReader {
 public:
  using Parse = std::function<absl::StatusOr<Value>(std::string_view body)>;
  using Count = std::function<std::size_t(const Value&)>;

  EndpointReader(Endpoint endpoint, PollParts parts, Parse parse, Count count)
      : source_(endpoint, parts), parse_(std::move(parse)), count_(std::move(count)) {}

  // What the endpoint says now; null when that is not known. Valid until the next call.
  const Value* Read(std::stop_token stop) {
    changed_ = false;
    std::optional<EngineAnswer> answer = source_.Ask(stop);
    if (!answer) return nullptr;
    const XXH128_hash_t hash = XXH3_128bits(answer->body.data(), answer->body.size());
    if (!value_ || !XXH128_isEqual(hash, hash_)) {
      absl::StatusOr<Value> parsed = parse_(answer->body);
      if (!parsed.ok()) {
        source_.Failed(parsed.status());
        return nullptr;
      }
      value_ = *std::move(parsed);
      hash_ = hash;
      changed_ = true;
    }
    server_ = std::move(answer->server);
    source_.Succeeded(count_(*value_));
    return &*value_;
  }

  // Whether the last Read() gave something new.
  bool changed() const { return changed_; }
  // Who gave the last good answer.
  const std::string& server() const { return server_; }

  EndpointSource& source() { return source_; }

 private:
  EndpointSource source_;
  Parse parse_;
  Count count_;
  std::optional<Value> value_;
  XXH128_hash_t hash_{};
  std::string server_;
  bool changed_ = false;
};

}  // namespace swarmbell
