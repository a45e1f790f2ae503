// Containers that no service owns: restart loops, dead ones, and failing health checks.

#include <algorithm>
#include <charconv>
#include <utility>

#include "absl/strings/str_cat.h"
#include "collector/diff/comparison.h"
#include "collector/diff/summaries.h"
#include "collector/snapshot/masking.h"
#include "collector/snapshot/snapshot.h"

namespace swarmbell {
namespace {

constexpr const char* kRestarting = "restarting";
constexpr const char* kDead = "dead";
constexpr const char* kRemoving = "removing";
constexpr const char* kRunning = "running";
constexpr const char* kExited = "exited";
constexpr const char* kPaused = "paused";
constexpr const char* kCreated = "created";
// Not the engine's: it says so in the status of a running container.
constexpr const char* kUnhealthy = "unhealthy";

// The engine's words in front of the exit code.
constexpr const char* kRestartingCode = "Restarting (";
constexpr const char* kExitedCode = "Exited (";

// The codes of programs that a signal ended: 128 and its number.
constexpr std::int32_t kInterrupted = 130;
constexpr std::int32_t kKilled = 137;
constexpr std::int32_t kTerminated = 143;

// The number after `prefix`.
std::optional<std::int64_t> NumberAfter(const std::string& text, const std::string& prefix) {
  if (text.rfind(prefix, 0) != 0) return std::nullopt;
  std::int64_t number = 0;
  const char* begin = text.data() + prefix.size();
  const auto [end, error] = std::from_chars(begin, text.data() + text.size(), number);
  if (error != std::errc() || end == begin) return std::nullopt;
  return number;
}

std::optional<std::int32_t> ExitCodeAfter(const std::string& status, const std::string& prefix) {
  const auto number = NumberAfter(status, prefix);
  return number ? ToExitCode(*number) : std::nullopt;
}

// The engine's word for the state; `unhealthy` for a running container whose health check fails.
std::string StateOf(const Container& container) {
  return container.state == kRunning && container.status.ends_with("(unhealthy)") ? kUnhealthy
                                                                                  : container.state;
}

// True while the health check of a container that has just started has not decided yet.
bool IsUndecided(const Container& container) { return container.status.ends_with("(health: starting)"); }

// The longest time that a container can have run, by its status; only the first minute is exact.
absl::Duration LongestUpTime(const std::string& status) {
  if (status.rfind("Up Less than a second", 0) == 0) return absl::Seconds(1);
  const auto seconds = NumberAfter(status, "Up ");
  if (!seconds || status.find(" second") == std::string::npos) return absl::InfiniteDuration();
  return absl::Seconds(*seconds + 1);
}

class ContainerComparison {
 public:
  // For a container that is gone, or is listed now; `before` is null for a new one.
  static ContainerComparison Gone(Comparison& comparison, const Container& before) {
    return {comparison, &before, nullptr, before};
  }
  static ContainerComparison Listed(Comparison& comparison, const Container* before, const Container& now) {
    return {comparison, before, &now, now};
  }

  void Run() {
    auto& troubles = comparison_.known.troubles;
    auto trouble = troubles.find(last_.id);
    if (trouble == troubles.end()) {
      if (!InTrouble()) return;
      trouble = troubles.emplace(last_.id, Begin()).first;
      // An older version kept the container without saying so.
      if (state_ == kUnhealthy && before_ != nullptr && StateOf(*before_) == state_)
        trouble->second.at_baseline = true;
    }
    if (Follow(trouble->second)) troubles.erase(last_.id);
  }

 private:
  ContainerComparison(Comparison& comparison, const Container* before, const Container* now,
                      const Container& last)
      : comparison_(comparison),
        before_(before),
        now_(now),
        last_(last),
        state_(now == nullptr ? std::string() : StateOf(*now)) {}

  bool InTrouble() const {
    return state_ == kRestarting || state_ == kDead || state_ == kRemoving || state_ == kUnhealthy;
  }

  KnownTrouble Begin() const {
    return {
        .state = state_, .since = comparison_.fresh.read_time, .at_baseline = !comparison_.before.containers};
  }

  // Follows the trouble; true if it is over.
  bool Follow(KnownTrouble& trouble) {
    if (now_ == nullptr) return Recover(trouble);
    if (state_ != kRemoving) trouble.removing_since.reset();
    if (state_ == kDead || state_ == kRemoving) {
      DieOrWait(trouble);
      return false;
    }
    if (state_ == kPaused || state_ == kCreated) return false;  // neither ended nor back
    if (trouble.state == kUnhealthy && state_ != kRestarting) return FollowHealth(trouble);
    const bool gave_up = trouble.state == kExited;
    if (state_ == kRestarting) {
      if (gave_up || trouble.state == kUnhealthy) trouble = Begin();
      trouble.running_since.reset();
      if (!trouble.reported && !trouble.at_baseline) EmitRestarting(trouble);
      return false;
    }
    const bool in_loop = trouble.state == kRestarting;
    const bool runs = state_ == kRunning || state_ == kUnhealthy;
    if (runs && (in_loop || gave_up) && !IsCalm(trouble)) return false;
    if (state_ == kUnhealthy) return trouble = Begin(), FollowHealth(trouble);
    if (state_ == kExited && gave_up && ExitCode() != 0) return false;
    if (state_ == kExited && in_loop && ExitCode() != 0 && !IsStopped()) {
      GiveUp(trouble);
      return false;
    }
    return Recover(trouble);
  }

  // The same for a health check that fails. One that fails from time to time is reported once: it must pass
  // for as long as a container must run after a restart loop.
  bool FollowHealth(KnownTrouble& trouble) {
    const absl::Time now = comparison_.fresh.read_time;
    if (state_ == kUnhealthy) {
      trouble.running_since.reset();
      if (!trouble.reported && !trouble.at_baseline) EmitUnhealthy(trouble);
      return false;
    }
    if (state_ == kExited) return (ExitCode() == 0 || IsStopped()) && Recover(trouble);
    if (IsUndecided(*now_)) return false;
    if (!trouble.running_since) trouble.running_since = now;
    const absl::Duration calm = now - *trouble.running_since;
    return calm >= comparison_.context.container_calm_after && Recover(trouble);
  }

  // True while a container whose loop was reported is removed, which normally takes a moment: the loop is
  // over when it is gone.
  bool IsBeingRemoved(KnownTrouble& trouble) const {
    if (!trouble.reported || now_->state != kRemoving) return false;
    const absl::Time now = comparison_.fresh.read_time;
    if (!trouble.removing_since) trouble.removing_since = now;
    return now - *trouble.removing_since <= comparison_.context.container_dead_after;
  }

  // A container that is removed is `removing` for a moment.
  void DieOrWait(KnownTrouble& trouble) {
    const bool died_before = trouble.state == kDead || trouble.state == kRemoving;
    if (!died_before && IsBeingRemoved(trouble)) return;
    if (!died_before) {
      const absl::Time since = trouble.removing_since.value_or(comparison_.fresh.read_time);
      trouble = Begin();
      trouble.since = since;
    }
    const bool turned_dead = trouble.state == kRemoving && now_->state == kDead;
    if (turned_dead) trouble.state = kDead;
    const absl::Duration age = comparison_.fresh.read_time - trouble.since;
    const bool dead = now_->state == kDead || age > comparison_.context.container_dead_after;
    if (!dead || trouble.reported || trouble.at_baseline) return;
    trouble.reported = true;
    v1::ChangeEvent event;
    auto& details = *event.mutable_container_dead();
    *details.mutable_container() = Summary(*now_);
    if (before_ != nullptr) details.set_previous_state(before_->state);
    details.set_current_state(now_->state);
    EmitEvent(comparison_, Head(trouble), std::move(event));
  }

  bool IsCalm(KnownTrouble& trouble) {
    const absl::Time now = comparison_.fresh.read_time;
    const absl::Time started = now - LongestUpTime(now_->status);
    trouble.running_since = std::max(trouble.running_since.value_or(now), std::min(started, now));
    return now - *trouble.running_since >= comparison_.context.container_calm_after;
  }

  void EmitUnhealthy(KnownTrouble& trouble) {
    trouble.reported = true;
    v1::ChangeEvent event;
    *event.mutable_container_unhealthy()->mutable_container() = Summary(*now_);
    EmitEvent(comparison_, Head(trouble), std::move(event));
  }

  void EmitRestarting(KnownTrouble& trouble) {
    trouble.reported = true;
    v1::ChangeEvent event;
    auto& details = *event.mutable_container_restarting();
    *details.mutable_container() = Summary(*now_);
    if (before_ != nullptr && before_->state != kRestarting) details.set_previous_state(StateOf(*before_));
    if (const auto code = ExitCodeAfter(now_->status, kRestartingCode)) details.set_exit_code(*code);
    EmitEvent(comparison_, Head(trouble), std::move(event));
  }

  // The code in the status of an ended container.
  std::optional<std::int32_t> ExitCode() const { return ExitCodeAfter(now_->status, kExitedCode); }

  // True if a user stopped it. The engine's events say so. Without them, the exit code decides: it is that of
  // a signal, and the container did not end with it on its own before. A container that was never seen to end
  // may run out of memory each time.
  bool IsStopped() const {
    if (comparison_.fresh.stopped_containers.contains(last_.id)) return true;
    const auto code = ExitCode();
    const auto before = before_ == nullptr ? std::nullopt : ExitCodeAfter(before_->status, kRestartingCode);
    if (!code || code == before) return false;
    return *code == kTerminated || *code == kInterrupted || (*code == kKilled && before);
  }

  // Reported also for a restart loop that existed at the baseline. The trouble lasts until the container runs
  // again or is gone.
  void GiveUp(KnownTrouble& trouble) {
    v1::ChangeEvent event;
    auto& details = *event.mutable_container_gave_up();
    *details.mutable_container() = Summary(*now_);
    details.set_previous_state(trouble.state);
    details.set_current_state(now_->state);
    if (const auto code = ExitCode()) details.set_exit_code(*code);
    if (!trouble.at_baseline) *details.mutable_start_time() = ToProto(trouble.since);
    EmitEvent(comparison_, Head(trouble), std::move(event));
    trouble.state = kExited;
    trouble.reported = true;
    trouble.at_baseline = false;
    trouble.running_since.reset();
  }

  bool Recover(const KnownTrouble& trouble) {
    if (!trouble.reported) return true;
    v1::ChangeEvent event;
    auto& details = *event.mutable_container_recovered();
    *details.mutable_container() = Summary(last_);
    details.set_previous_state(trouble.state);
    details.set_current_state(now_ == nullptr ? std::string() : now_->state);
    *details.mutable_start_time() = ToProto(trouble.since);
    EmitEvent(comparison_, Head(trouble), std::move(event));
    return true;
  }

  EventHead Head(const KnownTrouble& trouble) const {
    EventHead head;
    head.resource = ContainerResource(last_);
    if (now_ == nullptr) head.action = v1::ACTION_REMOVED;
    head.discriminator =
        absl::StrCat(comparison_.context.observer.node_id(), " ", trouble.state, " ", TimeKey(trouble.since));
    return head;
  }

  v1::ContainerSummary Summary(const Container& container) const {
    v1::ContainerSummary summary;
    summary.set_image(ShowMasked(container.image).text);
    summary.set_node_id(comparison_.context.observer.node_id());
    summary.set_node_hostname(comparison_.context.observer.hostname());
    summary.set_status(ShowMasked(container.status).text);
    return summary;
  }

  Comparison& comparison_;
  const Container* before_;
  const Container* now_;
  const Container& last_;    // now, or before
  const std::string state_;  // now; see StateOf()
};

}  // namespace

void CompareContainers(Comparison& comparison) {
  static const auto* const none = new Objects<Container>();
  const Objects<Container>& now = *comparison.fresh.containers;
  const Objects<Container>& before = comparison.before.containers ? *comparison.before.containers : *none;
  for (const auto& [id, container] : before) {
    if (!now.contains(id)) ContainerComparison::Gone(comparison, *container).Run();
  }
  for (const auto& [id, container] : now) {
    ContainerComparison::Listed(comparison, before.Find(id), *container).Run();
  }
}

}  // namespace swarmbell
