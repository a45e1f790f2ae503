#include "notifier/app/preview.h"

#include "absl/strings/str_cat.h"
#include "notifier/cards/samples.h"
#include "notifier/chat/chat.h"
#include "notifier/config/notifier_config.h"

namespace swarmbell {

AlertGroup GroupOf(const Alert& alert, const std::string& receiver) {
  AlertGroup group;
  group.receiver = receiver;
  group.color = alert.color;
  group.alerts = {alert};
  return group;
}

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
  const Chat* chat = FindChat(channel);
  if (chat == nullptr) {
    return absl::InvalidArgumentError(
        absl::StrCat("cannot preview \"", channel, "\": say slack, teams or terminal"));
  }
  ReceiverConfig receiver;
  receiver.name = channel;
  receiver.type = chat->type;
  for (const Sample& sample : Samples()) {
    out << MakeMessage(receiver, SampleGroup(sample), form).body;
    // Text for the terminal ends in a newline of its own; then this is a blank line between cards.
    out << '\n';
  }
  out.flush();
  return absl::OkStatus();
}

}  // namespace swarmbell
