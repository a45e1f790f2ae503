#include "notifier/rules/rule_set.h"

namespace swarmbell {

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
  }
  return "";
}

}  // namespace swarmbell
