#include "notifier/app/commands.h"

#include <spdlog/spdlog.h>

#include <cstdint>
#include <iostream>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "common/metrics/metrics.h"
#include "common/time/clock.h"
#include "notifier/app/explain.h"
#include "notifier/app/silence_commands.h"
#include "notifier/app/timeline_command.h"
#include "notifier/cards/samples.h"
#include "notifier/chat/chat.h"
#include "notifier/chat/console/console.h"
#include "notifier/config/notifier_config.h"
#include "notifier/config/receiver_types.h"
#include "notifier/delivery/delivery_log.h"

namespace swarmbell {

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
      for (const Message& message :
           MakeMessages(receiver, {{name, {*decision.alert}, decision.alert->color}, {}}, form)) {
        v1::PreviewMessage& shown = *response.add_messages();
        shown.set_receiver(name);
        shown.set_receiver_type(ReceiverTypeName(receiver.type));
        shown.set_body(message.body);
      }
    }
  }
  return response;
}

namespace {

Card TestCard(absl::Time now) {
  Card card;
  card.color = Color::kGreen;
  card.title = "Swarmbell test message";
  card.subtitle =
      "The way from the notifier to here works. Changes of the swarm arrive as cards like this one.";
  card.unix_seconds = absl::ToUnixSeconds(now);
  return card;
}

DeliveryRecord NotPosted(const std::string& receiver, const absl::Status& why, absl::Time now) {
  DeliveryRecord record;
  record.receiver = receiver;
  record.progress = DeliveryProgress::kFailed;
  record.error = std::string(why.message());
  record.enqueued = now;
  record.finished = now;
  return record;
}

constexpr absl::Duration kTestGrace = absl::Seconds(2);

int ExitCode(const absl::Status& status) {
  if (status.ok()) return 0;
  std::cerr << "swarmbell-notifier: " << std::string(status.message()) << '\n';
  return kExitFailure;
}

const char* ProgressName(DeliveryProgress progress) {
  switch (progress) {
    case DeliveryProgress::kPending:
      return "not accepted yet";
    case DeliveryProgress::kAccepted:
      return "accepted";
    case DeliveryProgress::kFailed:
      return "failed";
  }
  return "";
}

// Events that are printed are not logged as well, unless debug logs are wanted.
class QuietLog {
 public:
  QuietLog() : level_(spdlog::get_level()) {
    if (level_ >= spdlog::level::info) spdlog::default_logger_raw()->set_level(spdlog::level::off);
  }
  ~QuietLog() { spdlog::default_logger_raw()->set_level(level_); }
  QuietLog(const QuietLog&) = delete;
  QuietLog& operator=(const QuietLog&) = delete;

 private:
  const spdlog::level::level_enum level_;
};

// Each receiver is tried once, so that a failure is printed at once.
int TestAlert(NotifierConfig config, std::ostream& out) {
  config.delivery.give_up_after = absl::ZeroDuration();
  const QuietLog quiet;
  Metrics metrics;
  DeclareDeliveryMetrics(metrics);
  DeliveryLog log;
  Receivers receivers(config, {config.links, StandardOutputStyle()}, out, Clock::Real(), metrics, log);
  const auto records =
      PostTestAlert(receivers, log, "", absl::Now(), config.delivery.timeout + kTestGrace, {});
  if (!records.ok()) return ExitCode(records.status());
  bool all_accepted = true;
  for (const DeliveryRecord& record : *records) {
    out << record.receiver << ": " << ProgressName(record.progress);
    if (!record.error.empty()) out << ", " << record.error;
    if (!record.odd.empty()) out << ", but with an odd answer: " << record.odd;
    out << '\n';
    all_accepted = all_accepted && record.progress == DeliveryProgress::kAccepted;
  }
  out.flush();
  return all_accepted ? 0 : kExitFailure;
}

// Writes a card of each kind as it would be sent to `channel`: `slack` and `teams` one JSON body a line,
// `terminal` as text. INVALID_ARGUMENT for another channel.
absl::Status PreviewSamples(const std::string& channel, const MessageForm& form, std::ostream& out) {
  const Chat* chat = FindChat(channel);
  if (chat == nullptr) {
    return absl::InvalidArgumentError(absl::StrCat("cannot preview \"", channel, "\": say ", ChatNames()));
  }
  ReceiverConfig receiver;
  receiver.name = channel;
  receiver.type = chat->type;
  for (const Sample& sample : Samples()) {
    for (const Message& message : MakeMessages(receiver, {SampleGroup(sample), {}}, form)) {
      out << message.body;
      // Text for the terminal ends in a newline of its own; then this is a blank line between cards.
      out << '\n';
    }
  }
  out.flush();
  return absl::OkStatus();
}

// The silences of the notifier that runs here; none, and a complaint, if none does.
std::vector<v1::Silence> KnownSilences(const NotifierConfig& config) {
  absl::StatusOr<std::vector<v1::Silence>> silences = AskForSilences(config);
  if (silences.ok()) return *std::move(silences);
  std::cerr << "swarmbell-notifier: silences are not known here: " << std::string(silences.status().message())
            << '\n';
  return {};
}

}  // namespace

absl::StatusOr<std::vector<DeliveryRecord>> PostTestAlert(Receivers& receivers, const DeliveryLog& log,
                                                          const std::string& receiver, absl::Time now,
                                                          absl::Duration limit, std::stop_token stop) {
  std::vector<std::string> names = {receiver};
  if (receiver.empty()) {
    names.clear();
    for (const ReceiverConfig& config : receivers.Configs()) names.push_back(config.name);
  }
  std::vector<std::uint64_t> numbers;
  std::vector<DeliveryRecord> records;
  absl::Status refused;
  for (const std::string& name : names) {
    const absl::StatusOr<std::uint64_t> number = receivers.PostTest(name, TestCard(now));
    if (number.ok()) {
      numbers.push_back(*number);
      continue;
    }
    refused = number.status();
    records.push_back(NotPosted(name, refused, now));
  }
  if (numbers.empty()) return refused;
  Clock& clock = Clock::Real();  // as the log's own wait
  const MonotonicTime deadline = clock.Steady() + limit;
  for (const std::uint64_t number : numbers) {
    if (auto record = log.WaitFinished(number, deadline - clock.Steady(), stop))
      records.push_back(*std::move(record));
  }
  return records;
}

std::vector<Flag> CommandFlags() {
  return {
      {"--preview", "CHANNEL", absl::StrCat("Print a card of each kind, in the form for ", ChatNames(), ".")},
      {"--explain", "FILE",
       "Show what would be posted for changes, and why (JSON of the collector's API; - reads standard "
       "input)."},
      {"--test-alert", "", "Post a test message to every receiver and print the outcome."},
      {"--since", "TIME",
       "Print what changed since then, oldest first, as the collectors remember it: a time, or a duration "
       "before "
       "now, for example 2h. With --until, --stack, --color and --format."},
      {"--until", "TIME", "Only what changed until then."},
      {"--stack", "NAME", "Only what changed in this stack; with * and ? for several."},
      {"--color", "COLORS", "Only rows of these colours, for example red,yellow."},
      {"--format", "FORMAT", "text (the default), or json: one object a line, with the changes themselves."},
      {"--silence", "MATCH",
       "Post no alerts for the changes that match, for example 'stack=shop' or 'name=shop_*,to=updating': "
       "the keys of a rule's match. With --for, and --because."},
      {"--for", "DURATION", "How long --silence lasts, for example 1h; at most 720h."},
      {"--because", "TEXT", "The reason that everybody reads."},
      {"--by", "NAME", "The person who silences, or ends a silence; user@host by default."},
      {"--silences", "", "Print the silences that are in force."},
      {"--unsilence", "ID", "End a silence early."},
  };
}

std::optional<int> RunCommand(const CommandLine& line, const NotifierConfig& config, std::ostream& out) {
  const TerminalStyle style = StandardOutputStyle();
  if (line.Has("--preview")) {
    return ExitCode(PreviewSamples(line.Value("--preview"), {config.links, style}, out));
  }
  if (line.Has("--explain")) {
    return ExitCode(Explain(line.Value("--explain"), std::cin, config, style, absl::Now(), out,
                            [&config] { return KnownSilences(config); }));
  }
  if (line.Has("--test-alert")) return TestAlert(config, out);
  if (const auto code = RunTimelineCommand(line, config, out)) return code;
  return RunSilenceCommand(line, config, out);
}

}  // namespace swarmbell
