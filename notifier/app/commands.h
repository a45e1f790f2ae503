#pragma once

#include <optional>
#include <ostream>
#include <stop_token>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/program/program.h"
#include "notifier/config/notifier_config.h"
#include "notifier/delivery/delivery_log.h"
#include "notifier/delivery/message.h"
#include "notifier/delivery/receivers.h"
#include "notifier/rules/rule_set.h"
#include "swarmbell/v1/notifier.pb.h"

namespace swarmbell {

// The flags --preview, --explain and --test-alert, and what they share with the gRPC service.

// The outcome of a change: the rule, and the message for each receiver; posts nothing. Pure.
v1::PreviewResponse PreviewEvent(const v1::ChangeEvent& event, const RuleSet& rules,
                                 const std::vector<ReceiverConfig>& receivers, const MessageForm& form,
                                 absl::Time now);

// Posts a test message to one receiver, or to all if `receiver` is empty, and waits for the outcome, at most
// `limit` in all or until `stop`. Returns a record for each receiver; an error of Receivers::PostTest if it
// is posted to none.
absl::StatusOr<std::vector<DeliveryRecord>> PostTestAlert(Receivers& receivers, const DeliveryLog& log,
                                                          const std::string& receiver, absl::Time now,
                                                          absl::Duration limit, std::stop_token stop);

// The notifier's own flags: --preview, --explain, --test-alert, and those about silences.
std::vector<Flag> CommandFlags();

// Does what one of these flags asks for and returns the exit code; nothing when none was given.
std::optional<int> RunCommand(const CommandLine& line, const NotifierConfig& config, std::ostream& out);

}  // namespace swarmbell
