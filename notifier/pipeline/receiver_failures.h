#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "notifier/pipeline/stage.h"

namespace swarmbell {

// Which receivers were told as failing, also by the process before: each is told once, and once when it
// accepts posts again. Holds one entry for each receiver. Makes such changes the notifier's own.
class ReceiverFailures : public Stage {
 public:
  // `receivers` are all that there are; unset: any.
  explicit ReceiverFailures(std::optional<std::set<std::string>> receivers = std::nullopt)
      : receivers_(std::move(receivers)) {}

  // From now on these are all. Forgets the others: they were taken out of the configuration.
  void Configure(std::optional<std::set<std::string>> receivers);

  std::string_view Name() const override { return "receiver-failures"; }
  StageResult Pass(const PassingChange& change, const Moment& at, HandOn next) override;

  // The events to emit for a `receiver_failing` or `receiver_recovered`; none when it is no news.
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
