#include "notifier/app/silencing.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <cstdint>
#include <future>
#include <memory>
#include <random>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "common/process/logging.h"
#include "common/time/proto_time.h"

namespace swarmbell {
namespace {

constexpr absl::Duration kAnswerLimit = absl::Seconds(5);

// Far from any length that is allowed, and from what a time can express.
constexpr std::int64_t kMostSeconds = std::int64_t{1} << 32;

absl::Duration FromProto(const google::protobuf::Duration& duration) {
  const std::int64_t seconds = std::clamp(duration.seconds(), -kMostSeconds, kMostSeconds);
  return absl::Seconds(seconds) + absl::Nanoseconds(duration.nanos());
}

std::string NewId() {
  std::random_device random;
  return absl::StrCat(absl::Hex(random(), absl::kZeroPad8));
}

}  // namespace

template <typename Answer>
absl::StatusOr<Answer> Silencing::Ask(std::function<absl::StatusOr<Answer>(Silences& silences)> question) {
  if (absl::Status active = check_active_(); !active.ok()) return active;
  // Both sides hold it: this one may give up first.
  const auto promise = std::make_shared<std::promise<absl::StatusOr<Answer>>>();
  std::future<absl::StatusOr<Answer>> answer = promise->get_future();
  const bool asked = runner_.Do([promise, question = std::move(question)](Pipeline& pipeline) {
    promise->set_value(question(pipeline.SilencesInForce()));
  });
  if (!asked) return absl::UnavailableError("the notifier is busy or ends; try again");
  if (answer.wait_for(absl::ToChronoMilliseconds(kAnswerLimit)) != std::future_status::ready) {
    return absl::DeadlineExceededError("the notifier is busy: look at --silences whether it was done");
  }
  return answer.get();
}

absl::StatusOr<v1::Silence> Silencing::Begin(const v1::SilenceRequest& request) {
  v1::Silence wanted;
  wanted.set_id(NewId());
  wanted.set_match(request.match());
  wanted.set_by(request.by());
  wanted.set_because(request.because());
  const absl::Time now = clock_.Now();
  *wanted.mutable_start_time() = ToProto(now);
  *wanted.mutable_end_time() = ToProto(now + FromProto(request.duration()));
  auto silence = Ask<v1::Silence>([wanted](Silences& silences) { return silences.Begin(wanted); });
  if (silence.ok()) {
    spdlog::info("Alerts are silenced. silence={} match={} by={}", silence->id(), LogValue(silence->match()),
                 LogValue(silence->by()));
  }
  return silence;
}

absl::StatusOr<std::vector<v1::Silence>> Silencing::List() {
  return Ask<std::vector<v1::Silence>>(
      [now = clock_.Now()](Silences& silences) -> absl::StatusOr<std::vector<v1::Silence>> {
        return silences.InForce(now);
      });
}

absl::StatusOr<v1::Silence> Silencing::End(const v1::UnsilenceRequest& request) {
  auto silence = Ask<v1::Silence>([request, now = clock_.Now()](Silences& silences) {
    return silences.End(request.id(), request.by(), now);
  });
  if (silence.ok()) {
    spdlog::info("A silence was ended early. silence={} match={} by={}", silence->id(),
                 LogValue(silence->match()), LogValue(request.by()));
  }
  return silence;
}

}  // namespace swarmbell
