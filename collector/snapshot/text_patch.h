#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace swarmbell {

// A text as what makes it out of another one that is mostly the same: what they have in common at both ends
// is not kept twice. Thread-safe as a value is.
class TextPatch {
 public:
  TextPatch() = default;
  TextPatch(std::string_view text, std::string_view base);

  // The text; `base` is the one that the patch was made with.
  std::string Apply(std::string_view base) const;
  // True if the text is empty.
  bool empty() const { return head_ + tail_ + middle_.size() == 0; }

 private:
  std::size_t head_ = 0;  // bytes of the base that the text begins with
  std::size_t tail_ = 0;  // bytes of the base that it ends with
  std::string middle_;    // what stands between them
};

}  // namespace swarmbell
