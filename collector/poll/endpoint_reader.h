#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

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

  // What the endpoint says now; null when that is not known. Valid until the next call.
  const Value* Read(std::stop_token stop) {
    changed_ = false;
    body_.Begin();
    std::optional<EngineAnswer> answer =
        source_.Ask([this](std::string_view piece) { return body_.Add(piece); }, stop);
    if (!answer) return nullptr;
    absl::StatusOr<Value> read = body_.End();
    if (!read.ok()) {
      source_.Failed(read.status());
      return nullptr;
    }
    changed_ = !value_ || !read->IsSame(*value_);
    value_ = *std::move(read);
    server_ = std::move(answer->server);
    source_.Succeeded(value_->size());
    return &*value_;
  }

  // Whether the last Read() gave something new.
  bool changed() const { return changed_; }
  // Who gave the last good answer.
  const std::string& server() const { return server_; }

  EndpointSource& source() { return source_; }

 private:
  EndpointSource source_;
  Body& body_;
  std::optional<Value> value_;
  std::string server_;
  bool changed_ = false;
};

}  // namespace swarmbell
