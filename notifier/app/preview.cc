#include "notifier/app/preview.h"

#include <google/protobuf/util/json_util.h>

#include <optional>

#include "absl/strings/str_cat.h"
#include "common/settings/read_file.h"
#include "notifier/cards/samples.h"
#include "notifier/config/color.h"

namespace swarmbell {
namespace {

constexpr std::size_t kMaxEventBytes = std::size_t{4} << 20;

AlertGroup GroupOf(const Alert& alert, const std::string& receiver) {
  AlertGroup group;
  group.receiver = receiver;
  group.color = alert.color;
  group.alerts = {alert};
  return group;
}

std::optional<ReceiverType> ParseChannel(const std::string& channel) {
  if (channel == "slack") return ReceiverType::kSlack;
  if (channel == "teams") return ReceiverType::kTeams;
  if (channel == "terminal") return ReceiverType::kConsole;
  return std::nullopt;
}

}  // namespace

v1::PreviewResponse PreviewEvent(const v1::ChangeEvent& event, const RuleSet& rules,
                                 const std::vector<ReceiverConfig>& receivers, const MessageForm& form,
                                 absl::Time now) {
  const Decision decision = rules.Evaluate(event, now);
  v1::PreviewResponse response;
  response.set_rule(decision.rule);
  if (decision.color) response.set_color(ColorName(*decision.color));
  if (!decision.alert) {
    response.set_suppressed_reason(decision.explanation);
    return response;
  }
  for (const std::string& name : decision.alert->receivers) {
    for (const ReceiverConfig& receiver : receivers) {
      if (receiver.name != name) continue;
      v1::PreviewMessage& message = *response.add_messages();
      message.set_receiver(name);
      message.set_receiver_type(ReceiverTypeName(receiver.type));
      message.set_body(MakeMessage(receiver, GroupOf(*decision.alert, name), form).body);
    }
  }
  return response;
}

absl::Status PreviewSamples(const std::string& channel, const MessageForm& form, std::ostream& out) {
  const std::optional<ReceiverType> type = ParseChannel(channel);
  if (!type) {
    return absl::InvalidArgumentError(
        absl::StrCat("cannot preview \"", channel, "\": say slack, teams or terminal"));
  }
  ReceiverConfig receiver;
  receiver.name = channel;
  receiver.type = *type;
  for (const Sample& sample : Samples()) {
    out << MakeMessage(receiver, SampleGroup(sample), form).body;
    // Text for the terminal ends in a newline of its own; then this is a blank line between cards.
    out << '\n';
  }
  out.flush();
  return absl::OkStatus();
}

absl::Status Explain(const std::string& file, const NotifierConfig& config, const TerminalStyle& style,
                     absl::Time now, std::ostream& out) {
  const absl::StatusOr<std::string> text = ReadFile(file, kMaxEventBytes);
  if (!text.ok()) {
    return absl::Status(text.status().code(), absl::StrCat("cannot read the change in \"", file,
                                                           "\": ", std::string(text.status().message())));
  }
  v1::ChangeEvent event;
  if (!google::protobuf::util::JsonStringToMessage(*text, &event).ok() ||
      event.details_case() == v1::ChangeEvent::DETAILS_NOT_SET) {
    return absl::InvalidArgumentError(
        absl::StrCat("cannot read the change in \"", file,
                     "\": it is no swarmbell.v1.ChangeEvent with details in JSON, as ListChanges gives it"));
  }
  const absl::StatusOr<RuleSet> rules = RuleSet::Create(config);
  if (!rules.ok()) return rules.status();
  const Decision decision = rules->Evaluate(event, now);
  out << "rule:   " << (decision.rule.empty() ? "none" : decision.rule) << '\n';
  if (decision.color) out << "color:  " << ColorName(*decision.color) << '\n';
  out << "why:    " << decision.explanation << '\n';
  if (!decision.alert) return absl::OkStatus();
  out << "posts:  ";
  for (const std::string& name : decision.alert->receivers) out << name << ' ';
  out << "\n\n" << RenderTerminal(BuildCard(GroupOf(*decision.alert, ""), config.links), style);
  out.flush();
  return absl::OkStatus();
}

}  // namespace swarmbell
