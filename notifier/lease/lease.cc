#include "notifier/lease/lease.h"

#include <spdlog/spdlog.h>
#include <unistd.h>

#include <array>
#include <random>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/process/logging.h"

namespace swarmbell {
namespace {

constexpr char kOnDuty[] = "swarmbell_on_duty";

// Acquires the key if it has no holder, unless the argument is `look`, and renews it if this process holds
// it.
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
  metrics.Declare(MetricKind::kGauge, kOnDuty, "1 while this notifier is active, 0 while it is the standby.");
}

std::string NewLeaseHolder() {
  std::array<char, 256> host{};
  if (gethostname(host.data(), host.size() - 1) != 0) host[0] = '\0';
  std::random_device random;
  return absl::StrCat(host.data(), "-", getpid(), "-", absl::Hex(random(), absl::kZeroPad8));
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
    spdlog::debug("The lease could not be released. reason={}",
                  LogValue(std::string(released.status().message())));
  }
}

void Lease::Run(std::stop_token stop) {
  do {
    Try();
  } while (clock_.Sleep(options_.time_to_live / 4, stop));
}

void Lease::Try() {
  const absl::StatusOr<std::string> holder = AcquireOrRenew();
  if (holder.ok()) {
    if (!std::exchange(trouble_, "").empty()) {
      spdlog::info("Redis is reached again. redis={}", options_.redis.address.Shown());
    }
    last_contact_ = clock_.Steady();
    ever_reached_ = true;
    HandleHolder(*holder);
  } else {
    HandleError(holder.status());
  }
}

absl::StatusOr<std::string> Lease::AcquireOrRenew() {
  const absl::StatusOr<RedisReply> reply =
      redis_.Run({"EVAL", kHold, "1", options_.key, options_.holder,
                  absl::StrCat(absl::ToInt64Milliseconds(options_.time_to_live)),
                  duty_ == false && !vacant_ ? "look" : "take"});
  if (!reply.ok()) return reply.status();
  // After Redis was away or lost the key, the active notifier must get it again: a standby looks twice.
  vacant_ = reply->IsNil();
  if (vacant_) return other_;
  if (!reply->IsText()) return absl::DataLossError("Redis gave an unexpected answer for the lease");
  return reply->text;
}

void Lease::HandleHolder(const std::string& other) {
  held_ = other.empty();
  if (!held_ && (duty_ != false || other != other_)) {
    spdlog::info("Standby: another notifier is active. holder={}", LogValue(other));
  }
  other_ = other;
  SetDuty(held_);
}

void Lease::HandleError(const absl::Status& why) {
  if (trouble_.empty()) {
    spdlog::warn("The lease cannot be renewed. reason={}", LogValue(std::string(why.message())));
  }
  trouble_ = std::string(why.message());
  const absl::Duration patience = ever_reached_ ? options_.alone_after : options_.alone_at_start_after;
  if (duty_ == true || clock_.Steady() - last_contact_ < patience) return;
  spdlog::warn(
      "Active without a lease: other notifiers may be active too, and alerts may be posted twice. away={}",
      absl::FormatDuration(absl::Trunc(clock_.Steady() - last_contact_, absl::Seconds(1))));
  SetDuty(true);
}

void Lease::SetDuty(bool on_duty) {
  if (duty_ == on_duty) return;
  duty_ = on_duty;
  metrics_.Set(kOnDuty, {}, on_duty ? 1 : 0);
  if (on_duty)
    spdlog::info("Active: this notifier follows the collectors. holder={}", LogValue(options_.holder));
  on_duty_(on_duty);
}

}  // namespace swarmbell
