#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "notifier/feed/receipt.h"
#include "notifier/pipeline/stage.h"

namespace swarmbell {

// Remembers the notifier's own changes until they are settled: no collector sends them again if this process
// ends first. Drops a change that is being posted already.
class OwnChanges : public Stage {
 public:
  std::string_view Name() const override { return "own-changes"; }
  StageResult Pass(const PassingChange& change, const Moment& at, HandOn next) override;

  // The changes that are not settled.
  std::vector<v1::ChangeEvent> Unsettled() const;

  void ForgetSettled();

 private:
  struct Own {
    v1::ChangeEvent event;
    std::weak_ptr<Receipt> hold;  // expired: settled or lost
  };
  std::map<std::string, Own> own_;  // by event_id
};

}  // namespace swarmbell
