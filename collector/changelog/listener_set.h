#pragma once

#include <functional>
#include <memory>

#include "collector/changelog/change_log.h"

namespace swarmbell {

// The listeners of a change log, for its implementations. Thread-safe; a listener may outlive the set.
class ListenerSet {
 public:
  ListenerSet();
  ~ListenerSet();
  ListenerSet(const ListenerSet&) = delete;
  ListenerSet& operator=(const ListenerSet&) = delete;

  // As ChangeLog::Listen. A listener must not be destroyed by its own `on_change`.
  std::unique_ptr<ChangeLog::Listener> Add(std::function<void()> on_change);

  // Calls every listener, holding no lock but that listener's own.
  void Notify() const;

 private:
  struct Registry;
  std::shared_ptr<Registry> registry_;
};

}  // namespace swarmbell
