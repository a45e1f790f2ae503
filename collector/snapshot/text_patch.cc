#include "collector/snapshot/text_patch.h"

#include <algorithm>
#include <iterator>

namespace swarmbell {

TextPatch::TextPatch(std::string_view text, std::string_view base) {
  const auto begin = std::mismatch(text.begin(), text.end(), base.begin(), base.end());
  head_ = static_cast<std::size_t>(begin.first - text.begin());
  text.remove_prefix(head_);
  base.remove_prefix(head_);
  const auto end = std::mismatch(text.rbegin(), text.rend(), base.rbegin(), base.rend());
  tail_ = static_cast<std::size_t>(end.first - text.rbegin());
  text.remove_suffix(tail_);
  middle_.assign(text);
}

std::string TextPatch::Apply(std::string_view base) const {
  std::string text;
  text.reserve(head_ + middle_.size() + tail_);
  text.append(base.substr(0, head_)).append(middle_).append(base.substr(base.size() - tail_));
  return text;
}

}  // namespace swarmbell
