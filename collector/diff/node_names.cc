#include "collector/diff/node_names.h"

#include <algorithm>
#include <cstddef>

#include "absl/strings/str_cat.h"

namespace swarmbell {
namespace {

constexpr std::size_t kShortId = 6;

// How much of both identifiers tells them apart.
std::size_t LengthThatDiffers(const std::string& a, const std::string& b) {
  const auto [end, other] = std::mismatch(a.begin(), a.end(), b.begin(), b.end());
  return static_cast<std::size_t>(end - a.begin()) + 1;
}

}  // namespace

std::string NodeName(const Known& known, const Node& node) {
  if (!known.nodes || node.hostname.empty()) return node.hostname;
  std::size_t length = 0;
  for (const auto& [id, other] : *known.nodes) {
    if (id == node.id || other->hostname != node.hostname) continue;
    length = std::max({length, kShortId, LengthThatDiffers(node.id, id)});
  }
  return length == 0 ? node.hostname : absl::StrCat(node.hostname, " (", node.id.substr(0, length), ")");
}

std::string NodeName(const Known& known, const std::string& node_id) {
  if (!known.nodes) return {};
  const auto node = known.nodes->find(node_id);
  return node == known.nodes->end() ? std::string() : NodeName(known, *node->second);
}

}  // namespace swarmbell
