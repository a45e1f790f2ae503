#include "common/grpc/grpc_setup.h"

#include <grpcpp/version_info.h>
#include <spdlog/spdlog.h>

#include <atomic>
#include <string>

#include "absl/strings/match.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/clock.h"
#include "common/process/logging.h"

// From 1.66 on gRPC logs through absl.
#define SWARMBELL_GRPC_LOGS_BY_ABSL \
  (GRPC_CPP_VERSION_MAJOR > 1 || (GRPC_CPP_VERSION_MAJOR == 1 && GRPC_CPP_VERSION_MINOR >= 66))

#if SWARMBELL_GRPC_LOGS_BY_ABSL
#include <absl/log/globals.h>
#include <absl/log/initialize.h>
#include <absl/log/log_entry.h>
#include <absl/log/log_sink.h>
#include <absl/log/log_sink_registry.h>
#else
#include <grpc/support/log.h>
#endif

namespace swarmbell {
namespace {

std::atomic<bool> warns_of_handshakes = false;

// Advice about a failed handshake, derived from OpenSSL's text.
std::string Explain(const std::string& text) {
  const auto says = [&](const char* words) { return absl::StrContains(text, words); };
  if (says("peer did not return a certificate")) {
    return "it shows no certificate, and tls.client_ca asks for one: give it tls.cert and tls.key";
  }
  if (says("certificate verify failed")) {
    return "its certificate has expired or is not signed by tls.client_ca";
  }
  if (says("wrong version number") || says("http request")) return "it does not speak TLS: give it tls.ca";
  if (says("unknown ca") || says("bad certificate") || says("certificate unknown")) {
    return "it does not trust the certificate of tls.cert: give it the right tls.ca, and a name that the "
           "certificate is for";
  }
  if (says("certificate expired")) return "it says that the certificate of tls.cert has expired";
  return text;
}

void LogLine(const std::string& text, bool error) {
  static Throttle& throttle = *new Throttle(absl::Minutes(10));
  if (absl::StrContains(text, "Handshake failed")) {
    const std::string why = Explain(text);
    if (!warns_of_handshakes || !throttle.Due(why, absl::Now())) {
      spdlog::debug("A TLS handshake failed. reason={}", LogValue(text));
    } else {
      spdlog::warn("A client was refused: the TLS handshake with it failed. reason={}", LogValue(why));
    }
  } else if (error && throttle.Due(text, absl::Now())) {
    spdlog::warn("gRPC reports an error. text={}", LogValue(text));
  } else {
    spdlog::debug("gRPC logged a line. text={}", LogValue(text));
  }
}

#if SWARMBELL_GRPC_LOGS_BY_ABSL

class Sink final : public absl::LogSink {
 public:
  void Send(const absl::LogEntry& entry) override {
    const auto text = entry.text_message();
    LogLine(std::string(text.data(), text.size()), entry.log_severity() >= absl::LogSeverity::kError);
  }
};

void Route() {
  static Sink& sink = *new Sink;
  absl::SetStderrThreshold(absl::LogSeverityAtLeast::kInfinity);
  absl::InitializeLog();
  absl::AddLogSink(&sink);
}

#else

void LogGprLine(gpr_log_func_args* line) { LogLine(line->message, line->severity == GPR_LOG_SEVERITY_ERROR); }

void Route() { gpr_set_log_function(LogGprLine); }

#endif

}  // namespace

void DropLockChecks() { absl::SetMutexDeadlockDetectionMode(absl::OnDeadlockCycle::kIgnore); }

void RouteGrpcLog(bool warn_of_handshakes) {
  warns_of_handshakes = warn_of_handshakes;
  Route();
}

}  // namespace swarmbell
