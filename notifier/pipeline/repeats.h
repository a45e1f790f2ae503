#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

#include "common/lru/lru_map.h"
#include "notifier/pipeline/stage.h"

namespace swarmbell {

// Drops repeats: a change is reported once although several collectors see it and a resumed stream repeats
// it. The receipt of a repeat is held by the first one, until that is settled. Remembers at most `capacity`
// identifiers and evicts the one seen longest ago. Receipts may be released on any thread.
class Repeats : public Stage {
 public:
  explicit Repeats(std::size_t capacity) : capacity_(capacity) {}

  std::string_view Name() const override { return "repeats"; }
  // Gives a new change its hold. The notifier's own changes come once and pass.
  StageResult Pass(const PassingChange& change, const Moment& at, HandOn next) override;

  // The hold of a change that is new; null for a repeat. An empty identifier is never a repeat.
  std::shared_ptr<Receipt> Take(const std::string& id, const std::shared_ptr<Receipt>& receipt);

 private:
  std::size_t capacity_;
  LruMap<std::string, std::weak_ptr<Receipt>> met_;  // by identifier
};

}  // namespace swarmbell
