#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "notifier/alert/alert_group.h"
#include "notifier/config/notifier_config.h"
#include "notifier/rules/match.h"
#include "swarmbell/v1/change_event.pb.h"
#include "swarmbell/v1/common.pb.h"

namespace swarmbell {

// A `swarmbell.` label that has no effect.
struct LabelFault {
  std::string label;
  std::string value;    // the word at fault, or the whole value
  std::string problem;  // ends a sentence: `names no receiver; did you mean "team-a"?`
  friend bool operator==(const LabelFault&, const LabelFault&) = default;
};

// The errors in the resource's labels that begin with `swarmbell.`, given the receivers' names. Pure.
std::vector<LabelFault> LabelFaults(const v1::ResourceRef& resource,
                                    const std::vector<std::string>& receivers);

// Why a change makes an alert, or does not.
enum class DecisionReason {
  kMatched,       // a rule matched: there is an alert
  kNoRule,        // no rule matches
  kRuleDisabled,  // only rules that are switched off match
  kLabelOptOut,   // the resource says `swarmbell.enable=false`
  kColorOff,      // the alert's colour is not wanted, by `colors` or by the label `swarmbell.colors`
  kMuted,         // a mute is in force
  kOriginAlone,   // only labels changed that say whose change it is
  kNoReceiver,    // no receiver takes alerts of this swarm
};

// `matched`, `no_rule`, `rule_disabled`, `label_opt_out`, `color_off`, `muted`, `origin_alone` or
// `no_receiver`.
std::string ReasonName(DecisionReason reason);

struct Decision {
  std::optional<Alert> alert;  // set when, and only when, the reason is kMatched
  DecisionReason reason = DecisionReason::kNoRule;
  // The rule that matched, also if something else suppressed the alert; empty if none did.
  std::string rule;
  std::optional<Color> color;  // that rule's colour
  // One sentence for a person, e.g. `The mute "nightly" is in force.`
  std::string explanation;
};

// The outcome of one rule or mute.
struct Trial {
  bool mute = false;  // a mute, not a rule
  std::string name;
  // For a person: `matches`, `is switched off`, or why it does not match.
  std::string outcome;
};

// The rules, mutes and colours of one configuration. Pure: no clock, no I/O. Immutable, so thread-safe.
//
// The first rule that matches decides. A change of labels alone that say whose change it is (see
// ChangeOrigin) makes no alert, unless that rule names fields. Then the labels of the resource apply, in this
// order: `swarmbell.enable=false` drops the alert, `swarmbell.colors=red,yellow` keeps only those colours
// (words that name no colour are ignored), `swarmbell.receiver=a,b` posts it there instead (unknown names are
// ignored; if none is left, the rule's receivers are used). At last, receivers are left out that take no
// alerts of the swarm; a change of the notifier itself, which is of no swarm, goes to all.
class RuleSet {
 public:
  // INVALID_ARGUMENT when the configuration has no receiver, or a rule names one that does not exist.
  static absl::StatusOr<RuleSet> Create(const NotifierConfig& config);

  // `now` is for mutes only.
  Decision Evaluate(const v1::ChangeEvent& event, absl::Time now) const;

  // The names of all receivers.
  const std::vector<std::string>& receivers() const { return receivers_; }

  // The outcome of each rule that is about such changes, and of each mute, in the order in which they are
  // tried; rules about other changes are omitted.
  std::vector<Trial> Trials(const v1::ChangeEvent& event, absl::Time now) const;

 private:
  RuleSet() = default;

  Decision Deliver(const v1::ChangeEvent& event, const Transition& transition, const RuleConfig& rule,
                   absl::Time now) const;
  std::vector<std::string> ReceiversFor(const v1::ChangeEvent& event, const RuleConfig& rule,
                                        std::string& note) const;
  bool Takes(const std::string& receiver, const v1::ChangeEvent& event) const;

  std::vector<RuleConfig> rules_;
  std::vector<MuteConfig> mutes_;
  std::vector<Color> colors_;
  std::vector<std::string> receivers_;
  std::map<std::string, std::vector<std::string>> clusters_;  // by receiver: globs; those that take not all
};

}  // namespace swarmbell
