#include "common/settings/problems.h"

#include <algorithm>
#include <cstddef>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

namespace swarmbell {
namespace {

constexpr std::size_t kShown = 50;
constexpr std::size_t kKept = 500;

}  // namespace

void Problems::Add(const std::string& where, const std::string& what) {
  if (lines_.size() >= kKept) return;
  std::string line = absl::StrCat(where, ": ", what);
  if (std::find(lines_.begin(), lines_.end(), line) != lines_.end()) return;
  lines_.push_back(std::move(line));
}

absl::Status Problems::ToStatus() const {
  if (lines_.empty()) return absl::OkStatus();
  const std::size_t shown = std::min(lines_.size(), kShown);
  std::string text = absl::StrJoin(lines_.begin(), lines_.begin() + static_cast<std::ptrdiff_t>(shown), "\n");
  if (shown < lines_.size()) absl::StrAppend(&text, "\nand ", lines_.size() - shown, " more");
  return absl::InvalidArgumentError(text);
}

}  // namespace swarmbell
