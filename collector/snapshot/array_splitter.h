#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "collector/snapshot/byte_hash.h"

namespace swarmbell {

// Nothing that the engine sends is nested deeper; a bound keeps every later recursion safe.
inline constexpr int kMaxJsonDepth = 64;

// Splits a JSON array of objects into the bytes of its objects while it arrives, without parsing them. Holds
// the bytes of at most one object. An empty list is `[]` on every engine from 17.05 on; `null` is not a list.
//
// Most objects equal those of the answer before, in the same order. The splitter is therefore given the
// expected objects: if the next bytes have the length and the hash of a whole object, they are that object,
// and are not scanned. This costs a hash instead of a scan.
//
// Checks that the array is whole and its brackets match; a parser checks the inside of the objects. Errors:
// INVALID_ARGUMENT with the position of the first byte that makes no sense. One thread.
class ArraySplitter {
 public:
  // An object of the answer before.
  struct Expected {
    ByteHash hash;
    std::size_t size = 0;  // bytes; 0 for none
  };

  // Receives the objects. Both methods may be called any number of times, in the order of the array.
  class Sink {
   public:
    virtual ~Sink() = default;
    // The object that may come next; asked before each object.
    virtual Expected Expect() = 0;
    // It came.
    virtual void TakeExpected() = 0;
    // Another came. The bytes are valid during the call.
    virtual absl::Status Take(std::string_view object) = 0;
  };

  // `sink` must outlive the splitter.
  explicit ArraySplitter(Sink& sink) : sink_(&sink) {}

  // The next bytes. After an error nothing more is to be added.
  absl::Status Add(std::string_view bytes);
  // No more come: hands out what is left, and says whether the array is whole.
  absl::Status End();

 private:
  enum class Place { kBeforeArray, kBeforeFirst, kBeforeObject, kInObject, kAfterObject, kAfterArray };

  absl::Status Error(const char* why) const;
  // Each takes bytes from the front of `bytes`.
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

  // State of the object that has begun.
  Expected expected_;     // while it may still be this one
  std::string gathered_;  // what came of it in earlier pieces
  std::string open_;      // the brackets that are to close
  bool in_string_ = false;
  bool escaped_ = false;
};

}  // namespace swarmbell
