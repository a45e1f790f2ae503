#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>

#include "common/time/clock.h"
#include "notifier/alert/alert_group.h"
#include "notifier/feed/last_words.h"
#include "notifier/feed/pending_last_words.h"

namespace swarmbell {

// Requests the last words of the failed task of each red message: once for all receivers of a message. Keeps
// nothing beyond the messages. Not thread-safe.
class LastWordsRequests {
 public:
  // Must not wait, and sets `wanted` sooner or later.
  using Read =
      std::function<void(const LastWordsSource& source, const std::shared_ptr<PendingLastWords>& wanted)>;

  // `clock` must outlive the object.
  LastWordsRequests(Read read, Clock& clock) : read_(std::move(read)), clock_(clock) {}

  // To be called when the message is emitted. Null if it shows no output.
  std::shared_ptr<PendingLastWords> For(const AlertGroup& message);

 private:
  const Read read_;
  Clock& clock_;
  std::map<std::string, std::weak_ptr<PendingLastWords>> recent_;  // by task
};

}  // namespace swarmbell
