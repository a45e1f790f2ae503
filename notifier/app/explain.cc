#include "notifier/app/explain.h"

#include <google/protobuf/util/json_util.h>

#include <algorithm>
#include <iterator>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/settings/read_file.h"
#include "notifier/app/preview.h"
#include "notifier/config/color.h"
#include "notifier/rules/labels.h"
#include "notifier/rules/rule_set.h"
#include "swarmbell/v1/change_feed.pb.h"

namespace swarmbell {
namespace {

constexpr std::size_t kMaxEventBytes = std::size_t{16} << 20;

absl::StatusOr<std::string> ReadText(const std::string& file, std::istream& in) {
  if (file != "-") return ReadFile(file, kMaxEventBytes);
  std::string text;
  for (std::istreambuf_iterator<char> at(in), end; at != end; ++at) {
    if (text.size() == kMaxEventBytes) return absl::ResourceExhaustedError("it is too long");
    text.push_back(*at);
  }
  return text;
}

bool IsAny(const v1::ChangeEvent& event) {
  return event.details_case() != v1::ChangeEvent::DETAILS_NOT_SET || event.has_resource();
}

absl::StatusOr<std::vector<v1::ChangeEvent>> ReadEvents(const std::string& file, std::istream& in) {
  const absl::StatusOr<std::string> text = ReadText(file, in);
  if (!text.ok()) {
    return absl::Status(text.status().code(), absl::StrCat("cannot read the change in \"", file,
                                                           "\": ", std::string(text.status().message())));
  }
  v1::ChangeEvent event;
  if (google::protobuf::util::JsonStringToMessage(*text, &event).ok() && IsAny(event)) return {{event}};
  v1::ListChangesResponse list;
  if (google::protobuf::util::JsonStringToMessage(*text, &list).ok() && list.events_size() > 0) {
    return std::vector<v1::ChangeEvent>(list.events().begin(), list.events().end());
  }
  return absl::InvalidArgumentError(
      absl::StrCat("cannot read the change in \"", file,
                   "\": it is no swarmbell.v1.ChangeEvent in JSON, nor an answer of ListChanges with any"));
}

std::vector<std::string> Names(const std::vector<ReceiverConfig>& receivers) {
  std::vector<std::string> names;
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

}  // namespace

absl::Status Explain(const std::string& file, std::istream& in, const NotifierConfig& config,
                     const TerminalStyle& style, absl::Time now, std::ostream& out) {
  const absl::StatusOr<std::vector<v1::ChangeEvent>> events = ReadEvents(file, in);
  if (!events.ok()) return events.status();
  const absl::StatusOr<RuleSet> rules = RuleSet::Create(config);
  if (!rules.ok()) return rules.status();
  for (const v1::ChangeEvent& event : *events) {
    if (&event != &events->front()) out << '\n';
    ExplainOne(event, *rules, config, style, now, out);
  }
  out.flush();
  return absl::OkStatus();
}

}  // namespace swarmbell
