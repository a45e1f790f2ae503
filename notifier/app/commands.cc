#include "notifier/app/commands.h"

#include <spdlog/spdlog.h>

#include <iostream>
#include <string>

#include "absl/status/status.h"
#include "absl/time/clock.h"
#include "common/metrics/metrics.h"
#include "common/time/clock.h"
#include "notifier/app/explain.h"
#include "notifier/app/preview.h"
#include "notifier/app/test_alert.h"
#include "notifier/chat/console/console.h"
#include "notifier/delivery/metrics.h"

namespace swarmbell {
namespace {

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

// Events that are printed anyway are not logged as well, unless every step is wanted.
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

// Each receiver is tried once: what failed is what the person wants to hear now.
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

}  // namespace

std::vector<Flag> CommandFlags() {
  return {
      {"--preview", "CHANNEL", "Print a card of each kind as slack, teams or terminal would be sent it."},
      {"--explain", "FILE",
       "Tell what would become of changes (JSON as the collector's API gives it; - reads standard input)."},
      {"--test-alert", "", "Post a test message to every receiver and tell what became of it."},
  };
}

std::optional<int> RunCommand(const CommandLine& line, const NotifierConfig& config, std::ostream& out) {
  const TerminalStyle style = StandardOutputStyle();
  if (line.Has("--preview")) {
    return ExitCode(PreviewSamples(line.Value("--preview"), {config.links, style}, out));
  }
  if (line.Has("--explain")) {
    return ExitCode(Explain(line.Value("--explain"), std::cin, config, style, absl::Now(), out));
  }
  if (line.Has("--test-alert")) return TestAlert(config, out);
  return std::nullopt;
}

}  // namespace swarmbell
