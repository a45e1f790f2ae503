#include "common/grpc/grpc_log.h"

#include <grpcpp/version_info.h>
#include <spdlog/spdlog.h>

#include <atomic>
#include <string>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "common/process/log_value.h"
#include "common/process/throttle.h"

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

std::atomic<bool> tell_handshakes_to_all = false;

// Advice for a person about a failed handshake, from the words of OpenSSL.
std::string Explain(const std::string& text) {
  const auto says = [&](const char* words) { return absl::StrContains(text, words); };
  if (says("peer did not return a certificate")) {
    return "it shows no certificate, and tls.client_ca asks for one: give it tls.cert and tls.key";
  }
  if (says("certificate verify failed")) {
    return "its certificate is not signed by tls.client_ca, or its time is over";
  }
  if (says("wrong version number") || says("http request")) return "it does not speak TLS: give it tls.ca";
  if (says("unknown ca") || says("bad certificate") || says("certificate unknown")) {
    return "it does not trust the certificate of tls.cert: give it the right tls.ca, and a name that the "
           "certificate is for";
  }
  if (says("certificate expired")) return "it says that the certificate of tls.cert has expired";
  return text;
}

void Take(const std::string& text, bool error) {
  static Throttle& told = *new Throttle(absl::Minutes(10));
  if (absl::StrContains(text, "Handshake failed")) {
    const std::string why = Explain(text);
    if (!tell_handshakes_to_all || !told.Due(why, absl::Now())) {
      spdlog::debug("A TLS handshake failed. reason={}", LogValue(text));
    } else {
      spdlog::warn("A client was refused: the TLS handshake with it failed. reason={}", LogValue(why));
    }
  } else if (error && told.Due(text, absl::Now())) {
    spdlog::warn("gRPC reports a fault. text={}", LogValue(text));
  } else {
    spdlog::debug("gRPC says something. text={}", LogValue(text));
  }
}

#if SWARMBELL_GRPC_LOGS_BY_ABSL
class Sink final : public absl::LogSink {
 public:
  void Send(const absl::LogEntry& entry) override {
    const auto text = entry.text_message();
    Take(std::string(text.data(), text.size()), entry.log_severity() >= absl::LogSeverity::kError);
  }
};

void Route() {
  static Sink& sink = *new Sink;
  absl::SetStderrThreshold(absl::LogSeverityAtLeast::kInfinity);
  absl::InitializeLog();
  absl::AddLogSink(&sink);
}
#else
void TakeGprLine(gpr_log_func_args* line) { Take(line->message, line->severity == GPR_LOG_SEVERITY_ERROR); }

void Route() { gpr_set_log_function(TakeGprLine); }
#endif

}  // namespace

void RouteGrpcLog(bool tell_handshakes) {
  tell_handshakes_to_all = tell_handshakes;
  Route();
}

}  // namespace swarmbell
