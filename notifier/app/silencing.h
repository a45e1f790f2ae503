#pragma once

#include <functional>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/time/clock.h"
#include "notifier/pipeline/pipeline_runner.h"
#include "swarmbell/v1/notifier.pb.h"
#include "swarmbell/v1/silence.pb.h"

namespace swarmbell {

// The silences of the running pipeline, for the gRPC service: each call waits, for 5 seconds at most, until
// the pipeline's thread has answered. Thread-safe.
class Silencing {
 public:
  // `check_active` is OK while this notifier is the active one. Both others must outlive the object.
  Silencing(PipelineRunner& runner, std::function<absl::Status()> check_active, Clock& clock)
      : runner_(runner), check_active_(std::move(check_active)), clock_(clock) {}

  // As NotifierService says. DEADLINE_EXCEEDED if the pipeline did not answer in time: it may still do what
  // was asked.
  absl::StatusOr<v1::Silence> Begin(const v1::SilenceRequest& request);
  absl::StatusOr<std::vector<v1::Silence>> List();
  absl::StatusOr<v1::Silence> End(const v1::UnsilenceRequest& request);

 private:
  template <typename Answer>
  absl::StatusOr<Answer> Ask(std::function<absl::StatusOr<Answer>(Silences& silences)> question);

  PipelineRunner& runner_;
  const std::function<absl::Status()> check_active_;
  Clock& clock_;
};

}  // namespace swarmbell
