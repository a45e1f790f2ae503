#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/statusor.h"
#include "collector/poll/endpoint_source.h"

namespace swarmbell {

// An endpoint and what its last good answer means. `Body` takes an answer while it arrives: Begin(), Add()
// for each piece, and End(), which gives a Body::Value; see ListReader. Used by one thread.
template <typename Body>
class EndpointReader {
 public:
  using Value = typename Body::Value;

  // `body` must outlive the reader.
  EndpointReader(Endpoint endpoint, PollParts parts, Body& body) : source_(endpoint, parts), body_(body) {}

  // Reads the endpoint and returns its value, or null if that is not known. Valid until the next reading.
  const Value* Read(std::stop_token stop) {
    changed_ = false;
    known_ = false;
    body_.Begin();
    std::optional<EngineAnswer> answer =
        source_.Ask([this](std::string_view piece) { return body_.Add(piece); }, stop);
    if (!answer) return nullptr;
    absl::StatusOr<Value> read = body_.End();
    if (!read.ok()) {
      source_.Failed(read.status());
      return nullptr;
    }
    known_ = true;
    Take(*std::move(read), std::move(answer->server));
    source_.Succeeded(value_->size());
    return &*value_;
  }

  // The same, but asks only for a part: what belongs to these services, for which alone `in_part` holds. Null
  // when the whole is not known, and when the engine does not give the part: what is known stays.
  const Value* ReadPart(const std::vector<std::string>& service_ids,
                        absl::FunctionRef<bool(const typename Value::Element&)> in_part,
                        std::stop_token stop) {
    changed_ = false;
    if (!known_) return nullptr;
    body_.Begin();
    absl::StatusOr<EngineAnswer> answer = source_.AskPart(
        service_ids, [this](std::string_view piece) { return body_.Add(piece); }, stop);
    if (!answer.ok()) return nullptr;
    // Another engine, or another version of it, may show the others in another shape.
    if (answer->server != server_) return nullptr;
    absl::StatusOr<Value> read = body_.EndPart(in_part);
    if (!read.ok()) return nullptr;
    Take(*std::move(read), std::move(answer->server));
    return &*value_;
  }

  // The value of the last good readings; null before the first, and after a failed one.
  const Value* Last() const { return known_ ? &*value_ : nullptr; }

  // For another swarm.
  void Forget() {
    known_ = false;
    body_.Forget();
  }

  // True if the last reading changed the value.
  bool changed() const { return changed_; }
  // The engine that gave the last good answer.
  const std::string& server() const { return server_; }

  EndpointSource& source() { return source_; }

 private:
  void Take(Value value, std::string server) {
    changed_ = !value_ || !value.IsSame(*value_);
    value_ = std::move(value);
    server_ = std::move(server);
    source_.Skipped(body_.skipped());
  }

  EndpointSource source_;
  Body& body_;
  std::optional<Value> value_;
  bool known_ = false;  // `value_` is what the endpoint says, as far as is known
  std::string server_;
  bool changed_ = false;
};

}  // namespace swarmbell
