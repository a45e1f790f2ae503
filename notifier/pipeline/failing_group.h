#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "notifier/pipeline/crash_loop.h"
#include "notifier/pipeline/stage.h"
#include "swarmbell/v1/change_event.pb.h"

namespace swarmbell {

// The services whose tasks fail with one error, and the report about them. Pure.
struct FailingGroup {
  struct Member {
    v1::ChangeEvent event;       // the rejection or the crash loop that came last
    bool failing = true;         // false: it has stopped failing
    bool renewed = false;        // has newer settings than those that were reported
    bool joined = false;         // after the report
    std::uint32_t failures = 0;  // in all, once it has stopped failing
    absl::Time last;             // failure, likewise
  };
  struct Waiting {
    v1::ChangeEvent event;
    std::shared_ptr<Receipt> hold;
  };

  std::string steering;                   // the rules' decision about each
  std::map<std::string, Member> members;  // by ServiceKey
  std::vector<Waiting> waiting;           // empty once it was reported together
  absl::Time start;                       // of the wait
  absl::Time last;                        // when its last change came
  absl::Time due = absl::InfiniteFuture();
  std::optional<v1::ChangeEvent> reported;  // the `services_failing`
  absl::Time reported_at;

  bool HasWaiting(const std::string& service) const;  // by ServiceKey
  bool StillFails() const;                            // true if any of its services does

  // The `services_failing` about those that fail, made for the changes from `first` to `latest`.
  v1::ChangeEvent Report(const v1::ChangeEvent& first, const v1::ChangeEvent& latest,
                         const CrashLoops& loops) const;
  // The `services_failing_over` about all that were reported; only for a group that was.
  v1::ChangeEvent End(absl::Time now) const;
};

}  // namespace swarmbell
