#include <algorithm>

#include "absl/strings/str_cat.h"
#include "notifier/rules/match.h"
#include "notifier/rules/mute.h"
#include "notifier/rules/rule_set.h"

namespace swarmbell {
namespace {

bool IsAbout(const RuleConfig& rule, const std::string& change) {
  const std::vector<std::string>& changes = rule.match.changes;
  return changes.empty() || std::find(changes.begin(), changes.end(), change) != changes.end();
}

std::string OutcomeOf(const std::string& mismatch, bool decided, bool enabled) {
  if (!mismatch.empty()) return absl::StrCat("does not match: ", mismatch);
  if (!enabled) return "would match, but is switched off";
  return decided ? "would match, but comes later" : "matches";
}

}  // namespace

std::vector<Trial> RuleSet::Trials(const v1::ChangeEvent& event, absl::Time now) const {
  const Transition transition = TransitionOf(event);
  std::vector<Trial> trials;
  bool decided = false;
  for (const RuleConfig& rule : rules_) {
    if (!IsAbout(rule, transition.change)) continue;
    const std::string mismatch = Mismatch(rule.match, event, transition);
    trials.push_back({false, rule.name, OutcomeOf(mismatch, decided, rule.enabled)});
    decided = decided || (mismatch.empty() && rule.enabled);
  }
  for (const MuteConfig& mute : mutes_) {
    const std::string mismatch = Mismatch(mute.match, event, transition);
    const std::string when =
        InForce(mute, now) ? "matches and is in force" : "matches, but is not in force now";
    trials.push_back({true, mute.name, mismatch.empty() ? when : absl::StrCat("does not match: ", mismatch)});
  }
  return trials;
}

}  // namespace swarmbell
