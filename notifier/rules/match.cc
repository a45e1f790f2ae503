#include "notifier/rules/match.h"

#include <algorithm>
#include <string>
#include <vector>

#include "notifier/config/change_words.h"
#include "notifier/rules/glob.h"

namespace swarmbell {
namespace {

// An empty list matches all.
bool HasWord(const std::vector<std::string>& words, const std::string& word) {
  return words.empty() || std::find(words.begin(), words.end(), word) != words.end();
}

bool HasGlob(const std::vector<std::string>& globs, const std::string& text) {
  return globs.empty() || std::any_of(globs.begin(), globs.end(),
                                      [&](const std::string& glob) { return GlobMatch(glob, text); });
}

bool HasLabels(const std::map<std::string, std::string>& wanted, const v1::ResourceRef& resource) {
  return std::all_of(wanted.begin(), wanted.end(), [&](const auto& label) {
    const auto found = resource.labels().find(label.first);
    return found != resource.labels().end() && GlobMatch(label.second, found->second);
  });
}

std::string KindWord(v1::ResourceKind kind) {
  const auto* value = v1::ResourceKind_descriptor()->FindValueByNumber(kind);
  return value == nullptr ? "" : EnumWord(*value);
}

}  // namespace

bool Matches(const MatchConfig& match, const v1::ChangeEvent& event, const Transition& transition) {
  const v1::ResourceRef& resource = event.resource();
  return HasWord(match.changes, transition.change) && HasWord(match.kinds, KindWord(resource.kind())) &&
         HasWord(match.from, transition.from) && HasWord(match.to, transition.to) &&
         HasGlob(match.names, resource.name()) && HasGlob(match.stacks, resource.stack()) &&
         HasGlob(match.clusters, event.cluster().name()) && HasLabels(match.labels, resource);
}

}  // namespace swarmbell
