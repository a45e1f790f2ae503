#pragma once

#include <bit>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"

namespace swarmbell {

// 128 bits of XXH3. Equal hashes mean equal bytes.
struct ByteHash {
  std::uint64_t high = 0;
  std::uint64_t low = 0;
  friend auto operator<=>(const ByteHash&, const ByteHash&) = default;
};

ByteHash ByteHashOf(std::string_view bytes);

// Finds the place of an element in a list by its hash, which must be well distributed: a table of 8 bytes for
// each place. One thread.
class HashPlaces {
 public:
  // For at most `most` places; fewer than 2^31.
  explicit HashPlaces(std::size_t most) : slots_(std::bit_ceil(2 * most + 1), kNone) {}

  void Add(std::uint64_t hash, std::size_t place) {
    std::size_t at = hash & (slots_.size() - 1);
    while (slots_[at] != kNone) at = (at + 1) & (slots_.size() - 1);
    slots_[at] = static_cast<std::uint32_t>(place);
  }

  // Returns the first place with this hash for which `is_it` holds; `none` if there is no such place.
  template <typename IsIt>
  std::size_t Find(std::uint64_t hash, std::size_t none, IsIt is_it) const {
    for (std::size_t at = hash & (slots_.size() - 1); slots_[at] != kNone;
         at = (at + 1) & (slots_.size() - 1)) {
      if (is_it(slots_[at])) return slots_[at];
    }
    return none;
  }

 private:
  static constexpr std::uint32_t kNone = 0xffffffff;
  std::vector<std::uint32_t> slots_;  // at most half of them are used
};

// Nothing that the engine sends is nested deeper. The limit makes every later recursion safe.
inline constexpr int kMaxJsonDepth = 64;

// Splits a JSON array of objects into the bytes of its objects while it arrives, without parsing them.
// Buffers at most one object. An empty list is `[]` on every engine from 17.05 on; `null` is not a list.
//
// Most objects equal those of the previous answer, in the same order. The sink therefore names the expected
// object: if the next bytes have its length and hash, they are that object and are not scanned. A hash costs
// an eighth of a scan (hash/services and split/services in tests/bench/regressions.json).
//
// Checks that the array is whole and its brackets match; a parser checks the content of the objects. Errors:
// INVALID_ARGUMENT with the position of the first invalid byte. One thread.
class ArraySplitter {
 public:
  // An object of the previous answer.
  struct Expected {
    ByteHash hash;
    std::size_t size = 0;  // bytes; 0 for none
  };

  // Receives the objects, in the order of the array.
  class Sink {
   public:
    virtual ~Sink() = default;
    // Returns the object that is expected next; called before each object.
    virtual Expected Expect() = 0;
    // The next object is the expected one.
    virtual void TakeExpected() = 0;
    // The next object is another one. The bytes are valid during the call.
    virtual absl::Status Take(std::string_view object) = 0;
  };

  // `sink` must outlive the splitter.
  explicit ArraySplitter(Sink& sink) : sink_(&sink) {}

  // Adds the next bytes. Do not add more after an error.
  absl::Status Add(std::string_view bytes);
  // Ends the array: passes on the last objects. An error if the array is not whole.
  absl::Status End();

 private:
  enum class Place { kBeforeArray, kBeforeFirst, kBeforeObject, kInObject, kAfterObject, kAfterArray };

  absl::Status Error(const char* why) const;
  // Each consumes bytes from the front of `bytes`.
  absl::Status Step(std::string_view& bytes);
  absl::Status BeginObject(std::string_view& bytes);
  absl::Status Gather(std::string_view& bytes);
  absl::Status Scan(std::string_view& bytes);
  absl::Status Rescan();
  absl::Status SkipPast(std::string_view bytes, std::size_t& at);
  absl::Status EndObject(std::string_view object);
  void Drop(std::string_view& bytes, std::size_t count);

  Sink* sink_;
  Place place_ = Place::kBeforeArray;
  std::size_t at_ = 0;  // bytes so far

  // State of the object that is being received.
  Expected expected_;     // while it may still be this one
  std::string gathered_;  // its bytes from earlier pieces
  std::string open_;      // the brackets that close it
  bool in_string_ = false;
  bool escaped_ = false;
};

}  // namespace swarmbell
