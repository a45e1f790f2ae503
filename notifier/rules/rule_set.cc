#include "notifier/rules/rule_set.h"

#include <algorithm>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/change/origin_labels.h"
#include "common/glob/glob.h"
#include "common/settings/setting.h"
#include "notifier/alert/change_facts.h"
#include "notifier/config/change_words.h"
#include "notifier/config/mention.h"
#include "notifier/config/notifier_config.h"
#include "notifier/rules/match.h"

namespace swarmbell {
namespace {

// The labels with which a resource steers its own alerts; see RuleSet.
constexpr char kPrefix[] = "swarmbell.";
constexpr char kEnableLabel[] = "swarmbell.enable";
constexpr char kColorsLabel[] = "swarmbell.colors";
constexpr char kReceiverLabel[] = "swarmbell.receiver";
constexpr char kMentionLabel[] = "swarmbell.mention";

// The most of a label's word that a log line shows.
constexpr std::size_t kMostShown = 100;

// The label's words between commas; empty if the resource has no such label.
std::vector<std::string> LabelWords(const v1::ResourceRef& resource, const std::string& label) {
  const auto found = resource.labels().find(label);
  return found == resource.labels().end() ? std::vector<std::string>() : SplitList(found->second);
}

std::vector<std::string> ColorNames() {
  std::vector<std::string> names;
  for (const Color color : AllColors()) names.push_back(ColorName(color));
  return names;
}

// A fault for each word of the label that is not known.
void CheckWords(const v1::ResourceRef& resource, const char* label, const char* what,
                const std::vector<std::string>& known, std::vector<LabelFault>& faults) {
  for (const std::string& word : LabelWords(resource, label)) {
    if (std::find(known.begin(), known.end(), word) != known.end()) continue;
    faults.push_back({label, word, absl::StrCat("names no ", what, DidYouMean(word, known))});
  }
}

bool OptedOut(const v1::ChangeEvent& event) {
  const std::vector<std::string> words = LabelWords(event.resource(), kEnableLabel);
  return words.size() == 1 && !ParseBool(words[0]).value_or(true);
}

// A failed update never is one.
bool ChangesOriginAlone(const v1::ChangeEvent& event) {
  const std::vector<const v1::FieldChange*> fields = FieldsOf(event);
  return !fields.empty() && std::all_of(fields.begin(), fields.end(),
                                        [](const v1::FieldChange* field) { return IsOriginField(*field); });
}

bool HoldsColor(const std::vector<Color>& colors, Color color) {
  return colors.empty() || std::find(colors.begin(), colors.end(), color) != colors.end();
}

std::vector<Color> LabelColors(const v1::ChangeEvent& event) {
  std::vector<Color> colors;
  for (const std::string& word : LabelWords(event.resource(), kColorsLabel)) {
    if (const auto color = ParseColor(word)) colors.push_back(*color);
  }
  return colors;
}

absl::Status CheckReceivers(const RuleConfig& rule, const std::vector<std::string>& known) {
  for (const std::string& name : rule.receivers) {
    if (std::find(known.begin(), known.end(), name) != known.end()) continue;
    return absl::InvalidArgumentError(
        absl::StrCat("rule \"", rule.name, "\" names the receiver \"", name, "\", which does not exist"));
  }
  return absl::OkStatus();
}

// The receiver that the event is about, which must not get it; empty for other events.
std::string AboutReceiver(const v1::ChangeEvent& event) {
  if (event.has_receiver_failing()) return event.receiver_failing().receiver();
  return event.has_receiver_recovered() ? event.receiver_recovered().receiver() : "";
}

Decision Suppressed(const RuleConfig& rule, DecisionReason reason, std::string explanation) {
  Decision decision;
  decision.reason = reason;
  decision.rule = rule.name;
  decision.color = rule.color;
  decision.explanation = std::move(explanation);
  return decision;
}

Decision NoRule(const std::string& change, const RuleConfig* disabled) {
  Decision decision;
  if (disabled != nullptr) {
    return Suppressed(*disabled, DecisionReason::kRuleDisabled,
                      absl::StrCat("The rule \"", disabled->name, "\" is switched off."));
  }
  decision.explanation = change == kUnknownChange
                             ? "No rule matches a change of a kind that this notifier does not know."
                             : absl::StrCat("No rule matches ", change, ".");
  return decision;
}

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

std::vector<LabelFault> LabelFaults(const v1::ResourceRef& resource,
                                    const std::vector<std::string>& receivers) {
  std::vector<std::string> labels = {kEnableLabel, kColorsLabel, kReceiverLabel, kMentionLabel,
                                     "swarmbell.logs"};  // the last is for the collector
  labels.insert(labels.end(), kOriginLabels.begin(), kOriginLabels.end());
  std::vector<LabelFault> faults;
  for (const auto& [label, value] : resource.labels()) {
    if (!absl::StartsWith(label, kPrefix)) continue;
    if (std::find(labels.begin(), labels.end(), label) == labels.end()) {
      faults.push_back(
          {label, value, absl::StrCat("is no label that steers alerts", DidYouMean(label, labels))});
    }
  }
  const auto enable = resource.labels().find(kEnableLabel);
  if (enable != resource.labels().end() && !enable->second.empty() && !ParseBool(enable->second)) {
    faults.push_back({kEnableLabel, enable->second, "is neither true nor false"});
  }
  CheckWords(resource, kColorsLabel, "colour", ColorNames(), faults);
  CheckWords(resource, kReceiverLabel, "receiver", receivers, faults);
  for (const std::string& word : LabelWords(resource, kMentionLabel)) {
    if (IsMention(word)) continue;
    faults.push_back(
        {kMentionLabel, word.substr(0, kMostShown),
         "mentions nobody: say here, channel, an identifier of Slack (U012AB3CD, S012AB3CD) or an "
         "address for Teams"});
    break;
  }
  std::sort(faults.begin(), faults.end(),
            [](const LabelFault& a, const LabelFault& b) { return a.label < b.label; });
  return faults;
}

absl::StatusOr<RuleSet> RuleSet::Create(const NotifierConfig& config) {
  if (config.receivers.empty()) return absl::InvalidArgumentError("the configuration has no receiver");
  RuleSet set;
  for (const ReceiverConfig& receiver : config.receivers) {
    set.receivers_.push_back(receiver.name);
    if (!receiver.clusters.empty()) set.clusters_[receiver.name] = receiver.clusters;
  }
  for (const RuleConfig& rule : config.rules) {
    if (const absl::Status status = CheckReceivers(rule, set.receivers_); !status.ok()) return status;
  }
  set.rules_ = config.rules;
  set.mutes_ = config.mutes;
  set.colors_ = config.colors;
  return set;
}

Decision RuleSet::Evaluate(const v1::ChangeEvent& event, absl::Time now) const {
  const Transition transition = TransitionOf(event);
  const RuleConfig* disabled = nullptr;
  // Not even a rule about all changes: messages that live show it.
  if (event.has_service_update_progress()) return NoRule(transition.change, disabled);
  for (const RuleConfig& rule : rules_) {
    if (!Matches(rule.match, event, transition)) continue;
    if (rule.enabled) return Deliver(event, transition, rule, now);
    if (disabled == nullptr) disabled = &rule;
  }
  return NoRule(transition.change, disabled);
}

Decision RuleSet::Deliver(const v1::ChangeEvent& event, const Transition& transition, const RuleConfig& rule,
                          absl::Time now) const {
  if (rule.match.fields.empty() && ChangesOriginAlone(event)) {
    return Suppressed(rule, DecisionReason::kOriginAlone,
                      "Only labels changed that say whose change it is: cards of other changes show them.");
  }
  if (OptedOut(event)) {
    return Suppressed(rule, DecisionReason::kLabelOptOut,
                      absl::StrCat("The label ", kEnableLabel, "=false switches alerts off."));
  }
  if (!HoldsColor(colors_, rule.color)) {
    return Suppressed(rule, DecisionReason::kColorOff,
                      absl::StrCat("Alerts of the colour ", ColorName(rule.color), " are not wanted."));
  }
  if (!HoldsColor(LabelColors(event), rule.color)) {
    return Suppressed(
        rule, DecisionReason::kColorOff,
        absl::StrCat("The label ", kColorsLabel, " does not name ", ColorName(rule.color), "."));
  }
  for (const MuteConfig& mute : mutes_) {
    if (!InForce(mute, now) || !Matches(mute.match, event, transition)) continue;
    return Suppressed(rule, DecisionReason::kMuted,
                      absl::StrCat("The mute \"", mute.name, "\" is in force."));
  }
  std::string note;
  std::vector<std::string> receivers = ReceiversFor(event, rule, note);
  const std::size_t left_out =
      std::erase_if(receivers, [&](const std::string& name) { return !Takes(name, event); });
  if (receivers.empty() && left_out > 0) {
    return Suppressed(
        rule, DecisionReason::kNoReceiver,
        absl::StrCat("No receiver takes alerts of the swarm \"", event.cluster().name(), "\"."));
  }
  Decision decision = Suppressed(rule, DecisionReason::kMatched, "");
  decision.alert =
      Alert{event, rule.name, rule.color, std::move(receivers), FillTitle(rule.title, event, transition)};
  decision.explanation = absl::StrCat("The rule \"", rule.name, "\" matches", note, ".");
  return decision;
}

std::vector<std::string> RuleSet::ReceiversFor(const v1::ChangeEvent& event, const RuleConfig& rule,
                                               std::string& note) const {
  std::vector<std::string> chosen;
  const std::vector<std::string> wanted = LabelWords(event.resource(), kReceiverLabel);
  for (const std::string& name : wanted) {
    const bool known = std::find(receivers_.begin(), receivers_.end(), name) != receivers_.end();
    const bool repeated = std::find(chosen.begin(), chosen.end(), name) != chosen.end();
    if (known && !repeated) chosen.push_back(name);
  }
  if (!chosen.empty()) {
    note = absl::StrCat("; the label ", kReceiverLabel, " sends it to ", absl::StrJoin(chosen, ", "));
    return chosen;
  }
  if (!wanted.empty()) {
    note = absl::StrCat("; the label ", kReceiverLabel, " names no receiver that exists");
  }
  chosen = rule.receivers.empty() ? receivers_ : rule.receivers;
  if (const std::string about = AboutReceiver(event); !about.empty()) std::erase(chosen, about);
  return chosen;
}

bool RuleSet::Takes(const std::string& receiver, const v1::ChangeEvent& event) const {
  const auto wanted = clusters_.find(receiver);
  const v1::Cluster& swarm = event.cluster();
  // Nobody knew the swarm of a collector that could not be reached: its end goes where its beginning went.
  const bool ends_unknown = event.has_feed_connected() && !event.feed_connected().connected_before();
  return wanted == clusters_.end() || swarm.id().empty() || ends_unknown ||
         std::any_of(wanted->second.begin(), wanted->second.end(),
                     [&swarm](const std::string& glob) { return GlobMatch(glob, swarm.name()); });
}

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

std::string ReasonName(DecisionReason reason) {
  switch (reason) {
    case DecisionReason::kMatched:
      return "matched";
    case DecisionReason::kNoRule:
      return "no_rule";
    case DecisionReason::kRuleDisabled:
      return "rule_disabled";
    case DecisionReason::kLabelOptOut:
      return "label_opt_out";
    case DecisionReason::kColorOff:
      return "color_off";
    case DecisionReason::kMuted:
      return "muted";
    case DecisionReason::kOriginAlone:
      return "origin_alone";
    case DecisionReason::kNoReceiver:
      return "no_receiver";
  }
  return "";
}

}  // namespace swarmbell
