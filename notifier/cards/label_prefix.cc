#include "notifier/cards/label_prefix.h"

#include <algorithm>
#include <map>
#include <string>
#include <string_view>
#include <utility>

namespace swarmbell::cards {
namespace {

// How many names between dots make a prefix, and how many labels must share it.
struct Depth {
  int dots;
  std::size_t labels;
};
constexpr Depth kDepths[] = {{4, 2}, {2, 3}};

// A card has no room for more.
constexpr std::size_t kMostSections = 6;

// The key up to its n-th dot; empty if it has fewer, or ends there.
std::string_view UpToDot(std::string_view key, int dots) {
  std::size_t end = 0;
  for (int dot = 0; dot < dots; ++dot) {
    end = key.find('.', end);
    if (end == std::string_view::npos) return {};
    ++end;
  }
  return end == key.size() ? std::string_view() : key.substr(0, end);
}

// Moves the rows with the prefix out of `rows`, without it.
DiffSection Take(const std::string& prefix, const DiffSection& labels, std::vector<DiffRow>& rows) {
  DiffSection section{labels.title + " " + prefix, {}, labels.noun, 0};
  std::vector<DiffRow> rest;
  for (DiffRow& row : rows) {
    const bool has = row.key.starts_with(prefix) && row.key.size() > prefix.size();
    if (has) row.key.erase(0, prefix.size());
    (has ? section.rows : rest).push_back(std::move(row));
  }
  rows = std::move(rest);
  return section;
}

}  // namespace

std::vector<DiffSection> ByPrefix(DiffSection labels) {
  std::vector<DiffSection> shared;
  for (const Depth& depth : kDepths) {
    std::map<std::string, std::size_t> counts;
    std::vector<std::string> in_order;
    for (const DiffRow& row : labels.rows) {
      const std::string prefix(UpToDot(row.key, depth.dots));
      if (!prefix.empty() && ++counts[prefix] == depth.labels) in_order.push_back(prefix);
    }
    for (const std::string& prefix : in_order) {
      if (shared.size() < kMostSections) shared.push_back(Take(prefix, labels, labels.rows));
    }
  }
  if (!labels.rows.empty()) shared.insert(shared.begin(), std::move(labels));
  return shared;
}

}  // namespace swarmbell::cards
