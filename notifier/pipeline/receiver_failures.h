#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/time/time.h"
#include "notifier/pipeline/stage.h"

namespace swarmbell {

// The receivers that were reported as failing, also by the process before: each is reported once, and once
// when it accepts posts again. Holds one entry for each receiver. Makes such changes the notifier's own.
class ReceiverFailures : public Stage {
 public:
  // `receivers` are all that exist; unset: any.
  explicit ReceiverFailures(std::optional<std::set<std::string>> receivers = std::nullopt)
      : receivers_(std::move(receivers)) {}

  // Replaces the receivers. Forgets the others: they were removed from the configuration.
  void Configure(std::optional<std::set<std::string>> receivers);

  std::string_view Name() const override { return "receiver-failures"; }
  StageResult Pass(const PassingChange& change, const Moment& at, HandOn next) override;

  // The event to emit for a `receiver_failing` or `receiver_recovered`; none if it was reported before.
  std::optional<v1::ChangeEvent> News(const v1::ChangeEvent& event);

  // Restores reports from before a restart. Returns the end of a report if the receiver has accepted a post
  // meanwhile.
  std::optional<v1::ChangeEvent> Restore(const v1::ChangeEvent& failing, absl::Time now);

  // The open reports.
  std::vector<v1::ChangeEvent> Open() const;

  // True if the `receiver_failing` of the previous process, which not every receiver got, must still be
  // posted: not if this process has reported the same with an identifier of its own. Ask before it is
  // restored.
  bool IsNews(const v1::ChangeEvent& failing) const;

 private:
  // Nothing is reported about a removed receiver: its failure would never end.
  bool Exists(const std::string& receiver) const;

  std::optional<std::set<std::string>> receivers_;
  std::map<std::string, v1::ChangeEvent> open_;  // the `receiver_failing`, by receiver
  std::set<std::string> working_;                // have accepted a post since the start or their last failure
};

}  // namespace swarmbell
