#include "collector/docker/line_splitter.h"

namespace swarmbell {

void LineSplitter::Add(std::string_view piece, absl::FunctionRef<void(std::string_view)> on_line) {
  while (!piece.empty()) {
    const std::size_t end = piece.find('\n');
    const std::string_view part = piece.substr(0, end);
    if (part.size() > longest_line_ - begun_.size()) {
      too_long_ = true;
      begun_.clear();
    }
    if (!too_long_) begun_ += part;
    if (end == piece.npos) return;
    if (begun_.ends_with('\r')) begun_.pop_back();
    if (!too_long_ && !begun_.empty()) on_line(begun_);
    begun_.clear();
    too_long_ = false;
    piece.remove_prefix(end + 1);
  }
}

}  // namespace swarmbell
