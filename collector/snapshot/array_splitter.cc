#include "collector/snapshot/array_splitter.h"

#include <xxhash.h>

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"

namespace swarmbell {

ByteHash ByteHashOf(std::string_view bytes) {
  const XXH128_hash_t hash = XXH3_128bits(bytes.data(), bytes.size());
  return {hash.high64, hash.low64};
}

namespace {

bool IsBlank(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }

// Bytes that end a run of plain ones outside a string, and inside one.
struct Stops {
  bool outside[256] = {};
  bool inside[256] = {};
};

constexpr Stops MakeStops() {
  Stops stops;
  for (const char c : {'"', '{', '}', '[', ']'}) stops.outside[static_cast<unsigned char>(c)] = true;
  for (const char c : {'"', '\\'}) stops.inside[static_cast<unsigned char>(c)] = true;
  return stops;
}
constexpr Stops kStops = MakeStops();

}  // namespace

absl::Status ArraySplitter::Error(const char* why) const {
  return absl::InvalidArgumentError(absl::StrCat("not a whole JSON array: ", why, " (byte ", at_, ")"));
}

absl::Status ArraySplitter::Add(std::string_view bytes) {
  while (!bytes.empty()) {
    if (absl::Status status = Step(bytes); !status.ok()) return status;
  }
  return absl::OkStatus();
}

absl::Status ArraySplitter::End() {
  // The answer may be shorter than expected and already complete; so may be the objects after it.
  while (place_ == Place::kInObject && std::exchange(expected_.size, 0) != 0) {
    if (absl::Status status = Rescan(); !status.ok()) return status;
  }
  switch (place_) {
    case Place::kAfterArray:
      return absl::OkStatus();
    case Place::kBeforeArray:
      return Error("it is empty");
    default:
      return Error("it is cut off");
  }
}

void ArraySplitter::Drop(std::string_view& bytes, std::size_t count) {
  bytes.remove_prefix(count);
  at_ += count;
}

absl::Status ArraySplitter::Step(std::string_view& bytes) {
  if (place_ == Place::kInObject) return expected_.size != 0 ? Gather(bytes) : Scan(bytes);
  if (IsBlank(bytes.front())) {
    Drop(bytes, 1);
    return absl::OkStatus();
  }
  const char c = bytes.front();
  switch (place_) {
    case Place::kBeforeArray:
      if (c != '[') return Error("it does not start with `[`");
      place_ = Place::kBeforeFirst;
      break;
    case Place::kBeforeFirst:
    case Place::kBeforeObject:
      if (c == '{') return BeginObject(bytes);
      if (c != ']' || place_ != Place::kBeforeFirst) return Error("an entry is not an object");
      place_ = Place::kAfterArray;
      break;
    case Place::kAfterObject:
      if (c != ',' && c != ']') return Error("an object is followed by neither `,` nor `]`");
      place_ = c == ',' ? Place::kBeforeObject : Place::kAfterArray;
      break;
    case Place::kInObject:
    case Place::kAfterArray:
      return Error("something follows its end");
  }
  Drop(bytes, 1);
  return absl::OkStatus();
}

absl::Status ArraySplitter::BeginObject(std::string_view& bytes) {
  place_ = Place::kInObject;
  expected_ = sink_->Expect();
  if (expected_.size == 0 || bytes.size() < expected_.size) return absl::OkStatus();
  const bool came = ByteHashOf(bytes.substr(0, expected_.size)) == expected_.hash;
  const std::size_t size = std::exchange(expected_.size, 0);
  if (!came) return absl::OkStatus();
  sink_->TakeExpected();
  place_ = Place::kAfterObject;
  Drop(bytes, size);
  return absl::OkStatus();
}

// The object may be the expected one, and continue in the next piece.
absl::Status ArraySplitter::Gather(std::string_view& bytes) {
  const std::size_t count = std::min(bytes.size(), expected_.size - gathered_.size());
  gathered_.append(bytes.substr(0, count));
  Drop(bytes, count);
  if (gathered_.size() < expected_.size) return absl::OkStatus();
  expected_.size = 0;
  if (ByteHashOf(gathered_) != expected_.hash) return Rescan();
  sink_->TakeExpected();
  place_ = Place::kAfterObject;
  gathered_.clear();
  return absl::OkStatus();
}

// It was not the expected one: the gathered bytes may be less than the object, or more.
absl::Status ArraySplitter::Rescan() {
  const std::string again = std::exchange(gathered_, std::string());
  at_ -= again.size();
  std::string_view bytes = again;
  if (absl::Status status = Scan(bytes); !status.ok()) return status;
  return Add(bytes);
}

absl::Status ArraySplitter::Scan(std::string_view& bytes) {
  std::size_t size = 0;
  if (absl::Status status = SkipPast(bytes, size); !status.ok()) {
    Drop(bytes, size);
    return status;
  }
  const std::string_view piece = bytes.substr(0, size);
  Drop(bytes, size);
  if (!open_.empty()) {
    gathered_.append(piece);
    return absl::OkStatus();
  }
  place_ = Place::kAfterObject;
  if (gathered_.empty()) return sink_->Take(piece);
  gathered_.append(piece);
  const std::string object = std::exchange(gathered_, std::string());
  return sink_->Take(object);
}

// Moves `at` past the end of the object, or of the bytes; `open_` is empty at the end of the object.
absl::Status ArraySplitter::SkipPast(std::string_view bytes, std::size_t& at) {
  const auto plain = [&](const bool(&stops)[256]) {
    while (at < bytes.size() && !stops[static_cast<unsigned char>(bytes[at])]) ++at;
    return at < bytes.size();
  };
  while (at < bytes.size()) {
    if (escaped_) {
      escaped_ = false;
      ++at;
      continue;
    }
    if (!plain(in_string_ ? kStops.inside : kStops.outside)) break;
    const char c = bytes[at++];
    if (c == '"') {
      in_string_ = !in_string_;
    } else if (c == '\\') {
      escaped_ = true;
    } else if (c == '{' || c == '[') {
      open_.push_back(c == '{' ? '}' : ']');
      if (open_.size() >= static_cast<std::size_t>(kMaxJsonDepth)) return Error("it is nested too deep");
    } else {
      if (open_.back() != c) return Error("its brackets do not match");
      open_.pop_back();
      if (open_.empty()) return absl::OkStatus();
    }
  }
  return absl::OkStatus();
}

}  // namespace swarmbell
