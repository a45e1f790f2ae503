#include "notifier/app/explain.h"

#include <algorithm>
#include <sstream>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/settings/read_file.h"
#include "notifier/app/pasted_changes.h"
#include "notifier/app/preview.h"
#include "notifier/config/color.h"
#include "notifier/rules/labels.h"
#include "notifier/rules/rule_set.h"

namespace swarmbell {
namespace {

constexpr std::size_t kMostFileBytes = std::size_t{64} << 20;

std::vector<std::string> Names(const std::vector<ReceiverConfig>& receivers) {
  std::vector<std::string> names;
  names.reserve(receivers.size());
  for (const ReceiverConfig& receiver : receivers) names.push_back(receiver.name);
  return names;
}

void WriteTrials(const std::vector<Trial>& trials, std::ostream& out) {
  std::size_t width = 0;
  for (const Trial& trial : trials) width = std::max(width, trial.name.size());
  const char* label = "tried:  ";
  for (const Trial& trial : trials) {
    out << label << (trial.mute ? "mute " : "rule ") << trial.name
        << std::string(width - trial.name.size() + 2, ' ') << trial.outcome << '\n';
    label = "        ";
  }
}

void ExplainOne(const v1::ChangeEvent& event, const RuleSet& rules, const NotifierConfig& config,
                const TerminalStyle& style, absl::Time now, std::ostream& out) {
  const Decision decision = rules.Evaluate(event, now);
  out << "change: " << TransitionOf(event).change << " of " << event.resource().name() << '\n';
  out << "rule:   " << (decision.rule.empty() ? "none" : decision.rule) << '\n';
  if (decision.color) out << "color:  " << ColorName(*decision.color) << '\n';
  out << "why:    " << decision.explanation << '\n';
  WriteTrials(rules.Trials(event, now), out);
  for (const LabelFault& fault : LabelFaults(event.resource(), Names(config.receivers))) {
    out << "label:  " << fault.label << "=" << fault.value << " " << fault.problem << '\n';
  }
  if (!decision.alert) return;
  out << "posts:  " << absl::StrJoin(decision.alert->receivers, " ") << "\n\n"
      << RenderTerminal(BuildCard(GroupOf(*decision.alert, ""), config.links), style);
}

absl::StatusOr<int> ReadChanges(const std::string& file, std::istream& in,
                                absl::FunctionRef<void(const v1::ChangeEvent&)> tell) {
  if (file == "-") return ReadPastedChanges(in, tell);
  const absl::StatusOr<std::string> text = ReadFile(file, kMostFileBytes);
  if (!text.ok()) return text.status();
  std::istringstream content(*text);
  return ReadPastedChanges(content, tell);
}

}  // namespace

absl::Status Explain(const std::string& file, std::istream& in, const NotifierConfig& config,
                     const TerminalStyle& style, absl::Time now, std::ostream& out) {
  const absl::StatusOr<RuleSet> rules = RuleSet::Create(config);
  if (!rules.ok()) return rules.status();
  bool first = true;
  const auto explain = [&](const v1::ChangeEvent& event) {
    if (!std::exchange(first, false)) out << '\n';
    ExplainOne(event, *rules, config, style, now, out);
    out.flush();
  };
  absl::StatusOr<int> told = ReadChanges(file, in, explain);
  if (told.ok() && *told == 0) told = absl::InvalidArgumentError("it holds no change");
  if (told.ok()) return absl::OkStatus();
  return absl::Status(told.status().code(), absl::StrCat("cannot read the change in \"", file,
                                                         "\": ", std::string(told.status().message())));
}

}  // namespace swarmbell
