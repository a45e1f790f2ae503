#include "notifier/lease/lease.h"

#include <spdlog/spdlog.h>
#include <unistd.h>

#include <random>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/process/host_name.h"
#include "common/process/log_value.h"

namespace swarmbell {
namespace {

constexpr char kOnDuty[] = "swarmbell_on_duty";

// Takes the key when nobody has it, unless told to look only, and renews it when it is this process's.
constexpr char kHold[] =
    "local holder = redis.call('GET', KEYS[1]) "
    "if not holder and ARGV[3] == 'look' then return false end "
    "if not holder or holder == ARGV[1] then "
    "redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2]) return '' end "
    "return holder";

constexpr char kRelease[] =
    "if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) end return 0";

}  // namespace

void DeclareLeaseMetrics(Metrics& metrics) {
  metrics.Declare(MetricKind::kGauge, kOnDuty,
                  "Whether this notifier follows the collectors; 0: another one does.");
}

std::string NewLeaseHolder() {
  std::random_device random;
  return absl::StrCat(OwnHostName(""), "-", getpid(), "-", absl::Hex(random(), absl::kZeroPad8));
}

Lease::Lease(LeaseOptions options, std::function<void(bool)> on_duty, Clock& clock, Metrics& metrics)
    : options_(std::move(options)),
      on_duty_(std::move(on_duty)),
      clock_(clock),
      metrics_(metrics),
      redis_(options_.redis),
      last_contact_(clock.Steady()) {
  metrics_.Set(kOnDuty, {}, 0);
  thread_ = std::jthread([this](std::stop_token stop) { Run(std::move(stop)); });
}

Lease::~Lease() {
  Stop();
  Release();
}

void Lease::Stop() {
  if (!thread_.joinable()) return;
  thread_.request_stop();
  thread_.join();
}

void Lease::Release() {
  if (!std::exchange(held_, false)) return;
  const auto released = redis_.Run({"EVAL", kRelease, "1", options_.key, options_.holder});
  if (!released.ok()) {
    spdlog::debug("The lease could not be given back: {}", std::string(released.status().message()));
  }
}

void Lease::Run(std::stop_token stop) {
  do {
    Try();
  } while (clock_.Sleep(options_.time_to_live / 4, stop));
}

void Lease::Try() {
  const absl::StatusOr<std::string> holder = Hold();
  if (holder.ok()) {
    if (!std::exchange(trouble_, "").empty()) {
      spdlog::info("Redis is reached again. redis={}", options_.redis.address.Shown());
    }
    last_contact_ = clock_.Steady();
    ever_reached_ = true;
    Held(*holder);
  } else {
    NotReached(holder.status());
  }
}

absl::StatusOr<std::string> Lease::Hold() {
  const absl::StatusOr<RedisReply> reply =
      redis_.Run({"EVAL", kHold, "1", options_.key, options_.holder,
                  absl::StrCat(absl::ToInt64Milliseconds(options_.time_to_live)),
                  duty_ == false && !vacant_ ? "look" : "take"});
  if (!reply.ok()) return reply.status();
  // After Redis was away or forgot the key, whoever was on duty is to have it again: a stand-by looks twice.
  vacant_ = reply->IsNil();
  if (vacant_) return other_;
  if (!reply->IsText()) return absl::DataLossError("Redis answered to the lease with something else");
  return reply->text;
}

void Lease::Held(const std::string& other) {
  held_ = other.empty();
  if (!held_ && (duty_ != false || other != other_)) {
    spdlog::info("Standing by: another notifier is on duty. holder={}", LogValue(other));
  }
  other_ = other;
  Become(held_);
}

void Lease::NotReached(const absl::Status& why) {
  if (trouble_.empty()) {
    spdlog::warn("The lease of the notifiers cannot be kept: {}", std::string(why.message()));
  }
  trouble_ = std::string(why.message());
  const absl::Duration patience = ever_reached_ ? options_.alone_after : options_.alone_at_start_after;
  if (duty_ == true || clock_.Steady() - last_contact_ < patience) return;
  spdlog::warn("Going on duty without a lease, as others may do: an alert may be told twice. away={}",
               absl::FormatDuration(absl::Trunc(clock_.Steady() - last_contact_, absl::Seconds(1))));
  Become(true);
}

void Lease::Become(bool on_duty) {
  if (duty_ == on_duty) return;
  duty_ = on_duty;
  metrics_.Set(kOnDuty, {}, on_duty ? 1 : 0);
  if (on_duty) spdlog::info("On duty. holder={}", LogValue(options_.holder));
  on_duty_(on_duty);
}

}  // namespace swarmbell
