#pragma once

#include <memory>
#include <mutex>
#include <utility>

#include "notifier/rules/rule_set.h"

namespace swarmbell {

// The rules, which others may replace while they are used. Thread-safe.
class RulesInForce {
 public:
  explicit RulesInForce(RuleSet rules) { Replace(std::move(rules)); }

  std::shared_ptr<const RuleSet> Get() const {
    const std::lock_guard lock(mutex_);
    return rules_;
  }

  void Replace(RuleSet rules) {
    auto fresh = std::make_shared<const RuleSet>(std::move(rules));
    const std::lock_guard lock(mutex_);
    rules_ = std::move(fresh);
  }

 private:
  mutable std::mutex mutex_;
  std::shared_ptr<const RuleSet> rules_;  // guarded by mutex_
};

}  // namespace swarmbell
