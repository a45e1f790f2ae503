#include "notifier/app/silence_commands.h"

#include <grpcpp/grpcpp.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <iostream>
#include <memory>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "common/grpc/auth.h"
#include "common/grpc/grpc_server.h"
#include "common/grpc/status.h"
#include "common/process/host_name.h"
#include "common/settings/setting.h"
#include "common/time/proto_time.h"
#include "notifier/cards/text.h"
#include "notifier/cards/words.h"
#include "swarmbell/v1/notifier.grpc.pb.h"

namespace swarmbell {
namespace {

constexpr absl::Duration kCommandLimit = absl::Seconds(10);
constexpr absl::Duration kQuickLimit = absl::Seconds(1);

// The notifier that listens as the configuration says.
class RunningNotifier {
 public:
  RunningNotifier(const NotifierConfig& config, absl::Duration limit)
      : target_(LocalTarget(config.listen)),
        token_(config.auth_token),
        limit_(limit),
        stub_(
            v1::NotifierService::NewStub(grpc::CreateChannel(target_, grpc::InsecureChannelCredentials()))) {}

  template <typename Request, typename Response>
  absl::Status Call(grpc::Status (v1::NotifierService::Stub::*method)(grpc::ClientContext*, const Request&,
                                                                      Response*),
                    const Request& request, Response& response) {
    grpc::ClientContext context;
    context.set_deadline(absl::ToChronoTime(absl::Now() + limit_));
    AddAuthToken(context, token_);
    const absl::Status status = ToAbslStatus(((*stub_).*method)(&context, request, &response));
    if (status.ok()) return status;
    return absl::Status(status.code(), absl::StrCat("the notifier at ", target_,
                                                    " answered: ", std::string(status.message())));
  }

 private:
  const std::string target_;
  const AuthToken token_;
  const absl::Duration limit_;
  const std::unique_ptr<v1::NotifierService::Stub> stub_;
};

// `alice@laptop`: whoever is logged in, also behind sudo.
std::string OwnName() {
  for (const char* variable : {"SUDO_USER", "USER", "LOGNAME"}) {
    const char* const name = std::getenv(variable);
    if (name != nullptr && *name != '\0') return absl::StrCat(name, "@", OwnHostName("unknown host"));
  }
  return absl::StrCat("user ", getuid(), "@", OwnHostName("unknown host"));
}

std::string ByOf(const CommandLine& line) { return line.Has("--by") ? line.Value("--by") : OwnName(); }

std::string TimeWords(const google::protobuf::Timestamp& time) {
  return absl::FormatTime("%Y-%m-%d %H:%M:%S %Z", FromProto(time), absl::LocalTimeZone());
}

void Write(const v1::Silence& silence, std::ostream& out) {
  out << silence.id() << "  " << cards::Printable(silence.match()) << "  until "
      << TimeWords(silence.end_time()) << "  by " << cards::Printable(silence.by());
  if (!silence.because().empty()) out << ": " << cards::Printable(silence.because());
  if (silence.silenced_changes() > 0)
    out << "  (" << cards::Counted(silence.silenced_changes(), "alert", "alerts") << " not posted)";
  out << '\n';
}

absl::Status Silence(const CommandLine& line, const NotifierConfig& config, std::ostream& out) {
  const auto length = ParseDuration(line.Value("--for"));
  if (!length) {
    return absl::InvalidArgumentError(line.Has("--for")
                                          ? absl::StrCat("--for ", Quoted(line.Value("--for")),
                                                         " is not a duration (for example 30m, 2h, 1h30m)")
                                          : "--silence needs --for, for example --for 1h");
  }
  v1::SilenceRequest request;
  request.set_match(line.Value("--silence"));
  request.set_by(ByOf(line));
  request.set_because(line.Value("--because"));
  request.mutable_duration()->set_seconds(absl::ToInt64Seconds(*length));
  request.mutable_duration()->set_nanos(
      static_cast<int>(absl::ToInt64Nanoseconds(*length % absl::Seconds(1))));
  v1::SilenceResponse response;
  RunningNotifier notifier(config, kCommandLimit);
  if (absl::Status called = notifier.Call(&v1::NotifierService::Stub::Silence, request, response);
      !called.ok()) {
    return called;
  }
  Write(response.silence(), out);
  out << "To end it early: swarmbell-notifier --unsilence " << response.silence().id() << '\n';
  return absl::OkStatus();
}

absl::Status Unsilence(const CommandLine& line, const NotifierConfig& config, std::ostream& out) {
  v1::UnsilenceRequest request;
  request.set_id(line.Value("--unsilence"));
  request.set_by(ByOf(line));
  v1::UnsilenceResponse response;
  RunningNotifier notifier(config, kCommandLimit);
  if (absl::Status called = notifier.Call(&v1::NotifierService::Stub::Unsilence, request, response);
      !called.ok()) {
    return called;
  }
  const v1::Silence& silence = response.silence();
  out << "The silence " << silence.id()
      << " is over. Not posted: " << cards::Counted(silence.silenced_changes(), "alert", "alerts")
      << "; a summary is posted now.\n";
  return absl::OkStatus();
}

absl::StatusOr<std::vector<v1::Silence>> Ask(const NotifierConfig& config, absl::Duration limit) {
  v1::ListSilencesResponse response;
  RunningNotifier notifier(config, limit);
  const absl::Status called =
      notifier.Call(&v1::NotifierService::Stub::ListSilences, v1::ListSilencesRequest(), response);
  if (!called.ok()) return called;
  return std::vector<v1::Silence>(response.silences().begin(), response.silences().end());
}

absl::Status ListSilences(const NotifierConfig& config, std::ostream& out) {
  const absl::StatusOr<std::vector<v1::Silence>> silences = Ask(config, kCommandLimit);
  if (!silences.ok()) return silences.status();
  for (const v1::Silence& silence : *silences) Write(silence, out);
  if (silences->empty()) out << "No silence is in force.\n";
  return absl::OkStatus();
}

int ExitCode(const absl::Status& status, std::ostream& out) {
  out.flush();
  if (status.ok()) return 0;
  std::cerr << "swarmbell-notifier: " << std::string(status.message()) << '\n';
  return kExitFailure;
}

}  // namespace

std::optional<int> RunSilenceCommand(const CommandLine& line, const NotifierConfig& config,
                                     std::ostream& out) {
  if (line.Has("--silence")) return ExitCode(Silence(line, config, out), out);
  if (line.Has("--unsilence")) return ExitCode(Unsilence(line, config, out), out);
  if (line.Has("--silences")) return ExitCode(ListSilences(config, out), out);
  for (const char* flag : {"--for", "--because", "--by"}) {
    if (!line.Has(flag)) continue;
    std::cerr << "swarmbell-notifier: " << flag << " belongs to --silence or --unsilence\n";
    return kExitUsage;
  }
  return std::nullopt;
}

absl::StatusOr<std::vector<v1::Silence>> AskForSilences(const NotifierConfig& config) {
  return Ask(config, kQuickLimit);
}

}  // namespace swarmbell
